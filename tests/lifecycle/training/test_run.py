"""A training job from its file to its result, on rows of a known rule."""

import hashlib
import json
import math
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from lifecycle.errors import LifecycleError
from lifecycle.spec.model import Task
from lifecycle.training.__main__ import FAILED, main
from lifecycle.training.job import RESULT_FILE, TrainingResult
from lifecycle.training.run import VALIDATION_FILE, run_job
from lifecycle.training.xgboost_trainer import settings_of
from tests.fakes.bundles import CUT_OFF, START, parcels, write_job

TASKS: list[Task] = ["binary", "multiclass", "regression"]


def run(folder: Path) -> TrainingResult:
    return run_job(folder, progress=lambda line: None)


@pytest.mark.parametrize("task", TASKS)
def test_the_same_job_gives_the_same_files(tmp_path: Path, task: Task) -> None:
    made = parcels(task)
    for name in ("first", "again"):
        write_job(tmp_path / name, made)
    write_job(tmp_path / "other", made, seed=8)
    first, again, other = (run(tmp_path / name) for name in ("first", "again", "other"))
    assert first.model_copy(update={"seconds": again.seconds}) == again
    assert first.files["model.ubj"] != other.files["model.ubj"]
    assert TrainingResult.read(tmp_path / "first" / RESULT_FILE) == first
    for name, digest in first.files.items():
        assert hashlib.sha256((tmp_path / "first" / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize(("task", "limit"), [("binary", 0.35), ("multiclass", 0.45), ("regression", 9.0)])
def test_the_rule_of_the_rows_is_learned(tmp_path: Path, task: Task, limit: float) -> None:
    made = parcels(task)
    write_job(tmp_path, made)
    result = run(tmp_path)
    validation = next(value for name, value in result.metrics.items() if name.startswith("validation"))
    assert 0 < validation < limit
    assert result.importance["distance"] > result.importance["hour"]
    assert set(result.importance) == {feature.name for feature in made.plan.features}
    best = {name: values[result.best_round] for name, values in result.curves.items()}
    assert best == dict(result.metrics)


@pytest.mark.parametrize("task", TASKS)
def test_golden_rows_are_rows_of_the_holdout_with_their_scores(tmp_path: Path, task: Task) -> None:
    made = parcels(task)
    write_job(tmp_path, made)
    result = run(tmp_path)
    sent = {row["parcel"]: row["sent_at"] for row in made.rows}
    features = {row["parcel"]: row for row in made.features.to_pylist()}
    assert len(result.golden) == 5
    for golden in result.golden:
        assert sent[golden.entity] >= result.split.holdout_start
        assert dict(golden.features) == {name: features[golden.entity][name] for name in golden.features}
        assert len(golden.scores) == (3 if task == "multiclass" else 1)
        if task == "multiclass":
            assert math.isclose(sum(golden.scores), 1, abs_tol=1e-6)


def test_fewer_rows_than_golden_rows_are_each_taken_once(tmp_path: Path) -> None:
    write_job(tmp_path, parcels(), golden_rows=1000)
    result = run(tmp_path)
    assert len({golden.entity for golden in result.golden}) == len(result.golden) == result.split.holdout


@pytest.mark.parametrize("name", ["../model.ubj", "/etc/passwd", "a/b.json", "..", "a\0.json", ".hidden"])
def test_a_result_names_files_of_its_own_folder_only(tmp_path: Path, name: str) -> None:
    write_job(tmp_path, parcels())
    raw = run(tmp_path).model_dump(mode="json")
    (tmp_path / RESULT_FILE).write_text(json.dumps(raw | {"files": {name: "0" * 64}}))
    with pytest.raises(LifecycleError, match=r"result\.json is not a TrainingResult of format 1: files"):
        TrainingResult.read(tmp_path / RESULT_FILE)


def test_the_split_is_told_and_adds_up(tmp_path: Path) -> None:
    made = parcels()
    write_job(tmp_path, made)
    split = run(tmp_path).split
    assert START < split.validation_start < split.holdout_start < CUT_OFF
    assert split.fit + split.validation + split.holdout + split.purged + split.never_labelled == len(
        made.rows
    )
    # The labels of the last day before the cut-off are not known yet.
    late = sum(row["sent_at"] + timedelta(days=1) > CUT_OFF for row in made.rows)
    assert split.never_labelled == late > 0


def test_the_validation_rows_are_left_with_label_and_score(tmp_path: Path) -> None:
    write_job(tmp_path, parcels())
    result = run(tmp_path)
    rows = pq.read_table(tmp_path / VALIDATION_FILE)
    assert rows.column_names == ["parcel", "label", "score_0"]
    assert rows.num_rows == result.split.validation
    label, score = rows["label"].to_numpy(), rows["score_0"].to_numpy()
    loss = -np.mean(label * np.log(score) + (1 - label) * np.log(1 - score))
    assert math.isclose(loss, result.metrics["validation_logloss"], rel_tol=1e-4)


def test_only_rows_that_fit_are_in_the_profile_and_the_vocabulary(tmp_path: Path) -> None:
    made = parcels()
    table = made.features
    late = pc.greater(table["sent_at"], pa.scalar(CUT_OFF - timedelta(days=10), pa.timestamp("us", tz="UTC")))
    table = table.set_column(
        table.column_names.index("carrier"), "carrier", pc.if_else(late, "brand new", table["carrier"])
    )
    write_job(tmp_path, made, table)
    result = run(tmp_path)
    encoding = json.loads((tmp_path / "encoding.json").read_text())
    assert ["carrier", "category", ["snail", "swift"]] in encoding["features"]
    assert json.loads((tmp_path / "profile.json").read_text())["rows"] == result.split.fit


Change = Callable[[pa.Table], pa.Table]


def column(name: str, values: Callable[[pa.Table], object]) -> Change:
    return lambda table: table.set_column(table.column_names.index(name), name, values(table))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda t: t.slice(0, 0), "the training window has 0 rows", id="empty window"),
        pytest.param(lambda t: t.slice(0, 50), "the training window has 50 rows", id="too few rows"),
        pytest.param(lambda t: t.drop_columns(["wind"]), "wind", id="missing column"),
        pytest.param(
            column("outcome", lambda t: pa.nulls(len(t), pa.bool_())),
            "has 0 rows whose label",
            id="no labels",
        ),
        pytest.param(
            column("outcome", lambda t: pa.array([True] * len(t))), "a binary model needs two", id="one class"
        ),
        pytest.param(
            column("outcome", lambda t: pa.array([i % 2 if i < 300 else 2 for i in range(len(t))])),
            r"the validation part holds the label values \[2\], which no row that fits has",
            id="a class that fitting never saw",
        ),
        pytest.param(
            column("sent_at", lambda t: pa.array([CUT_OFF + timedelta(days=1)] * len(t))),
            "has 0 rows whose label was known",
            id="all after the cut-off",
        ),
    ],
)
def test_a_table_that_cannot_be_learned_from_is_a_clear_error(
    tmp_path: Path, change: Change, message: str
) -> None:
    made = parcels()
    write_job(tmp_path, made, change(made.features))
    with pytest.raises(LifecycleError, match=message):
        run(tmp_path)
    assert not (tmp_path / RESULT_FILE).exists()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"objective": "reg:squarederror", "seed": 1},
            "training.parameters sets objective, seed, which the rest",
        ),
        ({"max_depth": -3}, "xgboost refused to train: .*max_depth.*check training.parameters"),
        ({"mxa_depth": 3}, "xgboost warned: .*mxa_depth.*check training.parameters"),
        ({"booster": "gblinear"}, "xgboost"),
    ],
    ids=["set elsewhere", "refused", "misspelt", "another booster"],
)
def test_a_parameter_is_obeyed_or_refused(
    tmp_path: Path, parameters: dict[str, object], message: str
) -> None:
    write_job(tmp_path, parcels(), parameters=parameters)
    with pytest.raises(LifecycleError, match=message):
        run(tmp_path)


def test_trees_are_fit_on_the_accelerator_that_is_asked_for_or_not_at_all(tmp_path: Path) -> None:
    job = write_job(tmp_path, parcels(), accelerator="gpu")
    assert settings_of(job, 2)[1]["device"] == "cuda"
    assert settings_of(job.model_copy(update={"accelerator": None}), 2)[1]["device"] == "cpu"
    with pytest.raises(LifecycleError, match=r"xgboost warned: .*No visible GPU is found"):
        run(tmp_path)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (math.inf, "xgboost refused to train: .*Label contains"),
        (1e30, "the rmse of training is not finite: check training.parameters and the label"),
    ],
)
def test_a_label_beyond_all_numbers_stops_a_regression(tmp_path: Path, value: float, message: str) -> None:
    made = parcels("regression")
    change = column("outcome", lambda t: pa.array([value, *t["outcome"].to_pylist()[1:]]))
    write_job(tmp_path, made, change(made.features))
    with pytest.raises(LifecycleError, match=message):
        run(tmp_path)


def test_tables_that_do_not_fit_together_are_a_clear_error(tmp_path: Path) -> None:
    made = parcels()
    job = write_job(tmp_path, made)
    pq.write_table(column("wind", lambda t: pa.array(["x"] * len(t)))(made.features), job.tables[1])
    with pytest.raises(LifecycleError, match=r"the 2 feature tables do not fit together"):
        run(tmp_path)


@pytest.mark.parametrize("content", [None, b"", b"PAR1 but no more"], ids=["missing", "empty", "corrupt"])
def test_a_table_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    job = write_job(tmp_path, parcels())
    table = Path(job.tables[0])
    table.unlink()
    if content is not None:
        table.write_bytes(content)
    with pytest.raises(LifecycleError, match=re.escape(f"feature table {table} is not readable")):
        run(tmp_path)


def test_a_job_without_tables_is_a_clear_error(tmp_path: Path) -> None:
    write_job(tmp_path, parcels(), tables=())
    with pytest.raises(LifecycleError, match="the 0 feature tables do not fit together"):
        run(tmp_path)


@pytest.mark.parametrize("arguments", [[], ["a", "b"], ["--end-with-stdin"]], ids=str)
def test_the_command_says_how_it_is_used(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments[1:] if arguments[:1] == ["--end-with-stdin"] else arguments) == FAILED
    assert capsys.readouterr().err == "usage: python -m lifecycle.training [--end-with-stdin] FOLDER\n"


def test_the_command_fails_with_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "nowhere")]) == FAILED
    assert capsys.readouterr().err.startswith("cannot read job.json: ")
    # A folder stands where the weights go, as a full disk would: nothing can be written there.
    write_job(tmp_path, parcels())
    (tmp_path / "model.ubj.tmp").mkdir()
    assert main([str(tmp_path)]) == FAILED
    assert capsys.readouterr().err.endswith(
        "free space, or give the job's folder back its rights, and run again\n"
    )
    assert not (tmp_path / RESULT_FILE).exists()

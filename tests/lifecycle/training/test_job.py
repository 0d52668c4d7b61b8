"""The wire format: what is written comes back, and nothing else is read."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.errors import LifecycleError
from lifecycle.training.job import TrainingJob, TrainingResult
from tests.fakes.bundles import CUT_OFF

JOB: dict[str, Any] = {
    "model": "parcels",
    "task": "binary",
    "positive": True,
    "as_of": "2024-02",
    "cut_off": CUT_OFF,
    "tables": ("a.parquet",),
    "features": {"x": "float"},
    "entity": "id",
    "event_time": "at",
    "label": "y",
    "label_known_at": "known_at",
    "trainer": "xgboost",
    "parameters": {"eta": 0.1},
    "rounds": 10,
    "early_stopping_rounds": 5,
    "seed": 0,
    "validation": 0.1,
    "holdout": 0.2,
    "max_categories": 10,
    "threads": 1,
    "time_limit_s": 60,
}
scalars = st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
parameters = st.dictionaries(st.text(), scalars, max_size=4)


@settings(max_examples=50)
@given(positive=scalars, parameters=parameters, cut_off=st.datetimes(timezones=st.just(UTC)))
def test_a_job_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory,
    positive: object,
    parameters: dict[str, object],
    cut_off: datetime,
) -> None:
    path = tmp_path_factory.getbasetemp() / "job.json"
    job = TrainingJob.model_validate(
        JOB | {"positive": positive, "parameters": parameters, "cut_off": cut_off}
    )
    job.write(path)
    read = TrainingJob.read(path)
    assert read == job
    # 1, 1.0 and True are equal in Python, and different parameters to a trainer.
    types = [{name: type(value) for name, value in some.items()} for some in (read.parameters, parameters)]
    assert types[0] == types[1]
    assert type(read.positive) is type(positive)


def test_writing_leaves_nothing_else_behind(tmp_path: Path) -> None:
    TrainingJob.model_validate(JOB).write(tmp_path / "job.json")
    assert [path.name for path in tmp_path.iterdir()] == ["job.json"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"format": 2}, "is not a TrainingJob of format 1: format", id="a newer format"),
        pytest.param({"format": "1"}, "is not a TrainingJob of format 1: format", id="a format that is text"),
        pytest.param({"gpu": 1}, "is not a TrainingJob of format 1: gpu", id="unknown key"),
        pytest.param({"seed": None}, "is not a TrainingJob of format 1: seed", id="missing value"),
        pytest.param({"cut_off": "soon"}, "is not a TrainingJob of format 1: cut_off", id="no time"),
        pytest.param({"task": "ranking"}, "is not a TrainingJob of format 1: task", id="unknown task"),
    ],
)
def test_another_format_is_refused_never_guessed_at(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    path = tmp_path / "job.json"
    raw = TrainingJob.model_validate(JOB).model_dump(mode="json")
    path.write_text(json.dumps(raw | change))
    with pytest.raises(LifecycleError, match=message):
        TrainingJob.read(path)


@pytest.mark.parametrize("content", [b"", b'{"format": 1, "mod', b"\xff\xff", b"[" * 100_000, b"null"])
def test_half_a_file_is_no_record(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(content)
    with pytest.raises(LifecycleError, match=r"result\.json is not a TrainingResult of format 1"):
        TrainingResult.read(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LifecycleError, match=r"cannot read result.json: .*; run the job again"):
        TrainingResult.read(tmp_path / "result.json")


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"time_limit_s": 9}, True),
        ({"attempts": 9}, True),
        ({"rows": "disk"}, True),
        ({"checkpoint_every_s": 9, "checkpoints": "s3://bucket/fits"}, True),
        ({"learning_curve": (0.5,), "golden_rows": 9}, True),
        ({"seed": 9}, False),
        ({"parameters": {"eta": 0.2}}, False),
        ({"tables": ("b.parquet",)}, False),
        ({"count": 2}, False),
        ({"trainer_code": "0" * 64}, False),
    ],
    ids=str,
)
def test_a_checkpoint_belongs_to_what_the_fit_depends_on(change: dict[str, object], same: bool) -> None:
    job, other = (TrainingJob.model_validate(facts) for facts in (JOB, JOB | change))
    versions = {"torch": "2"}
    assert (job.fit_digest(versions) == other.fit_digest(versions)) is same
    assert job.fit_digest(versions) != job.fit_digest({"torch": "3"})

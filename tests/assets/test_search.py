"""A model whose parameters were searched, by a real Dagster run with a real trainer process and MLflow."""

from pathlib import Path

import dagster as dg
import pytest
from mlflow import MlflowClient

from assets.keys import MODEL, stage_key
from assets.model import model_asset
from assets.partitions import partitions_of, window_of
from assets.search import search_metadata
from assets.training import training_job
from lifecycle.evaluation.search_pictures import parameter_importance_png, search_history_png
from lifecycle.features.build import build_plan
from lifecycle.registry.bundle import TRAINING_FILE, open_bundle
from lifecycle.spec.fingerprint import stage_fingerprints
from lifecycle.spec.making import making_of, spec_of
from lifecycle.spec.parse import parse_spec
from lifecycle.training.search.records import SearchResult, TrialResult
from resources.compute.local import LocalCompute
from resources.tracking.mlflow import MlflowTracking
from resources.warehouse.base import TableRef
from tests.fakes.life import TRAINING, Life, parcels_text

MONTH, TRIALS = "2024-02", 11
SEARCH = (
    f"search: {{trials: {TRIALS}, seed: 5, space: {{eta: {{float: [0.02, 0.5], log: true}}, "
    "max_depth: {int: [1, 5]}}}"
)
SEARCHED = (TRAINING, f"training: {{rounds: 15, early_stopping_rounds: 5, {SEARCH}}}\n")
pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")


def train(life: Life, tracking: MlflowTracking) -> dg.AssetMaterialization:
    """Materialize the model, and give its event."""
    done = dg.materialize(
        [model_asset(life.spec)],
        partition_key=MONTH,
        resources={
            "warehouse": life.warehouse,
            "compute": LocalCompute(root=str(life.folder / "jobs")),
            "tracking": tracking,
        },
        instance=life.instance,
    )
    assert done.success
    (event,) = done.asset_materializations_for_node(stage_key("parcels", MODEL).to_python_identifier())
    return event


def test_a_searched_model_has_its_trials_in_mlflow_in_the_ui_and_in_its_bundle(
    life: Life, tmp_path: Path
) -> None:
    life.edit(SEARCHED)
    tracking = MlflowTracking(tracking_uri=f"sqlite:///{tmp_path}/mlflow.db")
    made = train(life, tracking)
    (version,) = tracking.versions("parcels")
    bundle = open_bundle(tracking.fetch_bundle("parcels", version.version, tmp_path / "fetched"))
    search = SearchResult.model_validate(bundle.read_json(TRAINING_FILE)["search"], strict=False)
    assert len(search.trials) == TRIALS

    client = MlflowClient(tracking.tracking_uri)
    run = client.get_run(version.run_id)
    best = {name: str(value) for name, value in search.parameters.items()}
    assert best.items() <= run.data.params.items(), "the model was fit with them"
    below = client.search_runs([run.info.experiment_id], f"tags.`mlflow.parentRunId` = '{version.run_id}'")
    assert sorted(found.info.run_name or "" for found in below) == sorted(f"trial {n}" for n in range(TRIALS))
    told = {found.number: found for found in tracking.trials("parcels", version.version)}
    assert {n: (t.state, t.value) for n, t in told.items()} == {
        t.number: (t.state, t.value) for t in search.trials
    }
    assert all(found.curve and found.seconds > 0 for found in told.values())

    shown = made.metadata
    assert str(shown["search"].value).startswith(f"{TRIALS} trials (")
    assert f"best is trial {search.best}, log_loss" in str(shown["search"].value)
    assert "seed 5" in version.tags["flywheel.search"] == shown["search"].value
    assert {"search_parameters", "search_best_trials", "search_history"} <= shown.keys()

    again = train(life, tracking)
    assert again.metadata["search"] == shown["search"]
    assert tracking.versions("parcels") == [version]
    runs = client.search_runs([run.info.experiment_id], f"tags.`mlflow.parentRunId` = '{version.run_id}'")
    assert len(runs) == TRIALS


def test_a_model_without_a_search_shows_none(lived: Life) -> None:
    record = lived.tracking.records["parcels", "1"]
    assert record.trials == ()
    assert lived.tracking.trials("parcels", "1") == ()
    assert search_metadata({"best_round": 3}) == {}


TRIED = SearchResult(
    metric="log_loss",
    direction="minimize",
    sampler="tpe",
    pruning="median",
    seed=3,
    best=1,
    parameters={"eta": 0.123456, "note": "a|b"},
    trials=(
        TrialResult(
            number=0, state="complete", parameters={"eta": 0.2, "note": "c"}, value=0.5, best_round=4
        ),
        TrialResult(
            number=1, state="complete", parameters={"eta": 0.123456, "note": "a|b"}, value=0.4, best_round=9
        ),
        TrialResult(
            number=2, state="pruned", parameters={"eta": 0.3, "note": "c"}, value=9.0, best_round=None
        ),
        TrialResult(
            number=3,
            state="failed",
            parameters={"eta": 0.3, "note": "c"},
            value=None,
            best_round=None,
            reason="no",
        ),
    ),
    importance={"eta": 0.75, "note": 0.25},
)


def test_what_is_shown_of_a_search() -> None:
    shown = search_metadata({"search": TRIED.model_dump(mode="json")})
    assert shown["search"].value == (
        "4 trials (2 complete, 1 pruned, 1 failed); best is trial 1, log_loss 0.40000; "
        "sampler tpe, pruning median, seed 3"
    )
    assert str(shown["search_parameters"].value).splitlines()[2:] == [
        "| eta | 0.1235 | 75% |",
        "| note | a\\|b | 25% |",
    ]
    assert str(shown["search_best_trials"].value).splitlines() == [
        "| trial | log\\_loss | best round | eta | note |",
        "|---|---|---|---|---|",
        "| 1 | 0.40000 | 9 | 0.1235 | a\\|b |",
        "| 0 | 0.50000 | 4 | 0.2 | c |",
    ]
    few = TRIED.model_copy(update={"importance": {}})
    shown = search_metadata({"search": few.model_dump(mode="json")})
    assert "search_importance" not in shown
    assert "too few trials to tell" in str(shown["search_parameters"].value)


@pytest.mark.parametrize(
    "search",
    [
        pytest.param(TRIED, id="all states"),
        pytest.param(TRIED.model_copy(update={"direction": "maximize", "best": 0}), id="the highest"),
        pytest.param(TRIED.model_copy(update={"trials": TRIED.trials[:1], "best": 0}), id="one trial"),
    ],
)
def test_a_picture_is_a_png_and_the_same_each_time(search: SearchResult) -> None:
    for draw in (search_history_png, parameter_importance_png):
        assert draw(search).startswith(b"\x89PNG")
        assert draw(search) == draw(search)


def table(content: str) -> TableRef:
    window = window_of(partitions_of(parse_spec(parcels_text())), MONTH)
    return TableRef(
        model="parcels", stage="features", partition=MONTH, window=window, uri=f"/lake/{content}.parquet",
        content_hash=content, file_sha256="", rows=9, columns={}, nulls={},
    )  # fmt: skip


def study(*changes: tuple[str, str], content: str = "rows") -> str:
    spec = parse_spec(parcels_text(SEARCHED, *changes))
    window = window_of(partitions_of(spec), MONTH)
    job = training_job(spec, build_plan(spec), [table(content)], as_of=MONTH, window=window)
    assert job.search is not None
    return job.search.study


@pytest.mark.parametrize(
    ("changes", "content", "same"),
    [
        pytest.param([], "rows", True, id="nothing"),
        pytest.param([(f"trials: {TRIALS}", "trials: 99")], "rows", True, id="more trials"),
        pytest.param([("seed: 5", "seed: 5, time_limit: 1h")], "rows", True, id="a time limit"),
        pytest.param([("max: 1}", "max: 2}")], "rows", True, id="a gate"),
        pytest.param([("seed: 5", "seed: 6")], "rows", False, id="the seed"),
        pytest.param([("0.02", "0.03")], "rows", False, id="the space"),
        pytest.param([("seed: 5", "seed: 5, pruning: none")], "rows", False, id="the pruning"),
        pytest.param([("seed: 5", "seed: 5, parallel: 2")], "rows", False, id="how many at a time"),
        pytest.param([("rounds: 15", "rounds: 16")], "rows", False, id="the rounds"),
        pytest.param([], "other rows", False, id="the content of a table"),
    ],
)
def test_a_study_is_what_its_trials_depend_on(
    changes: list[tuple[str, str]], content: str, same: bool
) -> None:
    assert (study(*changes, content=content) == study()) is same


def test_a_search_makes_the_model_and_nothing_else_stale_and_an_unset_one_nothing() -> None:
    plain, searched = parse_spec(parcels_text()), parse_spec(parcels_text(SEARCHED))
    without = parse_spec(parcels_text((TRAINING, "training: {rounds: 15, early_stopping_rounds: 5}\n")))
    before, after = stage_fingerprints(without), stage_fingerprints(searched)
    assert {stage for stage in before if before[stage] != after[stage]} == {"model"}
    assert "search" not in making_of(plain)["training"], "versions of before there was a search stay as made"
    assert spec_of(making_of(searched)).training == searched.training

"""The champion beside a challenger, in a whole life: real lake, real trainer, real bundles."""

import copy
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import dagster as dg
import numpy as np
import pytest

from assets.champion import champion_scores, snapshot_columns
from assets.keys import DATA, EVALUATION, FEATURES, MODEL
from assets.scoring import score_parts
from lifecycle.errors import LifecycleError
from lifecycle.evaluation.comparison import FIRST_VERSION, ChampionScores, Comparison
from lifecycle.registry.bundle import MANIFEST_FILE, Bundle, open_bundle
from lifecycle.registry.judging import Scored
from tests.fakes.life import Life

pytestmark = [
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
    pytest.mark.filterwarnings("ignore::dagster.PreviewWarning"),
]
AS_OF = "2024-02"
PLAN = "columns: {distance: distance, carrier: carrier, hour: hour(sent_at), wind: wind.speed}"
GATES = "evaluation: {gates: [{metric: log_loss, max: 1}]}"
RELATIVE = (
    "evaluation: {gates: [{metric: log_loss, max: 1}, {relative: log_loss, margin: 0.2, min_rows: 50}]}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """A life after another version was trained."""

    life: Life
    bundle: Bundle
    holdout: Scored
    champion_scores: np.ndarray


SEED = ("training: {rounds", "training: {seed: 3, rounds")


@pytest.fixture(scope="module")
def rival(lived: Life, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rival]:
    """A life with a challenger of another seed beside the champion. No test changes it."""
    folder = Path(shutil.copytree(lived.folder, tmp_path_factory.mktemp("rival") / "parcels"))
    with dg.DagsterInstance.ephemeral() as instance:
        life = Life(
            folder=folder,
            instance=instance,
            spec=lived.spec.with_folder(folder),
            tracking=copy.deepcopy(lived.tracking),
            serving=copy.deepcopy(lived.serving),
        )
        expected = own_scores(life)
        bundle, holdout = challenger(life, SEED)
        yield Rival(life=life, bundle=bundle, holdout=holdout, champion_scores=expected)


def challenger(life: Life, *changes: tuple[str, str], remake: bool = False) -> tuple[Bundle, Scored]:
    """Another version as of the same partition, and its holdout."""
    life.edit(*changes)
    if remake:
        life.run(DATA, FEATURES, partition="2024-01", last=AS_OF)
    life.run(MODEL, partition=AS_OF)
    version = life.tracking.versions(life.spec.name)[-1]
    folder = life.folder / f"bundle-{version.version}"
    bundle = open_bundle(life.tracking.fetch_bundle(life.spec.name, version.version, folder))
    return bundle, score_parts(life.spec, life.warehouse, bundle)[0]


def beside(life: Life, bundle: Bundle, holdout: Scored) -> ChampionScores | Comparison:
    """What the champion says of a challenger's holdout."""
    return champion_scores(life.spec, life.warehouse, life.tracking, bundle, holdout.kept.table)


def champion_of(life: Life) -> Bundle:
    held = life.tracking.holder(life.spec.name, "champion")
    assert held is not None
    folder = life.folder / "champion"
    shutil.rmtree(folder, ignore_errors=True)
    return open_bundle(life.tracking.fetch_bundle(life.spec.name, held.version, folder))


def own_scores(life: Life) -> np.ndarray:
    """The champion's scores of its own holdout, which is the challenger's as well, from its own features."""
    return score_parts(life.spec, life.warehouse, champion_of(life))[0].kept.scores


def test_without_a_champion_there_is_nothing_to_compare_with(rival: Rival) -> None:
    life, tracking = rival.life, copy.deepcopy(rival.life.tracking)
    tracking.drop_alias(life.spec.name, "champion")
    rows = rival.holdout.kept.table
    assert champion_scores(life.spec, life.warehouse, tracking, rival.bundle, rows) == FIRST_VERSION


def test_the_champion_is_not_compared_with_itself(rival: Rival) -> None:
    life, bundle = rival.life, champion_of(rival.life)
    found = beside(life, bundle, score_parts(life.spec, life.warehouse, bundle)[0])
    assert isinstance(found, Comparison)
    assert (found.state, found.champion) == ("is_champion", "1")


def test_where_the_features_mean_the_same_the_table_is_scored_as_it_is(rival: Rival) -> None:
    life, expected = rival.life, rival.champion_scores
    found = beside(life, rival.bundle, rival.holdout)
    assert isinstance(found, ChampionScores)
    assert found.unseen.all()
    assert found.scores.tolist() == expected.tolist()
    assert (found.version, found.as_of, found.threshold) == ("1", AS_OF, champion_of(life).manifest.threshold)


def test_a_feature_more_changes_nothing_for_the_champion(life: Life) -> None:
    expected = own_scores(life)
    more = PLAN.replace("{distance", "{far: distance > 500, distance")
    bundle, holdout = challenger(life, (PLAN, more), remake=True)
    found = beside(life, bundle, holdout)
    assert isinstance(found, ChampionScores)
    assert found.scores.tolist() == expected.tolist()


def test_where_the_features_differ_the_champion_s_are_made_from_the_snapshots(life: Life) -> None:
    expected = own_scores(life)
    other = PLAN.replace("distance: distance", "distance: distance / 1000").replace(
        "wind.speed", "wind.speed * 2"
    )
    bundle, holdout = challenger(life, (PLAN, other), remake=True)
    found = beside(life, bundle, holdout)
    assert isinstance(found, ChampionScores)
    assert found.scores == pytest.approx(expected, abs=1e-7)


def test_rows_that_the_champion_saw_are_left_out(life: Life) -> None:
    bundle, holdout = challenger(life, ("training: {rounds", "training: {holdout: 0.4, rounds"))
    found = beside(life, bundle, holdout)
    assert isinstance(found, ChampionScores)
    began = champion_of(life).manifest.holdout_start
    times = holdout.kept.table["sent_at"].to_pylist()
    assert found.unseen.tolist() == [at >= began for at in times]
    assert 0 < found.unseen.sum() < len(times)
    assert len(found.scores) == found.unseen.sum()


def test_a_champion_that_saw_all_rows_is_contaminated(rival: Rival) -> None:
    life, bundle, holdout = rival.life, rival.bundle, rival.holdout
    before = holdout.kept.table.slice(0, 40)
    manifest = bundle.manifest
    shifted = before["sent_at"].to_pylist()
    table = before.set_column(
        before.column_names.index("sent_at"),
        before.schema.field("sent_at"),
        [[at - timedelta(days=40) for at in shifted]],
    )
    found = champion_scores(life.spec, life.warehouse, life.tracking, bundle, table)
    assert isinstance(found, Comparison)
    assert (found.state, found.n_contaminated) == ("contaminated", 40)
    assert found.reason == (
        f"contaminated: version 1 as of 2024-02 knows all 40 rows; only rows from "
        f"{manifest.holdout_start:%Y-%m-%d %H:%M} UTC on had no part in making it"
    )


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        pytest.param({"label": "arrived"}, "it predicts 'arrived', this one 'outcome'", id="another label"),
        pytest.param(
            {"classes": [True, False]},
            "it knows the classes [True, False], this one [False, True]",
            id="other classes",
        ),
        pytest.param(
            {"task": "regression"}, "it is a regression model, this one is binary", id="another task"
        ),
    ],
)
def test_a_champion_that_predicts_something_else_is_not_compared(
    rival: Rival, changes: dict[str, object], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    life, bundle, holdout = rival.life, rival.bundle, rival.holdout
    theirs = champion_of(life).manifest.model_dump(mode="json") | changes
    changed = champion_of(life).manifest.model_validate_json(json.dumps(theirs))
    monkeypatch.setattr(
        "assets.champion.open_bundle",
        lambda folder, expect_digest: Bundle(path=folder, manifest=changed, digest=expect_digest),
    )
    found = beside(life, bundle, holdout)
    assert isinstance(found, Comparison)
    assert (found.state, found.reason) == (
        "not_comparable",
        f"not comparable with version 1 as of 2024-02: {why}",
    )


def test_a_champion_whose_lookup_is_gone_is_not_compared(life: Life) -> None:
    other = PLAN.replace(", wind: wind.speed", "").replace("distance: distance", "distance: distance / 2")
    bundle, holdout = challenger(life, (PLAN, other), remake=True)
    spec = life.spec.model_copy(update={"features": life.spec.features.model_copy(update={"lookups": {}})})
    found = champion_scores(spec, life.warehouse, life.tracking, bundle, holdout.kept.table)
    assert isinstance(found, Comparison)
    assert found.state == "not_comparable"
    assert found.reason.endswith("its features need the lookup 'wind' with its key, time and columns")


def test_a_champion_s_bundle_that_was_changed_is_not_compared(rival: Rival) -> None:
    life, tracking = rival.life, copy.deepcopy(rival.life.tracking)
    files = tracking._bundles[life.spec.name, "1"]
    changed = {
        path: content + b" " if path.name == MANIFEST_FILE else content for path, content in files.items()
    }
    tracking._bundles[life.spec.name, "1"] = changed
    found = champion_scores(life.spec, life.warehouse, tracking, rival.bundle, rival.holdout.kept.table)
    assert isinstance(found, Comparison)
    assert found.state == "not_comparable"
    assert "which was approved: it was changed" in found.reason


def test_columns_of_the_request_come_from_the_snapshots(rival: Rival) -> None:
    life, bundle, holdout = rival.life, rival.bundle, rival.holdout
    rows = holdout.kept.table
    found = snapshot_columns(life.spec, life.warehouse, bundle, rows, ["distance", "carrier"])
    assert found.to_pydict() == rows.select(["distance", "carrier"]).to_pydict()


def test_a_snapshot_that_lost_rows_is_refused(rival: Rival) -> None:
    life, bundle, holdout = rival.life, rival.bundle, rival.holdout
    rows = holdout.kept.table
    stranger = rows.slice(0, 1).set_column(rows.column_names.index("parcel"), "parcel", [["nobody"]])
    with pytest.raises(LifecycleError, match="1 of 1 evaluated rows are not in the snapshots"):
        snapshot_columns(life.spec, life.warehouse, bundle, stranger, ["distance"])


def test_a_challenger_is_judged_beside_the_champion_and_the_registry_keeps_it(life: Life) -> None:
    life.edit(SEED, (GATES, RELATIVE))
    done = life.run(MODEL, EVALUATION, partition=AS_OF)
    checks = {c.check_name: c for c in done.get_asset_check_evaluations()}
    relative = checks["gate_log_loss_against_champion"]
    assert relative.passed
    assert "of version 1: difference" in (relative.description or "")
    version = life.tracking.versions(life.spec.name)[-1]
    assert (version.verdict, version.aliases) == ("pass", ("challenger",))


def test_a_worse_challenger_is_refused_and_the_champion_stays(life: Life) -> None:
    worse = ("training: {rounds: 15", "training: {rounds: 1")
    life.edit(worse, (GATES, RELATIVE.replace("0.2", "0.01")))
    done = life.run(MODEL, EVALUATION, partition=AS_OF, good=False)
    verdicts = {c.check_name: c.passed for c in done.get_asset_check_evaluations()}
    assert verdicts == {"smoke": True, "gate_log_loss_max": True, "gate_log_loss_against_champion": False}
    version = life.tracking.versions(life.spec.name)[-1]
    assert (version.verdict, version.aliases) == ("fail", ())
    held = life.tracking.holder(life.spec.name, "champion")
    assert held is not None and held.version == "1"

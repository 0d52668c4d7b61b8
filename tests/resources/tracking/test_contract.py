"""What every tracking adapter keeps to: run on the fake, on MLflow over SQLite and on an MLflow server."""

from dataclasses import replace
from pathlib import Path

import pytest

from lifecycle.errors import LifecycleError
from resources.tracking.base import EvaluationRecord, ModelVersion, Tracking, Verdict
from tests.resources.tracking.records import MODEL, searched, training


def evaluation(verdict: Verdict, folder: Path, auc: float = 0.69) -> EvaluationRecord:
    report = folder / "report.html"
    report.write_text(f"<p>{auc}</p>")
    return EvaluationRecord(verdict=verdict, metrics={"auc": auc}, artifacts=[report], tags={"gates": "3"})


def test_a_training_becomes_a_version_that_says_what_it_is(tracking: Tracking, tmp_path: Path) -> None:
    record = training(tmp_path)
    version = tracking.register(record)
    assert version == ModelVersion(
        model=MODEL,
        version="1",
        identity="inputs-1",
        as_of="2013-03",
        bundle_digest=record.bundle_digest,
        verdict=None,
        aliases=(),
        run_id=version.run_id,
        url=version.url,
        created_at=version.created_at,
        tags={"git_commit": "abc123", "trigger": "schedule"},
        run_url=version.run_url,
    )
    assert version.run_id
    assert version.created_at > 1_600_000_000
    assert tracking.find(MODEL, "inputs-1") == tracking.version(MODEL, "1") == version
    assert tracking.versions(MODEL) == [version]


def test_the_same_training_again_is_the_same_version(tracking: Tracking, tmp_path: Path) -> None:
    first = tracking.register(training(tmp_path))
    assert tracking.register(training(tmp_path)) == first
    assert tracking.versions(MODEL) == [first]


def test_the_trials_of_a_search_are_kept_with_the_version_each_once(
    tracking: Tracking, tmp_path: Path
) -> None:
    record = searched(training(tmp_path))
    for _ in range(2):
        tracking.register(record)
        assert tracking.trials(MODEL, "1") == record.trials
    tracking.register(training(tmp_path, "inputs-2"))
    assert tracking.trials(MODEL, "2") in ([], ())
    assert [version.version for version in tracking.versions(MODEL)] == ["1", "2"]


def test_the_same_inputs_with_another_bundle_are_refused(tracking: Tracking, tmp_path: Path) -> None:
    first = tracking.register(training(tmp_path))
    with pytest.raises(LifecycleError, match=r"version 1 .* not reproducible"):
        tracking.register(training(tmp_path, weights="others"))
    assert tracking.versions(MODEL) == [first]


def test_versions_come_oldest_first(tracking: Tracking, tmp_path: Path) -> None:
    for identity in ("inputs-b", "inputs-a", "inputs-c"):
        tracking.register(training(tmp_path, identity))
    tracking.record_evaluation(MODEL, "2", evaluation("pass", tmp_path))
    found = [(version.version, version.identity) for version in tracking.versions(MODEL)]
    assert found == [("1", "inputs-b"), ("2", "inputs-a"), ("3", "inputs-c")]


def test_what_is_unknown_is_none_or_empty_or_an_error_that_names_it(
    tracking: Tracking, tmp_path: Path
) -> None:
    assert tracking.find(MODEL, "nothing") is None
    assert tracking.versions(MODEL) == []
    assert tracking.holder(MODEL, "champion") is None
    tracking.drop_alias(MODEL, "champion")
    tracking.forget(MODEL)
    for unknown in (
        lambda: tracking.version(MODEL, "7"),
        lambda: tracking.set_alias(MODEL, "champion", "7"),
        lambda: tracking.fetch_bundle(MODEL, "7", tmp_path / "bundles"),
        lambda: tracking.record_evaluation(MODEL, "7", evaluation("pass", tmp_path)),
        lambda: tracking.evidence_file(MODEL, "7", "report.html"),
        lambda: tracking.trials(MODEL, "7"),
        lambda: tracking.set_tags(MODEL, "7", {"note": "x"}),
    ):
        with pytest.raises(LifecycleError, match="flight_delay has no version 7"):
            unknown()


def test_an_alias_has_one_holder_and_a_version_may_hold_several(tracking: Tracking, tmp_path: Path) -> None:
    for identity in ("inputs-1", "inputs-2"):
        tracking.register(training(tmp_path, identity))
    for _ in range(2):
        tracking.set_alias(MODEL, "champion", "1")
    tracking.set_alias(MODEL, "challenger", "2")
    assert [version.aliases for version in tracking.versions(MODEL)] == [("champion",), ("challenger",)]
    tracking.set_alias(MODEL, "champion", "2")
    assert [version.aliases for version in tracking.versions(MODEL)] == [(), ("champion", "challenger")]
    assert tracking.holder(MODEL, "champion") == tracking.version(MODEL, "2")
    for _ in range(2):
        tracking.drop_alias(MODEL, "champion")
    assert tracking.holder(MODEL, "champion") is None
    assert tracking.version(MODEL, "2").aliases == ("challenger",)


def test_tags_are_added_and_replaced_and_never_say_what_a_version_is(
    tracking: Tracking, tmp_path: Path
) -> None:
    registered = tracking.register(training(tmp_path))
    tracking.set_alias(MODEL, "champion", "1")
    reason = 'looks "good" | to me: æøå ' + "x" * 3000
    for note in ("first", reason):
        told = tracking.set_tags(MODEL, "1", {"note": note})
    tagged = replace(registered, tags={**registered.tags, "note": reason}, aliases=("champion",))
    assert told == tracking.version(MODEL, "1") == tagged
    with pytest.raises(LifecycleError, match=r"flywheel\.bundle_digest says what a version is"):
        tracking.set_tags(MODEL, "1", {"note": "second", "flywheel.bundle_digest": "0" * 64})
    assert tracking.versions(MODEL) == [tagged]


def test_an_evaluation_leaves_its_verdict_and_tags_with_the_version(
    tracking: Tracking, tmp_path: Path
) -> None:
    registered = tracking.register(training(tmp_path))
    assert tracking.metrics(MODEL, "1") == {}
    evaluated = replace(registered, verdict="fail", tags={**registered.tags, "gates": "3"})
    for _ in range(2):
        assert tracking.record_evaluation(MODEL, "1", evaluation("fail", tmp_path)) == evaluated
    passed = tracking.record_evaluation(MODEL, "1", evaluation("pass", tmp_path, auc=0.7))
    assert passed == replace(evaluated, verdict="pass") == tracking.version(MODEL, "1")
    assert tracking.metrics(MODEL, "1") == {"auc": 0.7}


def test_the_metrics_are_those_of_the_newest_evaluation(tracking: Tracking, tmp_path: Path) -> None:
    tracking.register(training(tmp_path))
    assert tracking.metrics(MODEL, "1") == {}
    for auc in (0.69, 0.7):
        tracking.record_evaluation(MODEL, "1", evaluation("pass", tmp_path, auc=auc))
        assert tracking.metrics(MODEL, "1") == {"auc": auc}


def test_the_evidence_of_each_version_has_a_place_of_its_own(tracking: Tracking, tmp_path: Path) -> None:
    for identity in ("inputs-1", "inputs-2"):
        tracking.register(training(tmp_path, identity))
    assert tracking.evidence_uri(MODEL, "1") != tracking.evidence_uri(MODEL, "2")


def test_a_file_of_the_evidence_comes_back(tracking: Tracking, tmp_path: Path) -> None:
    tracking.register(training(tmp_path))
    with pytest.raises(LifecycleError, match=r"version 1 .* has no report\.html: it was not evaluated yet"):
        tracking.evidence_file(MODEL, "1", "report.html")
    for auc in (0.69, 0.7):
        tracking.record_evaluation(MODEL, "1", evaluation("pass", tmp_path, auc=auc))
        assert tracking.evidence_file(MODEL, "1", "report.html") == f"<p>{auc}</p>".encode()
    for name in ("card.html", "../report.html"):
        with pytest.raises(LifecycleError, match=r"it left report\.html"):
            tracking.evidence_file(MODEL, "1", name)


def test_a_bundle_comes_back_as_it_went_in(tracking: Tracking, tmp_path: Path) -> None:
    record = training(tmp_path)
    tracking.register(record)
    for _ in range(2):
        fetched = tracking.fetch_bundle(MODEL, "1", tmp_path / "bundles")
        assert fetched.parent == tmp_path / "bundles"
        assert _files(fetched) == _files(record.bundle)
        assert list(fetched.parent.iterdir()) == [fetched], "nothing is left beside it"


def test_a_forgotten_model_leaves_nothing_and_may_come_again(tracking: Tracking, tmp_path: Path) -> None:
    tracking.register(training(tmp_path))
    tracking.set_alias(MODEL, "champion", "1")
    for _ in range(2):
        tracking.forget(MODEL)
    assert tracking.versions(MODEL) == []
    assert tracking.holder(MODEL, "champion") is None
    assert tracking.register(training(tmp_path)).version == "1"


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

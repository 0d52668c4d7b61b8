"""What a person may decide on, what a decision changes, and that nothing is deployed without one."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assets.approval import APPROVAL_TAG, approval_of, decide, is_rejected, missing_approval, observation
from assets.challenger import appoint_challenger
from assets.endpoint import version_to_serve
from assets.verdicts import JUDGED_TAG, judged_problem
from lifecycle.errors import LifecycleError
from lifecycle.registry.approval import Approval, Decision, read_approval, write_approval
from tests.fakes.tracking import FakeTracking
from tests.fakes.versions import CHALLENGER, CHAMPION, MODEL, Line, registry

AT = datetime(2024, 5, 1, 9, 30, tzinfo=UTC)
OLD, NEW, OTHER = "a" * 64, "b" * 64, "c" * 64
PAIR: list[Line] = [("03", OLD, "pass", CHAMPION), ("04", NEW, "pass", CHALLENGER)]


def decided(
    tracking: FakeTracking, number: str, decision: Decision = "approved", digest: str | None = None
) -> None:
    decide(tracking, MODEL, number, decision, reason="looked at it", actor="ann", at=AT, digest=digest)


def test_an_approval_is_kept_with_the_version_whole(tmp_path: Path) -> None:
    tracking = registry(tmp_path, PAIR)
    decided(tracking, "2")
    assert approval_of(tracking.version(MODEL, "2")) == Approval(
        decision="approved", digest=NEW, actor="ann", reason="looked at it", at=AT
    )
    assert [version.aliases for version in tracking.versions(MODEL)] == [CHAMPION, CHALLENGER]


@pytest.mark.parametrize(
    ("lines", "number", "decision", "digest", "why"),
    [
        pytest.param(PAIR, "7", "approved", None, "there is no version '7'; the newest: 1, 2", id="unknown"),
        pytest.param([], "1", "approved", None, "there is no version '1'; the newest: none", id="no model"),
        pytest.param(PAIR, "1", "approved", None, "version 1 is the champion already", id="the champion"),
        pytest.param(PAIR, "1", "rejected", None, "version 1 is the champion already",
                     id="the champion is not rejected"),
        pytest.param(PAIR, "2", "approved", OTHER, "version 2 has bundle bbbbbbbbbbbb, not 'cccccccccccc'",
                     id="another bundle than was looked at"),
        pytest.param(PAIR, "2", "approved", "b", "version 2 has bundle bbbbbbbbbbbb, not 'b'",
                     id="too short to be sure"),
        pytest.param([("03", OLD, "fail", ())], "1", "approved", None,
                     "version 1 cannot be approved: its gates say 'fail'", id="a failure"),
        pytest.param([("03", OLD, None, ())], "1", "approved", None,
                     "version 1 cannot be approved: its gates say 'not evaluated'", id="not judged"),
        pytest.param([*PAIR, ("05", OTHER, "pass", CHALLENGER)], "2", "approved", None,
                     "version 2 as of 04 is superseded: version 3 as of 05 passed its gates after it",
                     id="superseded by a later partition"),
        pytest.param([*PAIR, ("04", OTHER, "pass", CHALLENGER)], "2", "approved", None,
                     "version 2 as of 04 is superseded", id="superseded by a later training"),
    ],
)  # fmt: skip  # one case a line or two
def test_a_decision_that_may_not_be_taken_changes_nothing(
    lines: list[Line], number: str, decision: Decision, digest: str | None, why: str, tmp_path: Path
) -> None:
    tracking = registry(tmp_path, lines)
    before = tracking.versions(MODEL)
    with pytest.raises(LifecycleError) as caught:
        decided(tracking, number, decision, digest)
    assert str(caught.value).startswith(f"{MODEL}: {why}")
    assert tracking.versions(MODEL) == before


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        pytest.param([*PAIR, ("05", OTHER, "fail", ())], "2", id="a newer one that failed is no rival"),
        pytest.param([("05", OTHER, "pass", ()), ("04", NEW, "pass", CHALLENGER)], "1",
                     id="the newest partition, though it was registered first"),
    ],
)  # fmt: skip  # one case a line or two
def test_the_newest_that_passed_may_be_approved(lines: list[Line], number: str, tmp_path: Path) -> None:
    tracking = registry(tmp_path, lines)
    decided(tracking, number)
    assert missing_approval(tracking.version(MODEL, number)) is None


@pytest.mark.parametrize(("reason", "actor"), [("", "ann"), ("  ", "ann"), ("ok", " "), ("x" * 1001, "ann")])
def test_a_decision_has_a_reason_and_an_actor(reason: str, actor: str, tmp_path: Path) -> None:
    tracking = registry(tmp_path, PAIR)
    with pytest.raises(LifecycleError, match=r"(reason|actor) of the decision: .*; nothing was changed"):
        decide(tracking, MODEL, "2", "rejected", reason=reason, actor=actor, at=AT)
    assert tracking.version(MODEL, "2").aliases == CHALLENGER


@pytest.mark.parametrize(
    "model", ["", "Orders", "../orders", "orders' OR name = 'x", "orders\n", "x" * 10_000]
)
def test_what_is_no_name_of_a_model_reaches_no_registry(model: str) -> None:
    with pytest.raises(LifecycleError, match="is no name of a model; nothing was changed") as caught:
        decide(FakeTracking(), model, "1", "approved", reason="ok", actor="ann", at=AT)
    assert len(str(caught.value)) < 200


def test_a_rejected_challenger_stops_being_one_and_stays_out(tmp_path: Path) -> None:
    tracking = registry(tmp_path, PAIR)
    decided(tracking, "2", "rejected")
    assert is_rejected(tracking.version(MODEL, "2"))
    assert [version.aliases for version in tracking.versions(MODEL)] == [CHAMPION, ()]
    assert appoint_challenger(tracking, tracking.version(MODEL, "2")) == "no challenger: it was rejected"
    assert tracking.holder(MODEL, "challenger") is None
    # Second thoughts: the newest decision counts.
    decided(tracking, "2")
    assert tracking.version(MODEL, "2").aliases == CHALLENGER


def test_a_rejected_version_does_not_stand_in_the_way_of_an_older_one(tmp_path: Path) -> None:
    tracking = registry(tmp_path, [("03", OLD, "pass", ()), ("04", NEW, "pass", CHALLENGER)])
    decided(tracking, "2", "rejected")
    assert appoint_challenger(tracking, tracking.version(MODEL, "1")) == "challenger"


def test_without_an_approval_nothing_is_deployed(tmp_path: Path) -> None:
    tracking = registry(tmp_path, PAIR)
    with pytest.raises(
        LifecycleError, match=r"version 2 of orders .* waits for approval: flywheel approve orders 2"
    ):
        version_to_serve(tracking, MODEL, approval="required")
    decided(tracking, "2")
    assert version_to_serve(tracking, MODEL, approval="required").version == "2"


def test_an_approval_of_other_bytes_is_none(tmp_path: Path) -> None:
    tracking = registry(tmp_path, PAIR)
    old = Approval(decision="approved", digest=OTHER, actor="ann", reason="ok", at=AT)
    tracking.set_tags(MODEL, "2", {APPROVAL_TAG: write_approval(old)})
    with pytest.raises(LifecycleError, match="was approved as bundle cccccccccccc and is bbbbbbbbbbbb now"):
        version_to_serve(tracking, MODEL, approval="required")


def test_an_approval_of_one_version_is_none_of_the_next(tmp_path: Path) -> None:
    tracking = registry(tmp_path, PAIR)
    decided(tracking, "2")
    later = registry(tmp_path, [*PAIR, ("05", OTHER, "pass", CHALLENGER)])
    later.set_tags(MODEL, "2", dict(tracking.version(MODEL, "2").tags))
    with pytest.raises(LifecycleError, match="version 3 of orders passed its gates and waits"):
        version_to_serve(later, MODEL, approval="required")


def test_a_champion_that_is_down_comes_back_while_another_waits(tmp_path: Path) -> None:
    tracking = registry(tmp_path, PAIR)
    served = version_to_serve(tracking, MODEL, approval="required", champion_answers=False)
    assert served.version == "1"


def test_where_none_is_required_a_rejection_still_keeps_a_version_out(tmp_path: Path) -> None:
    tracking = registry(tmp_path, PAIR)
    assert version_to_serve(tracking, MODEL).version == "2"
    decided(tracking, "2", "rejected")
    assert version_to_serve(tracking, MODEL).version == "1"


def test_bytes_that_were_changed_between_gate_and_deployment_are_not_deployed(tmp_path: Path) -> None:
    tracking = registry(tmp_path, [("03", OLD, "pass", CHALLENGER)])
    tracking.set_tags(MODEL, "1", {JUDGED_TAG: NEW})
    with pytest.raises(
        LifecycleError, match="its gates judged bundle bbbbbbbbbbbb, and it is bundle aaaaaaaa"
    ):
        version_to_serve(tracking, MODEL)


def test_a_verdict_of_an_earlier_release_is_no_verdict_on_known_bytes(tmp_path: Path) -> None:
    tracking = registry(tmp_path, [("03", OLD, "pass", CHALLENGER)])
    (version,) = tracking.versions(MODEL)
    told = judged_problem(replace(version, tags={}))
    assert told is not None and "does not say which bundle it judged" in told


@pytest.mark.parametrize("text", [None, "", "yes", "{}", '{"decision": "approved"}', "[]", "null"])
def test_what_is_no_decision_approves_nothing(text: str | None, tmp_path: Path) -> None:
    assert read_approval(text) is None
    tracking = registry(tmp_path, PAIR, tags={} if text is None else {APPROVAL_TAG: text})
    with pytest.raises(LifecycleError, match="waits for approval"):
        version_to_serve(tracking, MODEL, approval="required")


def test_a_decision_is_an_event_of_the_endpoint(tmp_path: Path) -> None:
    tracking = registry(tmp_path, PAIR)
    decided(tracking, "2")
    event = observation(tracking.version(MODEL, "2"))
    assert event.asset_key.path == [MODEL, "endpoint"]
    assert event.description == "version 2 approved by ann: looked at it"
    assert (
        json.loads(write_approval(Approval(decision="approved", digest=NEW, actor="ann", reason="ø", at=AT)))[
            "reason"
        ]
        == "ø"
    )
    with pytest.raises(LifecycleError, match="nothing was decided on version 1"):
        observation(tracking.version(MODEL, "1"))

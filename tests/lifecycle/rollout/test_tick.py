"""What a tick does with faults, edits by hand, commands and time, as tables of named cases."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from lifecycle.errors import LifecycleError
from lifecycle.rollout.actions import SetWeights
from lifecycle.rollout.observations import Version
from lifecycle.rollout.power_plan import PowerPlan
from lifecycle.rollout.reconcile import notices_since
from lifecycle.rollout.record import read_record
from lifecycle.rollout.replay import replay
from lifecycle.rollout.starting import Registry, decide_start
from lifecycle.rollout.tick import tick
from tests.fakes.rollout_world import MODEL, NEW, OLD, Answer, World, plan_with
from tests.lifecycle.rollout.test_promises import in_stage, world

GOLDEN = Path(__file__).parents[2] / "golden/rollouts/format-1.json"
Fault = Callable[[World], None]
ZERO = Version(version="0", digest="0" * 64)
"""A version that passed before the champion did."""


def ending(found: World) -> tuple[str, str | None] | None:
    outcome = found.record.state.outcome
    return None if outcome is None else (outcome.kind, outcome.check)


def plan_edited(found: World) -> None:
    found.plan = plan_with(hold="2h")


def newer(found: World) -> None:
    found.challenger_alias = "3"


def alias_dropped(found: World) -> None:
    found.challenger_alias = None


def other_champion(found: World) -> None:
    found.champion_alias = "9"


@pytest.mark.parametrize(
    ("happens", "expected"),
    [
        pytest.param(plan_edited, ("superseded", None), id="the spec was edited"),
        pytest.param(newer, ("superseded", None), id="a newer challenger"),
        pytest.param(alias_dropped, ("aborted", None), id="the version was rejected"),
        pytest.param(other_champion, ("superseded", None), id="somebody else made a champion"),
        pytest.param(lambda w: w.say("abort"), ("aborted", None), id="abort"),
        pytest.param(lambda w: (w.say("approve"), w.say("abort")), ("aborted", None), id="abort first"),
        pytest.param(lambda w: (w.say("abort"), w.say("promote_full")), ("aborted", None), id="and promote"),
        pytest.param(lambda w: w.say("abort", version="7"), None, id="abort of another version"),
        pytest.param(lambda w: w.say("undo", version="0"), ("aborted", None), id="undo"),
        pytest.param(
            lambda w: w.answers.update(primary="bad"), ("rolled_back", "primary"), id="worse labels"
        ),
        pytest.param(lambda w: w.answers.update(sample_ratio="bad"), None, id="a mismatch only holds"),
        pytest.param(lambda w: w.answers.update(error_rate_max="outage"), None, id="an outage only holds"),
    ],
)
def test_what_ends_a_rollout(happens: Fault, expected: tuple[str, str | None] | None) -> None:
    found = in_stage("canary 15 %")
    found.now += timedelta(minutes=15)
    happens(found)
    found.turn()
    assert ending(found) == expected
    assert found.weights == ({"1": 100} if expected else {"1": 85, "2": 15})


@pytest.mark.parametrize(
    ("primary", "expected", "served"),
    [
        pytest.param("bad", ("rolled_back", "primary"), {"1": 100, "2": 0}, id="it answers nobody"),
        pytest.param("good", ("promoted", None), {"1": 95, "2": 5}, id="labels are not asked for again"),
    ],
)
def test_what_the_shadow_decides_is_decided_before_the_first_request(
    primary: Answer, expected: tuple[str, str | None], served: dict[str, int]
) -> None:
    found = World(plan=plan_with(shadow={"decides": True}))
    found.open()
    found.answers["primary"] = primary
    while found.record.stage.label in ("smoke", "shadow") and not found.record.state.closed:
        found.turn()
        found.now += timedelta(minutes=15)
    found.answers["primary"] = "outage"
    found.run()
    assert ending(found) == expected
    assert ({"1": 95, "2": 5} in found.served) is (primary == "good")
    assert served in found.served


def begins_next(found: World) -> tuple[str, str] | None:
    """Occasion and version of the rollout that begins after this one."""
    passed = {version.version: version for version in (OLD, NEW, ZERO)}
    registry = Registry(champion=passed[found.champion_alias or "1"], challenger=None, passed=passed)
    start = decide_start(found.record, registry, found.store.commands(MODEL))
    return start and (start.occasion, start.challenger.version)


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        pytest.param(lambda w: w.say("undo", version="0"), ("undo", "0"), id="undo"),
        pytest.param(lambda w: w.say("retry"), ("rollout", "2"), id="retry"),
        pytest.param(lambda w: w.say("abort"), None, id="abort comes too late"),
    ],
)
def test_what_is_said_while_an_end_is_carried_out_is_for_the_next_rollout(
    says: Fault, expected: tuple[str, str] | None
) -> None:
    found = in_stage("canary 15 %")
    found.now += timedelta(minutes=15)
    found.answers["error_rate_max"] = "bad"
    found.refused = 1
    found.turn()
    assert (ending(found), found.record.state.closed) == (("rolled_back", "error_rate_max"), False)
    says(found)
    found.run(looks=5)
    assert found.record.state.closed
    assert begins_next(found) == expected
    assert [one.written.seq for one in replay(found.record) if not one.same] == []


@pytest.mark.parametrize(
    ("happens", "expected"),
    [
        pytest.param(lambda w: w.say("abort"), ("aborted", None), id="an abort"),
        pytest.param(
            lambda w: w.answers.update(error_rate_max="bad"),
            ("rolled_back", "error_rate_max"),
            id="a guardrail",
        ),
        pytest.param(lambda w: setattr(w, "gates", "fail"), ("rolled_back", "gates"), id="its gates"),
        pytest.param(plan_edited, ("aborted", None), id="an edit of the spec"),
    ],
)
def test_an_undo_is_obeyed_whatever_ends_the_rollout_in_the_same_look(
    happens: Fault, expected: tuple[str, str | None]
) -> None:
    found = in_stage("canary 15 %")
    found.now += timedelta(minutes=15)
    found.say("undo", version="1")
    found.say("undo", version="0")
    happens(found)
    found.run(looks=5)
    assert (ending(found), found.record.state.closed) == (expected, True)
    assert begins_next(found) == ("undo", "0")
    assert "undo by ann: because" in found.record.state.outcome.reason  # type: ignore[union-attr]  # it is over
    assert [one.written.seq for one in replay(found.record) if not one.same] == []


def test_an_outage_ends_a_rollout_only_where_the_spec_says_so() -> None:
    found = world(on_outage="abort")
    found.answers["error_rate_max"] = "outage"
    found.run(looks=20)
    assert ending(found) == ("aborted", "error_rate_max")


def test_a_limit_of_three_fails_needs_three() -> None:
    found = world(guardrails=[{"metric": "error_rate", "max": 0.02, "limits": {"fail": 3}}])
    found.run(looks=2)
    found.answers["error_rate_max"] = "bad"
    seen = []
    for _ in range(3):
        found.now += timedelta(minutes=15)
        found.turn()
        seen.append(ending(found))
    assert seen == [None, None, ("rolled_back", "error_rate_max")]


def test_doubt_after_all_planned_samples_is_futile() -> None:
    found = World(plan=plan_with())
    found.open(
        power=PowerPlan(size=3000.0, samples=4000, days=20.0, too_long=False, told="4000 samples, 20 days")
    )
    found.answers["primary"] = "unknown"
    found.run(looks=40)
    assert ending(found) == ("inconclusive", "primary")
    assert found.weights == {"1": 100}


def test_a_weight_lowered_by_hand_is_not_raised_again_unasked() -> None:
    found = in_stage("canary 15 %")
    found.edit(v1=100, v2=0)
    for _ in range(10):
        found.now += timedelta(hours=1)
        found.turn()
    assert found.weights == {"1": 100, "2": 0}
    assert found.record.state.waits_for.startswith("a person")
    found.say("retry")
    found.turn()
    assert found.weights == {"1": 85, "2": 15}


def test_a_weight_raised_by_hand_is_put_back() -> None:
    found = in_stage("canary 15 %")
    found.edit(v1=10, v2=90)
    found.turn()
    assert found.weights == {"1": 85, "2": 15}


def test_a_lost_version_comes_back_with_its_weight() -> None:
    found = in_stage("canary 15 %")
    del found.variants["2"]
    found.turn()
    assert found.weights == {"1": 85, "2": 15}


def test_a_stranger_with_requests_is_set_to_none() -> None:
    found = in_stage("canary 15 %")
    found.variants["8"] = found.variants["2"].model_copy(update={"version": "8", "weight": 15})
    found.edit(v1=70)
    found.turn()
    assert found.weights == {"1": 85, "2": 15, "8": 0}


def test_a_version_that_is_never_ready_gets_nothing() -> None:
    found = World(plan=plan_with(), ready_at_once=False)
    found.open()
    found.run(looks=100, every=timedelta(hours=6))
    assert ending(found) == ("inconclusive", None)
    assert {split.get("2", 0) for split in found.served} == {0}


def test_nobody_is_sent_to_a_champion_that_cannot_answer() -> None:
    found = in_stage("canary 30 %")
    found.now += timedelta(minutes=15)
    found.set_ready("1", False)
    found.answers["error_rate_max"] = "bad"
    found.turn()
    assert ending(found) == ("rolled_back", "error_rate_max")
    assert found.weights == {"1": 70, "2": 30}
    assert not found.record.state.closed
    found.set_ready("1", True)
    found.turn()
    assert found.weights == {"1": 100}


def test_weights_that_were_set_though_the_call_timed_out_are_adopted() -> None:
    found = in_stage("canary 5 %")
    found.now += timedelta(hours=1)
    found.timeouts = 1
    found.turn()
    found.turn()
    assert found.weights == {"1": 85, "2": 15}
    assert found.record.state.settled_at is not None
    assert len([a for a in found.done if isinstance(a, SetWeights) and a.id.endswith("1=85,2=15")]) == 1


def test_a_clock_that_goes_back_an_hour_does_no_harm() -> None:
    found = in_stage("canary 5 %")
    stage = found.record.state.stage
    found.now -= timedelta(hours=1)
    found.turn()
    assert (found.record.state.stage, ending(found)) == (stage, None)
    found.answers["error_rate_max"] = "bad"
    found.now += timedelta(hours=1, minutes=15)
    found.turn()
    assert found.weights == {"1": 100}


def test_a_time_without_a_zone_is_refused() -> None:
    found = world()
    told = found.observe(found.record)
    with pytest.raises(LifecycleError, match="has no time zone"):
        tick(found.plan, found.record, told, datetime(2026, 3, 1, 12))


def test_approval_of_a_superseded_version_is_refused() -> None:
    found = world(approval="full")
    found.say("approve", version="1")
    found.run(looks=40)
    assert found.record.state.waits_for.startswith("approval before full")
    told = [e.reason for e in found.record.entries if "refused" in e.reason]
    assert told and told[0].startswith("approve of version 1 refused: version 2 is on trial now")
    found.say("approve")
    found.turn()
    assert found.weights == {"1": 0, "2": 100}


def test_nobody_waves_a_smoke_test_through() -> None:
    found = world()
    found.answers["smoke"] = "silent"
    found.say("promote")
    found.say("promote_full")
    found.run(looks=5)
    assert found.record.stage.name == "smoke"
    found.answers["smoke"] = "good"
    found.turn()
    assert found.weights == {"1": 0, "2": 100}


def test_a_first_version_needs_no_champion() -> None:
    found = World(plan=plan_with("first"), champion=None)
    found.open()
    found.run(looks=3)
    assert ending(found) == ("promoted", None)
    assert (found.weights, found.champion_alias) == ({"2": 100}, "2")


def test_without_a_section_a_version_gets_all_at_once_and_a_failed_guardrail_takes_it_back() -> None:
    found = World(plan=plan_with(strategy="none"))
    found.open()
    found.answers["error_rate_max"] = "silent"
    found.turn()
    assert found.weights == {"1": 0, "2": 100}
    found.answers["error_rate_max"] = "bad"
    found.now += timedelta(minutes=15)
    found.turn()
    assert found.weights == {"1": 100}


def test_people_are_told_each_thing_once() -> None:
    found = in_stage("canary 15 %")
    told = notices_since(found.record, -1)
    assert [notice.weight for notice in told] == sorted(notice.weight for notice in told)
    assert notices_since(found.record, told[-1].seq) == ()
    assert len({notice.id for notice in told}) == len(told)


def test_old_records_stay_readable_and_their_decisions_the_same() -> None:
    record = read_record(GOLDEN.read_text(encoding="utf-8"), where=str(GOLDEN))
    assert record.state.outcome is not None and record.state.outcome.kind == "rolled_back"
    assert record.challenger == NEW and record.model == MODEL
    assert [one.written.seq for one in replay(record) if not one.same] == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(lambda text: text[: len(text) // 2], "is not whole JSON", id="half written"),
        pytest.param(lambda text: text.replace('"format": 1', '"format": 7'), "format 7", id="newer"),
        pytest.param(lambda text: text.replace('"seq":2', '"seq":9'), "numbered 0, 1", id="one missing"),
        pytest.param(lambda text: "[]", "format None", id="something else"),
    ],
)
def test_a_record_that_cannot_be_read_says_why(change: Callable[[str], str], told: str) -> None:
    with pytest.raises(LifecycleError, match=told):
        read_record(change(GOLDEN.read_text(encoding="utf-8")), where="here")

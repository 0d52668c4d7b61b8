"""The nine promises of the controller, each with the fault that would break it.

P8, no untrusted pickle, is kept by the bundles themselves; P9 is in test_seeded_rollouts.
"""

from datetime import timedelta

import pytest

from lifecycle.rollout.actions import RemoveVariant
from lifecycle.rollout.record import read_record
from lifecycle.rollout.replay import replay
from lifecycle.rollout.tick import tick
from tests.fakes.rollout_world import MODEL, Answer, World, plan_with

CANARY = [{"1": 100, "2": 0}, {"1": 95, "2": 5}, {"1": 85, "2": 15}, {"1": 70, "2": 30}, {"1": 0, "2": 100}]
STAGES = ["smoke", "shadow", "canary 5 %", "canary 15 %", "canary 30 %", "full", "bake"]


def world(**changes: object) -> World:
    found = World(plan=plan_with(**changes))
    found.open()
    return found


def in_stage(label: str) -> World:
    """A world whose rollout has come as far as a stage, and was settled there.

    `full` is over as soon as it is read back: there the endpoint refused the weights once.
    """
    found = world()
    if label == "smoke":
        return found
    for _ in range(400):
        found.refused = int(label == "full" and found.record.stage.label == "canary 30 %")
        found.turn()
        if found.record.stage.label == label and (found.record.state.settled_at or label == "full"):
            found.refused = 0
            return found
        found.now += timedelta(minutes=15)
    raise AssertionError(found.record.state.waits_for)


def test_a_good_version_takes_over_step_by_step() -> None:
    good = world()
    record = good.run()
    assert record.state.outcome is not None and record.state.outcome.kind == "promoted"
    splits = [split for i, split in enumerate(good.served) if split != good.served[i - 1]]
    assert splits == [{"1": 100}, *CANARY]
    assert good.weights == {"2": 100}
    assert (good.champion_alias, good.challenger_alias) == ("2", None)


@pytest.mark.parametrize("label", STAGES)
def test_p1_a_tick_is_idempotent(label: str) -> None:
    found = in_stage(label)
    told = found.observe(found.record)
    once = tick(found.plan, found.record, told, found.now)
    again = tick(found.plan, once.record, told, found.now)
    assert again == once
    assert tick(found.plan, found.record, told, found.now) == once


@pytest.mark.parametrize("answer", ["good", "bad"])
@pytest.mark.parametrize("strategy", ["canary", "blue_green", "bandit", "none"])
def test_p2_after_a_crash_at_any_point_the_end_is_the_same(strategy: str, answer: Answer) -> None:
    def ended(crash_in: int | None) -> tuple[object, ...]:
        found = world(strategy=strategy)
        found.answers["error_rate_max"] = answer
        found.crash_in = crash_in
        record = found.run(every=timedelta(hours=6))
        outcome = record.state.outcome
        assert outcome is not None and record.state.closed, record.state.waits_for
        crashed = crash_in is None or found.crash_in is None
        return outcome.kind, found.weights, found.champion_alias, found.challenger_alias, crashed

    whole = ended(None)
    indices = 0
    while True:
        *end, crashed = ended(indices)
        assert tuple(end) == whole[:-1], f"killed at {indices}"
        if not crashed:
            break
        indices += 1
    assert indices > 15


@pytest.mark.parametrize("gates", ["fail", "inconclusive", "not_enough_data", None])
@pytest.mark.parametrize("label", STAGES)
def test_p3_no_version_gets_traffic_that_did_not_pass_its_gates(label: str, gates: object) -> None:
    found = in_stage(label)
    found.gates = gates  # type: ignore[assignment]  # from the table
    found.turn()
    assert found.weights.get("2", 0) == 0
    assert found.weights["1"] == 100
    assert found.record.state.outcome and found.record.state.outcome.check == "gates"


def test_p3_a_bundle_that_was_swapped_loses_its_requests() -> None:
    found = in_stage("canary 15 %")
    found.variants["2"] = found.variants["2"].model_copy(update={"digest": "f" * 64})
    found.turn()
    assert all(v.digest != "f" * 64 or v.weight == 0 for v in found.variants.values())


@pytest.mark.parametrize(
    "check", ["error_rate_max", "p99_latency_ms_against_champion", "prediction_drift_max"]
)
@pytest.mark.parametrize("label", STAGES[1:])
def test_p4_a_failed_guardrail_lowers_the_weight_within_one_tick(label: str, check: str) -> None:
    found = in_stage(label)
    found.now += timedelta(minutes=15)
    found.answers[check] = "bad"
    found.turn()
    assert found.weights.get("2", 0) == 0 and found.weights["1"] == 100
    assert found.record.state.outcome and found.record.state.outcome.check == check


def test_p4_also_while_a_person_is_waited_for() -> None:
    found = world(approval="full")
    found.run(looks=40)
    assert found.record.state.waits_for.startswith("approval before full")
    found.now += timedelta(minutes=15)
    found.answers["error_rate_max"] = "bad"
    found.turn()
    assert found.weights.get("2", 0) == 0


@pytest.mark.parametrize("strategy", ["canary", "blue_green", "bandit"])
def test_p5_the_champion_is_not_removed_before_the_bake_ends(strategy: str) -> None:
    found = world(strategy=strategy)
    while not found.record.state.closed:
        found.turn()
        outcome = found.record.state.outcome
        assert outcome is not None or "1" in found.variants
        found.now += timedelta(minutes=15)
    removed = [action for action in found.done if isinstance(action, RemoveVariant)]
    assert [action.version.version for action in removed] == ["1"]
    bake = found.record.entries[-1].state
    assert bake.settled_at and (found.record.entries[-1].at - bake.settled_at) >= timedelta(days=1)


CHECKS = ["error_rate_max", "prediction_drift_max", "primary"]
NO_DATA: list[Answer] = ["silent", "outage", "few", "unknown"]


@pytest.mark.parametrize(
    ("check", "answer"),
    [(check, answer) for check in CHECKS for answer in NO_DATA]
    + [("smoke", "silent"), ("smoke", "outage"), ("sample_ratio", "silent"), ("sample_ratio", "outage")],
)
def test_p6_missing_data_never_promotes(check: str, answer: Answer) -> None:
    found = world()
    found.answers[check] = answer
    record = found.run(looks=200, every=timedelta(hours=6))
    assert record.state.outcome and record.state.outcome.kind == "inconclusive"
    assert max(split.get("2", 0) for split in found.served) <= 30
    assert found.weights == {"1": 100}


@pytest.mark.parametrize("answer", ["good", "bad", "unknown"])
def test_p7_each_decision_can_be_computed_again_from_the_record(answer: Answer) -> None:
    found = world()
    found.answers["prediction_drift_max"] = answer
    found.say("approve")
    found.run(looks=80, every=timedelta(hours=6))
    kept = read_record(found.record.to_json(), where="here")
    assert kept == found.record
    assert len(kept.entries) > 3
    assert [one.written.seq for one in replay(kept) if not one.same] == []


def test_p7_a_record_that_was_changed_by_hand_is_found() -> None:
    found = in_stage("canary 15 %")
    entry = found.record.entries[3]
    forged = entry.model_copy(update={"state": entry.state.model_copy(update={"stage": 5})})
    entries = tuple(forged if e.seq == 3 else e for e in found.record.entries)
    assert any(not one.same for one in replay(found.record.model_copy(update={"entries": entries})))


def test_two_ticks_at_once_do_one_thing() -> None:
    found = in_stage("canary 5 %")
    found.now += timedelta(hours=2)
    stored = found.store.read(MODEL)
    assert stored is not None
    told = found.observe(stored.record)
    mine, other = (tick(found.plan, stored.record, told, found.now) for _ in range(2))
    assert mine == other
    found.turn()
    before = found.weights
    # The slower one lost the race to write; had it acted all the same, its fence is older.
    for action in other.actions:
        found.act(action)
    assert found.weights == before

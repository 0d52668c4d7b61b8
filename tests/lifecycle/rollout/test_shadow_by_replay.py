"""Where the endpoint copies no requests, who looks on does so by replay: what is asked, and what is not."""

from datetime import timedelta

import pytest

from lifecycle.rollout.observations import Backend
from lifecycle.rollout.plan import PRIMARY, Plan
from lifecycle.rollout.power_plan import replay_planned
from lifecycle.rollout.questions import asked_guardrails
from lifecycle.rollout.replay import replay
from lifecycle.rollout.stages import what_is_missing
from lifecycle.rollout.telling import rollout_lines
from tests.fakes.rollout_world import World, plan_with

LATENCY = [
    {"metric": "error_rate", "max": 0.02},
    {"metric": "p99_latency_ms", "max": 50},
    {"metric": "p99_latency_ms", "margin": 1.0},
]
LIMIT, COMPARED = "p99_latency_ms_max", "p99_latency_ms_against_champion"


def at(world: World, stage: str) -> World:
    """The rollout once its stage has its weights; every question is answered well."""
    world.open()
    for _ in range(2000):
        world.turn()
        state = world.record.state
        if world.record.stage.label == stage and state.settled_at is not None:
            return world
        world.now += timedelta(minutes=15)
    raise AssertionError(world.record.state)


@pytest.mark.parametrize(
    ("plan", "stage", "can_mirror", "asked"),
    [
        pytest.param({}, "shadow", True, {LIMIT, COMPARED}, id="mirrored: all"),
        pytest.param({}, "shadow", False, set(), id="replayed: a later stage asks for latency"),
        pytest.param({}, "canary 5 %", False, {LIMIT, COMPARED}, id="the first step asks"),
        pytest.param({}, "bake", False, {LIMIT}, id="in the bake the new version has requests of its own"),
        pytest.param({}, "bake", True, {LIMIT, COMPARED}, id="the bake, mirrored"),
        pytest.param(
            {"strategy": "blue_green"}, "shadow", False, {COMPARED}, id="nobody asks later: it stays open"
        ),
        pytest.param(
            {"strategy": "blue_green"}, "shadow", True, {LIMIT, COMPARED}, id="blue/green, mirrored"
        ),
    ],
)
def test_latency_is_asked_for_where_it_is_that_of_the_endpoint(
    plan: dict[str, object], stage: str, can_mirror: bool, asked: set[str]
) -> None:
    world = at(World(plan=_plan(plan), can_mirror=can_mirror), stage)
    record = world.record
    looks_on = {"shadow": "challenger", "bake": "champion"}
    assert record.state.replayed == (None if can_mirror else looks_on.get(stage))
    names = {check.name for check in asked_guardrails(record.plan, record.state)}
    assert names == {"error_rate_max", *asked}


def test_a_version_takes_over_where_no_request_is_copied() -> None:
    world = World(plan=_plan({}), can_mirror=False)
    world.open()
    record = world.run()
    assert record.state.outcome is not None and record.state.outcome.kind == "promoted"
    asked = {
        (was.stage, was.replayed, one.measurement.check)
        for was, entry in zip([e.state for e in record.entries], record.entries[1:], strict=False)
        for one in entry.evidence
    }
    stages = [stage.label for stage in record.plan.stages]
    shadow, first = stages.index("shadow"), stages.index("canary 5 %")
    assert (shadow, "challenger", "error_rate_max") in asked
    # Nor is it asked for in the first moments of the next stage, whose rows still are those of the shadow.
    assert not {("challenger", LIMIT), ("challenger", COMPARED)} & {(who, check) for _, who, check in asked}
    assert {(first, None, LIMIT), (first, None, COMPARED)} <= asked
    assert [one.written.seq for one in replay(record) if not one.same] == []


def test_what_nobody_can_answer_promotes_nothing() -> None:
    world = World(plan=_plan({"strategy": "blue_green"}), can_mirror=False, answers={COMPARED: "outage"})
    world.open()
    record = world.run(looks=3000)
    assert record.state.outcome is not None and record.state.outcome.kind == "inconclusive"
    assert {split.get("2", 0) for split in world.served} == {0}


@pytest.mark.parametrize("answer", ["good", "silent"])
def test_a_replay_that_cannot_go_on_holds_the_stage_and_says_why(answer: str) -> None:
    world = World(plan=_plan({}), can_mirror=False, replay_problem="the log lacks the columns distance")
    world.answers = dict.fromkeys(("error_rate_max", PRIMARY), answer)  # type: ignore[arg-type]  # one of the answers
    world = at(world, "shadow")
    record = world.run(looks=100)
    assert record.stage.name == "shadow"
    assert record.state.waits_for == (
        "the shadow by replay, which cannot go on: the log lacks the columns distance"
    )
    world.replay_problem, world.answers = None, {}
    world.run(looks=1)
    assert world.record.stage.name == "canary"


def test_an_endpoint_that_begins_to_copy_is_asked_for_everything_again() -> None:
    world = at(World(plan=_plan({}), can_mirror=False), "shadow")
    world.can_mirror = True
    world.answers = {"error_rate_max": "few"}
    world.run(looks=4)
    record = world.record
    assert (record.stage.name, record.state.replayed) == ("shadow", None)
    assert what_is_missing(record, record.state, world.observe(record), now=world.now) is not None
    assert record.state.answer(LIMIT) is not None


def _plan(rollout: dict[str, object]) -> Plan:
    return plan_with(guardrails=LATENCY, **rollout)


@pytest.mark.parametrize(
    ("plan", "can_mirror", "told"),
    [
        pytest.param({}, True, "", id="it copies requests"),
        pytest.param({}, False, "who looks on (shadow, full, bake) does so by replay of the log", id="steps"),
        pytest.param({"strategy": "blue_green"}, False, "so nothing passes; give `p99_latency_ms` a `max`",
                     id="nobody compares latency"),
    ],
)  # fmt: skip
def test_the_power_plan_says_that_shadows_are_replayed(
    plan: dict[str, object], can_mirror: bool, told: str
) -> None:
    found = replay_planned(_plan(plan), Backend(can_mirror=can_mirror))
    assert told in found and bool(told) == bool(found)


def test_a_rollout_in_words_says_who_looks_on_by_replay() -> None:
    for can_mirror in (False, True):
        world = at(World(plan=_plan({}), can_mirror=can_mirror), "shadow")
        lines = "\n".join(rollout_lines(world.record))
        assert ("by replay: version 2 scores what the log says" in lines) == (not can_mirror)

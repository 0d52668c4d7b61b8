"""The clock of rollouts: what it tells, once, and that one model keeps no other from its look."""

import dagster as dg
import pytest

from assets.rollout_ports import RolloutPorts
from lifecycle.errors import LifecycleError
from lifecycle.rollout.power_plan import plan_power
from lifecycle.spec.model_spec import ModelSpec
from resources.rollouts.base import Stored
from sensors.rollout import (
    LOOKS_S,
    Cursor,
    Look,
    look_at,
    next_cursor,
    read_cursor,
    rollout_sensor,
    turn_of,
    write_cursor,
)
from tests.fakes.rollout_world import MODEL, MemoryRollouts, World, plan_with, rolled_back, spec_with
from tests.fakes.serving import FakeServing
from tests.fakes.tracking import FakeTracking


class BrokenRollouts(MemoryRollouts):
    """A store that cannot be read."""

    def read(self, model: str) -> Stored | None:
        raise LifecycleError("the disk is gone")


def ports(store: MemoryRollouts) -> RolloutPorts:
    return RolloutPorts(
        store=store,
        serving=FakeServing(),
        tracking=FakeTracking(),
        measure=lambda record, questions, now: (),
        replay=lambda record, now: None,
        plan_power=lambda plan, now: plan_power(plan, ""),
    )


def named(name: str, **rollout: object) -> ModelSpec:
    spec = spec_with(strategy="canary", **rollout)
    return spec.model_copy(update={"model": spec.model.model_copy(update={"name": name})})


@pytest.fixture
def told_of() -> World:
    """A rollout that a guardrail ended."""
    return rolled_back(World(plan=plan_with()))


def test_changes_of_weights_are_materializations_and_are_told_once(told_of: World) -> None:
    models = [(spec_with(strategy="canary"), ports(told_of.store))]
    first = look_at(models, {})
    weights = [
        event.metadata["weights"].value
        for event in first.events
        if isinstance(event, dg.AssetMaterialization)
    ]
    assert weights[-2:] == ["version 1: 95 %, version 2: 5 %", "version 1: 100 %, version 2: 0 %"]
    assert [type(event) for event in first.events][-1] is dg.AssetCheckEvaluation
    again = look_at(models, read_cursor(write_cursor(next_cursor(Cursor(), first))).told)
    assert (again.events, again.told) == ([], first.told)


def test_one_model_that_fails_keeps_no_other_from_its_look(told_of: World) -> None:
    broken, good = (named("broken"), ports(BrokenRollouts())), (named(MODEL), ports(told_of.store))
    record = told_of.record
    look = look_at([broken, good], {MODEL: (record.id, record.entries[-1].seq - 1)})
    assert look.problems == {"broken": "the disk is gone"}
    assert look.summary == "broken: the disk is gone"
    assert look.told[MODEL] == (told_of.record.id, told_of.record.entries[-1].seq)


def test_an_error_that_nobody_foresaw_keeps_no_other_from_its_look(told_of: World) -> None:
    class Odd(MemoryRollouts):
        def read(self, model: str) -> Stored | None:
            raise KeyError("surprise")

    look = look_at([(named("odd"), ports(Odd())), (named(MODEL), ports(told_of.store))], {})
    assert look.problems == {"odd": "KeyError: 'surprise'"}
    assert look.told[MODEL] == (told_of.record.id, told_of.record.entries[-1].seq)


def test_one_picture_a_look_shows_all_that_came_before(told_of: World) -> None:
    look = look_at([(spec_with(strategy="canary"), ports(told_of.store))], {})
    drawn = [
        "picture" in event.metadata for event in look.events if isinstance(event, dg.AssetMaterialization)
    ]
    assert len(drawn) > 1
    assert drawn == [False] * (len(drawn) - 1) + [True]


def test_an_open_rollout_is_looked_at_in_each_tick_and_idle_models_take_turns() -> None:
    cursor, looked = Cursor(open=frozenset({"c"})), list[list[str]]()
    for _ in range(3):
        turn = [*turn_of(["a", "b", "c"], cursor, most_s=-1)]
        looked.append(turn)
        cursor = next_cursor(cursor, Look(told={}, looked=turn, open={"c"}))
    assert looked == [["c", "a"], ["c", "b"], ["c", "a"]]


class SlowRollouts(MemoryRollouts):
    """A store whose every reading times out, by a clock of its own."""

    def __init__(self, timeout_s: float) -> None:
        super().__init__()
        self.timeout_s, self.now_s = timeout_s, 0.0
        self.asked: list[str] = []

    def read(self, model: str) -> Stored | None:
        self.now_s += self.timeout_s
        if self.asked[-1:] != [model]:
            self.asked.append(model)
        raise LifecycleError("no answer")

    def clock(self) -> float:
        return self.now_s


def test_many_open_rollouts_that_time_out_end_in_time_and_have_their_turns() -> None:
    """Forty models of which thirty have an open rollout; each of two questions of a look takes .4 s."""
    names, store = [f"m{n:02}" for n in range(40)], SlowRollouts(0.4)
    (sensor,) = rollout_sensor([named(name) for name in names], clock=store.clock).sensors or ()
    assert isinstance(sensor, dg.SensorDefinition)
    ports_of_all = {
        "rollouts": store,
        "serving": FakeServing(),
        "tracking": FakeTracking(),
        "traffic": None,
        "warehouse": None,
    }
    cursor, longest_s = write_cursor(Cursor(open=frozenset(names[:30]))), 0.0
    for _ in range(15):
        began_s = store.now_s
        context = dg.build_sensor_context(cursor=cursor, resources=ports_of_all)
        result = sensor(context)
        assert isinstance(result, dg.SensorResult)
        cursor, longest_s = result.cursor or "", max(longest_s, store.now_s - began_s)
    assert longest_s <= LOOKS_S + 2 * 2 * store.timeout_s  # one look of either kind was under way
    # Two open ones and an idle one a tick: in fifteen ticks everybody had a turn, none of the open ones two.
    assert sorted(name for name in store.asked if name in names[:30]) == names[:30]
    assert set(store.asked) == set(names)


def test_a_rollout_that_could_not_be_looked_at_stays_open() -> None:
    before = Cursor(open=frozenset({"broken", "over", "unseen"}))
    look = Look(told={}, looked=["broken", "over", "begun"], open={"begun"}, problems={"broken": "gone"})
    assert next_cursor(before, look) == Cursor(
        open=frozenset({"broken", "unseen", "begun"}), after="begun", after_open="over"
    )


def test_a_look_tells_which_rollouts_are_open() -> None:
    world = World(plan=plan_with())
    world.open()
    look = look_at([(named("idle"), ports(world.store)), (named(MODEL), ports(world.store))], {})
    assert (look.looked, look.open) == (["idle", MODEL], {MODEL})


@pytest.mark.parametrize(("every", "expected_s"), [("10s", 10), ("30s", 30), ("1h", 60)])
def test_it_looks_as_often_as_the_hastiest_model_wants(every: str, expected_s: int) -> None:
    found = rollout_sensor([named("slow", every="1h"), named("hasty", every=every)])
    (sensor,) = found.sensors or ()
    assert isinstance(sensor, dg.SensorDefinition)
    assert (sensor.minimum_interval_seconds, sensor.default_status) == (
        expected_s,
        dg.DefaultSensorStatus.RUNNING,
    )


def test_without_a_rollout_there_is_no_sensor() -> None:
    assert not rollout_sensor([spec_with()]).sensors


def test_a_rollout_whose_section_left_the_spec_is_watched_until_it_ends() -> None:
    (sensor,) = rollout_sensor([spec_with()], left_open=[MODEL]).sensors or ()
    assert isinstance(sensor, dg.SensorDefinition)
    assert sensor.minimum_interval_seconds == 60

"""The picture of a rollout: what it shows, and that every kind of record has one."""

import subprocess
import sys
from datetime import timedelta

import pytest

from lifecycle.rollout.picture import commands_of, evidence_of, rollout_picture, spans_of, weights_of
from lifecycle.rollout.plan import PRIMARY
from lifecycle.rollout.record import RolloutRecord, read_record
from tests.fakes.rollout_world import NEW, START, World, plan_with
from tests.lifecycle.rollout.golden import FILE

MINUTE = timedelta(minutes=1)
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def golden() -> RolloutRecord:
    return read_record(FILE.read_text(), where=FILE.name)


def test_stages_follow_each_other_until_the_outcome(golden: RolloutRecord) -> None:
    found = [(s.stage.label, (s.start - START) / MINUTE, (s.end - START) / MINUTE) for s in spans_of(golden)]
    assert found == [("shadow", 0, 15), ("canary 5 %", 15, 45), ("canary 15 %", 45, 60)]


def test_weights_are_those_that_the_endpoint_told(golden: RolloutRecord) -> None:
    assert [weight for _, weight in weights_of(golden)] == [0] * 5 + [5] * 3 + [15] * 2 + [0] * 2


def test_an_endpoint_that_cannot_be_read_tells_no_weight() -> None:
    world = World(plan=plan_with())
    world.backend_problem = "connection refused"
    assert weights_of(world.open()) == ()


def test_each_look_at_a_check_is_told_once(golden: RolloutRecord) -> None:
    verdicts = [e.verdict for e in evidence_of(golden, "error_rate_max")]
    assert verdicts == ["pass"] * 4 + ["fail"]
    assert all(e.measurement.cohorts for e in evidence_of(golden, PRIMARY))


def test_a_picture_is_the_same_bytes_each_time(golden: RolloutRecord) -> None:
    first = rollout_picture(golden)
    assert first.startswith(PNG)
    assert first == rollout_picture(golden)


@pytest.mark.parametrize("answer", ["few", "outage", "silent", "unknown"])
def test_a_rollout_without_good_numbers_has_a_picture(answer: str) -> None:
    world = World(plan=plan_with(hold="30m"), answers=dict.fromkeys([PRIMARY, "error_rate_max"], answer))  # type: ignore[arg-type]
    world.open()
    world.run(looks=6)
    world.say("abort")
    record = world.run(looks=4)
    assert [command.kind for command in commands_of(record)] == ["abort"]
    assert rollout_picture(record).startswith(PNG)


def test_a_first_version_and_a_rollout_that_just_began_have_a_picture() -> None:
    record = World(plan=plan_with("first"), champion=None, challenger=NEW).open()
    assert spans_of(record) == ()
    assert rollout_picture(record).startswith(PNG)


def test_nothing_is_drawn_with_before_a_picture_is_asked_for() -> None:
    script = "import sys, lifecycle.rollout.picture; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0

"""The promises of rollouts with the real glue: what is observed, carried out and read back through the ports.

The controller alone is in tests/lifecycle/rollout; a real endpoint and real flights are in tests/e2e.
"""

import pickle
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from lifecycle.errors import LifecycleError
from lifecycle.rollout.replay import replay
from lifecycle.spec.rollout import Rollout
from tests.conftest import TrainedBundle
from tests.fakes.rollout_ports import MODEL, PortsWorld

Begin = Callable[..., PortsWorld]


@pytest.fixture
def begin(sealed: TrainedBundle, tmp_path: Path) -> Begin:
    def made(name: str = "world", **rollout: object) -> PortsWorld:
        folder = tmp_path / name
        folder.mkdir()
        return PortsWorld(folder, sealed("binary"), rollout=Rollout.model_validate(rollout))

    return made


def settled(world: PortsWorld, label: str) -> PortsWorld:
    """As far as a stage that was read back."""
    record = world.until(lambda r: r.stage.label == label and r.state.settled_at is not None)
    assert record.stage.label == label, record.state.waits_for
    world.now += timedelta(minutes=15)
    return world


def test_a_good_version_takes_over_step_by_step(begin: Begin) -> None:
    world = begin()
    assert world.weights == {"1": 100}
    record = world.run()
    assert record.state.outcome is not None and record.state.outcome.kind == "promoted"
    steps = dict.fromkeys(split["2"] for split in world.serving.seen if "2" in split)
    assert [*steps] == [0, 5, 15, 30, 100]
    assert (world.weights, world.aliases) == ({"2": 100}, ("2", None))


def test_p1_a_second_evaluation_at_the_same_time_does_nothing(begin: Begin) -> None:
    world = settled(begin(), "canary 15 %")
    world.drive()
    before, seen = world.record, len(world.serving.seen)
    world.drive()
    assert (world.record, len(world.serving.seen)) == (before, seen)


@pytest.mark.parametrize("answer", ["good", "bad"])
def test_p2_after_a_death_around_any_effect_the_end_is_the_same(begin: Begin, answer: str) -> None:
    def ended(death: int | None) -> tuple[object, ...]:
        world = begin(f"{answer}-{death}", strategy="blue_green", bake="6h")
        world.answers["error_rate_max"] = answer  # type: ignore[assignment]  # from the table
        world.death.steps = death
        record = world.run(every=timedelta(hours=2))
        assert record.state.outcome is not None and record.state.closed, record.state.waits_for
        return record.state.outcome.kind, world.weights, world.aliases, world.death.steps

    *whole, _ = ended(None)
    for steps in range(200):
        *end, left = ended(steps)
        assert end == whole, f"died at {steps}"
        if left is not None:
            break  # it lived: there are fewer effects
    assert steps > 8


def test_p3_a_version_whose_gates_are_taken_back_loses_its_requests_at_once(begin: Begin) -> None:
    world = settled(begin(), "canary 15 %")
    assert world.weights == {"1": 85, "2": 15}
    world.judge("2", "fail")
    world.drive()
    assert world.weights == {"1": 100}


def test_p4_a_failed_guardrail_gives_the_champion_everything_within_one_evaluation(begin: Begin) -> None:
    world = settled(begin(), "canary 30 %")
    world.answers["prediction_drift_max"] = "bad"
    world.drive()
    assert world.weights == {"1": 100}
    assert world.aliases == ("1", None)


def test_p5_the_champion_is_kept_warm_until_the_bake_is_over(begin: Begin) -> None:
    world = settled(begin(), "bake")
    assert world.weights == {"1": 0, "2": 100}
    assert world.record.plan.stages[-1].hold_s == 86_400
    world.until(lambda record: record.state.outcome is not None, every=timedelta(hours=1))
    assert world.record.state.outcome is not None
    assert (world.record.entries[-1].at - world.record.state.entered_at) >= timedelta(days=1)


@pytest.mark.parametrize("answer", ["silent", "outage", "few", "unknown"])
@pytest.mark.parametrize("check", ["error_rate_max", "primary", "sample_ratio"])
def test_p6_without_data_nobody_is_promoted(begin: Begin, check: str, answer: str) -> None:
    world = begin()
    world.answers[check] = answer if check != "sample_ratio" or answer != "few" else "silent"  # type: ignore[assignment]
    if check == "sample_ratio" and answer == "unknown":
        world.answers[check] = "bad"
    record = world.run()
    assert record.state.outcome is not None and record.state.outcome.kind == "inconclusive"
    assert world.weights == {"1": 100}
    assert max(split.get("2", 0) for split in world.serving.seen) <= 30


def test_p6_a_registry_that_cannot_be_read_holds_the_rollout(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = settled(begin(), "canary 5 %")

    def broken(*_: object) -> None:
        raise LifecycleError("the registry does not answer")

    monkeypatch.setattr(world.tracking, "version", broken)
    world.run(looks=30, every=timedelta(hours=6))
    assert world.record.state.outcome is None
    assert world.weights == {"1": 95, "2": 5}


def test_p7_what_the_glue_wrote_can_be_decided_again(begin: Begin) -> None:
    world = begin()
    world.answers["p99_latency_ms_against_champion"] = "unknown"
    record = world.run(looks=60)
    assert len(record.entries) > 3
    assert [one.written.seq for one in replay(record) if not one.same] == []


def test_p8_a_pickle_in_the_place_of_the_weights_is_never_opened(begin: Begin, tmp_path: Path) -> None:
    world = begin()
    (tmp_path / "target").mkdir()
    digest = world.tracking.version(MODEL, "2").bundle_digest
    key = (MODEL, "2")
    held = dict(world.tracking._bundles[key])
    weights = next(path for path in held if path.name.startswith("model"))
    world.tracking._bundles[key] = held | {weights: pickle_that_writes(tmp_path / "target" / "it-ran")}
    record = world.run()
    assert record.state.outcome is not None and record.state.outcome.check == "smoke"
    assert all("2" not in split for split in world.serving.seen)
    assert world.tracking.version(MODEL, "2").bundle_digest == digest
    assert list((tmp_path / "target").iterdir()) == []


def pickle_that_writes(path: Path) -> bytes:
    """A pickle that makes a file when it is loaded."""

    class Payload:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (path,)

    return pickle.dumps(Payload())

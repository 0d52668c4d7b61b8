"""The rollouts that are played with many seeds: versions that are equal, worse, better, or at each limit."""

from lifecycle.rollout.plan import Plan
from lifecycle.rollout.power_plan import plan_power
from tests.fakes.rollout_world import plan_with
from tests.lifecycle.rollout.seeded_rollouts import Scene, Truth, baseline_of

GUARDRAILS = (
    {"metric": "error_rate", "max": 0.03},
    {"metric": "error_rate", "margin": 0.5},
    {"metric": "null_rate", "margin": 0.02, "margin_is": "absolute"},
    {"metric": "p99_latency_ms", "margin": 1.0},
)
BETTER_ACCURACY = {"metric": "accuracy", "goal": "superiority", "margin_is": "absolute", "effect": 0.02}
BRIER_NOT_WORSE = {"metric": "brier", "goal": "non_inferiority", "margin": 0.05, "effect": 0.05}
DECIDING_SHARE = 0.3
BUSY = 8000
"""Keys an hour with which most of the equal versions are seen to be no worse before the stage is over."""
LOOKS = 20
"""That a power plan foresees."""


def plan(primary: dict[str, object], guardrails: tuple[dict[str, object], ...] = GUARDRAILS) -> Plan:
    """A canary in the usual steps, at an hour's pace."""
    return plan_with(
        every="1h",
        hold="4h",
        bake="8h",
        stage_limit="36h",
        shadow={"requests": 400, "time": "2h"},
        labelled={"samples": 400},
        primary=primary,
        guardrails=list(guardrails),
    )


def equal(primary: dict[str, object] = BETTER_ACCURACY) -> Scene:
    """Versions that differ in nothing."""
    return Scene(plan=plan(primary), challenger=Truth(), keys_an_hour=BUSY)


def more_accurate(by: float) -> Scene:
    """A version that is right more often."""
    return Scene(plan=plan(BETTER_ACCURACY), challenger=Truth(accuracy=0.8 + by))


def at_the_margin() -> Scene:
    """A version that is worse by just the margin: promoted it must not be."""
    return Scene(plan=plan(BRIER_NOT_WORSE), challenger=Truth(brier=1.05), keys_an_hour=BUSY)


def at_every_limit() -> Scene:
    """A version at each limit and over none, which a person sends on: every window is at risk."""
    challenger = Truth(error_rate=0.03, null_rate=0.07, latency=2.0, brier=1.05)
    return Scene(plan=plan(BRIER_NOT_WORSE), challenger=challenger, waved_on_h=12, hours=61)


def planned() -> Scene:
    """A version that is better by the planned effect, at the planned size in the planned looks.

    Half of the predictions are right, so that both versions have the standard deviation of the plan.
    """
    loose = ({"metric": "error_rate", "max": 0.1}, {"metric": "p99_latency_ms", "margin": 3.0})
    found = plan(BETTER_ACCURACY, loose)
    power = plan_power(found, baseline_of("accuracy", keys_an_hour=1000, accuracy=0.5))
    assert power.samples is not None, power.told
    # A hundredth more, so that chance seldom leaves the last look short of the planned size.
    keys_an_hour = round(1.01 * power.samples / DECIDING_SHARE / LOOKS)
    return Scene(
        plan=found,
        champion=Truth(accuracy=0.5),
        challenger=Truth(accuracy=0.52),
        keys_an_hour=keys_an_hour,
        rhythm=False,
        power=power,
    )

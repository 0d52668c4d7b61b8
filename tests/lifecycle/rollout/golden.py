"""Writes the golden record: `python -m tests.lifecycle.rollout.golden`. For a new format only."""

from datetime import timedelta
from pathlib import Path

from tests.fakes.rollout_world import World, plan_with

FILE = Path(__file__).parents[2] / "golden/rollouts/format-1.json"


def main() -> None:
    """A version that failed its guardrail at 15 %."""
    world = World(plan=plan_with(hold="30m"))
    world.open()
    while world.record.stage.label != "canary 15 %" or not world.record.state.settled_at:
        world.turn()
        world.now += timedelta(minutes=15)
    world.answers["error_rate_max"] = "bad"
    world.run()
    FILE.write_text(world.record.to_json(), encoding="utf-8")


if __name__ == "__main__":
    main()

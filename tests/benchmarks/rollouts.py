"""How often the controller is wrong, and how often it finds what it was planned to find.

Rollouts of each kind go through the real loop, tick and statistics, with a look an hour.
"""

import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Callable

from tests.lifecycle.rollout import scenes
from tests.lifecycle.rollout.seeded_rollouts import Ended, Scene, play

ROLLOUTS, PARTS = 2000, 20
ALPHA, POWER = 0.05, 0.8
SCENES: dict[str, Callable[[], Scene]] = {
    "equal; better is asked for": scenes.equal,
    "equal; not worse is asked for": lambda: scenes.equal(scenes.BRIER_NOT_WORSE),
    "worse by just the margin": scenes.at_the_margin,
    "at each limit, sent on by a person": scenes.at_every_limit,
    "worse by the planned effect": lambda: scenes.more_accurate(-0.02),
    "better by the planned effect, as planned": scenes.planned,
}


def main() -> None:
    """Print how the rollouts of each kind ended, with upper bounds (97.5 %, exact) in parentheses."""
    print(f"{ROLLOUTS} rollouts of each kind, alpha {ALPHA}, planned power {POWER}")
    print(
        f"{'the version on trial is':<42}{'taken back':>18}{'promoted':>18}{'neither':>9}{'looks':>9}{'s':>6}"
    )
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        for name in SCENES:
            started = time.monotonic()
            ended = together(pool.map(_part, [(name, part) for part in range(PARTS)], chunksize=1))
            told = [f"{ended.kinds[kind]} ({ended.most(kind):.2%})" for kind in ("rolled_back", "promoted")]
            neither = ROLLOUTS - ended.kinds["rolled_back"] - ended.kinds["promoted"]
            spent_s = time.monotonic() - started
            print(
                f"{name:<42}{told[0]:>18}{told[1]:>18}{neither:>9}{ended.looks:>9}{spent_s:>6.0f}", flush=True
            )
            if ended.checks:
                print(f"{'':<4}by {', '.join(f'{check}: {n}' for check, n in ended.checks.most_common())}")


def together(parts: list[Ended]) -> Ended:
    """All parts as one."""
    return Ended(
        rollouts=sum(part.rollouts for part in parts),
        kinds=sum((part.kinds for part in parts), Counter()),
        checks=sum((part.checks for part in parts), Counter()),
        looks=sum(part.looks for part in parts),
    )


def _part(asked: tuple[str, int]) -> Ended:
    name, part = asked
    return play(SCENES[name](), rollouts=ROLLOUTS // PARTS, seed=2013 + part)


if __name__ == "__main__":
    main()

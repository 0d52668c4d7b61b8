"""How often the controller is wrong: 2,000 rollouts of equal versions and of better ones, a look per hour."""

import time

from tests.lifecycle.rollout.equal_versions import ACCURACY, plan, simulate

ROLLOUTS = 2000


def main() -> None:
    """Print how the rollouts ended, by how much better the version on trial was."""
    print(f"accuracy {ACCURACY} of the champion, alpha {plan().alpha}, {ROLLOUTS} rollouts each")
    print("better by  taken back  promoted  without conclusion  looks  CPU s")
    for better in (-0.02, 0.0, 0.01, 0.02):
        started = time.process_time()
        counted = simulate(ROLLOUTS, seed=2013, better=better)
        spent_s = time.process_time() - started
        print(
            f"{better:>9}  {counted.rolled_back:>10}  {counted.promoted:>8}  {counted.without_conclusion:>18}"
            f"  {counted.looks:>5}  {spent_s:>5.0f}"
        )


if __name__ == "__main__":
    main()

"""`python -m tests.benchmarks NAME`, or `make bench NAME=...`: the one door to the benchmarks."""

import sys
from collections.abc import Sequence
from importlib import import_module

BENCHMARKS = {
    "features": "flights and their histories: a request in process, a row of a table, a million rows",
    "history": "what looking back is worth on real flights: AUC of the June model on July to December",
    "memory": "the peak of each stage on tables of up to 10 million rows, and what it grows with",
    "run": "a life on real flights: what Dagster adds to the same work in a plain script; loading, too",
    "own_tables": "`flywheel init` and a whole life on tables out of installed packages, no spec edited",
    "drift": "a million rows by 20 columns against a stored profile, beside a scan, Evidently and others",
    "drift_aa": "fifty years in which nothing changes: false alerts a month, and false retrains",
    "validation": "a million rows by 22 columns held to their contract, beside a scan, a query and others",
    "serving": "requests of one row and of a hundred: the endpoint with log and canary, its peers, an echo",
    "rollouts": "2,000 rollouts each of equal versions, of ones at a limit and of better ones: how they end",
    "kills": "kill -9 of the endpoint a hundred times under load: what was answered, and what is in the log",
    "cbpe": "AUC of flights estimated before labels came, month by month, beside NannyML; see its text",
    "models": "code locations of 10, 100 and 1,000 models: how long they load, what a tick costs",
    "networks": "trees and networks on the same flights: metrics of the same holdout, the gate, seconds",
    "gpu": "trees and networks fit on a GPU and on the processor; says so where there is no GPU",
    "gates": "bad challengers planted among the real flights, and the gate that refuses each",
}
"""Name of a module beside this one -> what it measures. The module's `main` prints a table."""


def main(arguments: Sequence[str]) -> int:
    """Run one benchmark; without a known name, list them."""
    if len(arguments) == 1 and arguments[0] in BENCHMARKS:
        import_module(f"tests.benchmarks.{arguments[0]}").main()
        return 0
    told = "".join(f"\n  {name:<12}{what}" for name, what in BENCHMARKS.items())
    print(f"usage: make bench NAME=...{told}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python -m tests.scenarios [NAME]`, or `make scenario NAME=...`: plant a change, and see who sees it."""

import sys
from collections.abc import Sequence

from tests.scenarios.cases import SCENARIOS, Found


def main(arguments: Sequence[str]) -> int:
    """Run one scenario, or all of them; 1: a promise was not kept, 2: there is no such scenario."""
    unknown = [name for name in arguments if name not in SCENARIOS]
    if unknown or len(arguments) > 1:
        told = "".join(f"\n  {name:<21}{one.planted}" for name, one in SCENARIOS.items())
        print(f"usage: make scenario NAME=... (without a name: all){told}", file=sys.stderr)
        return 2
    if arguments:
        scenario, found = SCENARIOS[arguments[0]], SCENARIOS[arguments[0]].run()
        print(f"planted   {scenario.planted}\npromised  {scenario.promised}\nseen      {_seen(found)}")
        print(f"kept      {_kept(found)}" + (f"\nnote      {found.note}" if found.note else ""))
        return 0 if found.kept else 1
    broken = 0
    print(f"{'scenario':<21}{'kept':<6}{'after':<7}seen by")
    for name, scenario in SCENARIOS.items():
        found = scenario.run()
        broken += not found.kept
        by = ", ".join(found.seen_by) or "nobody"
        print(f"{name:<21}{_kept(found):<6}{'-' if found.after is None else found.after:<7}{by}", flush=True)
        print(f"{'':<34}{found.note}")
    return 1 if broken else 0


def _kept(found: Found) -> str:
    return "yes" if found.kept else "NO"


def _seen(found: Found) -> str:
    if found.after is None:
        return "by nobody"
    return f"by {', '.join(found.seen_by)} after {found.after} partition{'s' if found.after > 1 else ''}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`make demo-rollout`: six versions of a model meet the flights of 2013, and rollouts decide about five.

Everything is real but the time: models that were trained, an endpoint that answers over HTTP, labels that are
known when a flight has landed, the sensor that turns rollouts. The clock is moved from hour to hour.
"""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
# The demonstration has a home, models and a clock of its own, also for every process that it starts.
HOME = Path(os.environ.setdefault("FLYWHEEL_HOME", str(ROOT / ".flywheel-demo"))).absolute()
OWN = {"FLYWHEEL_MODELS": HOME / "models", "FLYWHEEL_CLOCK": HOME / "clock", "DAGSTER_HOME": HOME / "dagster"}
os.environ |= {name: str(path) for name, path in OWN.items()}

import dagster as dg  # noqa: E402  # after the places are set
import versions  # noqa: E402
from asking import Replay, at_midnight  # noqa: E402
from home import empty_home, own_home  # noqa: E402
from runs import FLIGHTS, build_lake, look, materialize  # noqa: E402

from assets.keys import ENDPOINT  # noqa: E402
from lifecycle.clock import set_clock  # noqa: E402
from lifecycle.errors import LifecycleError  # noqa: E402
from lifecycle.rollout.record import RolloutRecord  # noqa: E402
from lifecycle.rollout.split import wanted  # noqa: E402
from lifecycle.spec.model_spec import ModelSpec  # noqa: E402
from orchestration.environments import Environment, load_environment  # noqa: E402
from orchestration.instance import prepare_instance  # noqa: E402
from sensors.rollout import rollout_sensor  # noqa: E402

MARK = "demo-rollout"
"""File that says: this home is the demonstration's, and may be emptied."""
BEGIN = at_midnight(2013, 4, 1)
PRELUDE = timedelta(days=2)
"""The champion serves alone: its labels tell how many the next version will need."""
LOOK_EVERY = timedelta(hours=12)
PATIENCE = timedelta(days=120)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A version, and what is to become of it."""

    made: versions.Made
    kind: str
    check: str | None = None


ACTS = {
    act.made.name: act
    for act in (
        Act(made=versions.GOOD, kind="promoted"),
        Act(made=versions.SLOW, kind="rolled_back", check="p99_latency_ms_against_champion"),
        Act(made=versions.DRIFTING, kind="rolled_back", check="prediction_drift_max"),
        Act(made=versions.SHUFFLED, kind="rolled_back", check="primary"),
        Act(made=versions.ERRING, kind="rolled_back", check="error_rate_max"),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How an act went."""

    act: Act
    record: RolloutRecord
    days: float
    statuses: Counter[int]
    seconds: float

    @property
    def as_wanted(self) -> bool:
        """Whether it ended as it should, and nobody went without an answer."""
        outcome = self.record.state.outcome
        ended = outcome is not None and (outcome.kind, outcome.check) == (self.act.kind, self.act.check)
        return ended and set(self.statuses) == {200}


@dataclass(slots=True)
class Stage:
    """Where the acts are played: the environment, the instance, and the time."""

    environment: Environment
    instance: dg.DagsterInstance
    quick: bool
    now: datetime = BEGIN
    sensor: dg.SensorDefinition | None = None
    cursor: str | None = None
    seen: int = 0

    def prepare(self) -> None:
        """A first champion, deployed, that serves alone for a while."""
        say("the champion", versions.CHAMPION.story)
        spec = self._train(versions.CHAMPION)
        materialize(spec, self.environment, self.instance, (ENDPOINT,))
        self._replay(spec).play(self.now, self.now + PRELUDE)
        self.now += PRELUDE

    def play(self, act: Act) -> Told:
        """Train a version, and let traffic come until its rollout is over."""
        began, since = time.monotonic(), self.now
        say(act.made.name, act.made.story)
        spec = self._train(act.made)
        replay = self._replay(spec)
        statuses: Counter[int] = Counter()
        before = self._number()
        self.seen = 0
        self.look()
        while self.now < since + PATIENCE:
            record = self._record()
            if record is not None and record.number > before:
                self._tell(record)
                if record.state.closed:
                    break
            statuses += replay.play(self.now, self.now + LOOK_EVERY)
            self.now += LOOK_EVERY
            self.look()
        record = self._record()
        if record is None or record.number <= before:
            raise LifecycleError(f"no rollout of {act.made.name} began: see the log above")
        return Told(
            act=act,
            record=record,
            days=(self.now - since) / timedelta(days=1),
            statuses=statuses,
            seconds=time.monotonic() - began,
        )

    def look(self) -> None:
        """Evaluate the sensor as Dagster's daemon does, and put what it says into the UI."""
        assert self.sensor is not None
        self.cursor = look(self.sensor, self.environment, self.instance, self.cursor).cursor

    def _train(self, made: versions.Made) -> ModelSpec:
        spec = versions.train(made, self.environment, self.instance, quick=self.quick)
        self.sensor = next(iter(rollout_sensor([spec]).sensors or ()))
        return spec

    def _replay(self, spec: ModelSpec) -> Replay:
        return Replay(
            flights=HOME / "lake" / FLIGHTS / "flights.parquet",
            port=int(os.environ.get("FLYWHEEL_ENDPOINT_PORT", spec.deployment.port)),
            clock=OWN["FLYWHEEL_CLOCK"],
        )

    def _record(self) -> RolloutRecord | None:
        stored = self.environment.rollouts.read(versions.NAME)
        return stored.record if stored else None

    def _number(self) -> int:
        record = self._record()
        return record.number if record else 0

    def _tell(self, record: RolloutRecord) -> None:
        """A line for each change of stage or end."""
        for before, entry in zip(record.entries, record.entries[1:], strict=False):
            if entry.seq <= self.seen:
                continue
            self.seen = entry.seq
            changed = entry.state.stage != before.state.stage or entry.state.outcome != before.state.outcome
            if changed:
                weight = wanted(record, entry.state).weight(record.challenger)
                print(
                    f"  {entry.at:%b %d %H:%M}  {100 - weight:>3} : {weight:<3}  {entry.reason}", flush=True
                )


def say(name: str, story: str) -> None:
    """The title of an act."""
    print(f"\n{name}: {story}", flush=True)


def table(told: Sequence[Told]) -> str:
    """What happened, an act a line."""
    lines = [
        f"{'version':<10}{'ended':<14}{'by':<34}{'days':>6}{'requests':>10}{'without answer':>16}{'s':>6}"
    ]
    for one in told:
        outcome = one.record.state.outcome
        kind, check = (outcome.kind, outcome.check or "") if outcome else ("still open", "")
        requests = one.statuses.total()
        lines.append(
            f"{one.act.made.name:<10}{kind.replace('_', ' '):<14}{check:<34}{one.days:>6.1f}{requests:>10,}"
            f"{requests - one.statuses[200]:>16}{one.seconds:>6.0f}{'' if one.as_wanted else '  UNEXPECTED'}"
        )
    return "\n".join(lines)


def run(acts: Sequence[Act], *, quick: bool, end: bool) -> int:
    """Play acts, and print what came of them.

    Args:
        quick: with a plan that needs few flights.
        end: end the endpoint afterwards.
    """
    began = time.monotonic()
    own_home(HOME, MARK)
    environment = load_environment()
    if environment.serving.state(versions.NAME) is not None:
        environment.serving.stop(versions.NAME)
    empty_home(HOME, MARK)
    prepare_instance(HOME)
    build_lake(HOME)
    set_clock(OWN["FLYWHEEL_CLOCK"], BEGIN)
    with dg.DagsterInstance.get() as instance:
        stage = Stage(environment=environment, instance=instance, quick=quick)
        stage.prepare()
        told = [stage.play(act) for act in acts]
    if end:
        environment.serving.stop(versions.NAME)
    names = " ".join(f"{name}={os.environ[name]}" for name in ("FLYWHEEL_HOME", *OWN))
    print(f"\n{table(told)}\n\n{time.monotonic() - began:.0f} s. The web UI, with why each ended as it did:")
    print(f"  {names} .venv/bin/dg dev", flush=True)
    return 0 if all(one.as_wanted for one in told) else 1


def main(arguments: Sequence[str]) -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("acts", nargs="*", help=f"of {', '.join(ACTS)}; by default all, in this order")
    parser.add_argument("--quick", action="store_true", help="with a plan that needs few flights")
    parser.add_argument("--end", action="store_true", help="end the endpoint afterwards")
    parsed = parser.parse_args(arguments)
    if unknown := [name for name in parsed.acts if name not in ACTS]:
        parser.error(f"there is no act {unknown[0]!r}: choose of {', '.join(ACTS)}")
    try:
        return run([ACTS[name] for name in parsed.acts or ACTS], quick=parsed.quick, end=parsed.end)
    except LifecycleError as exc:
        print(f"error: {exc}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

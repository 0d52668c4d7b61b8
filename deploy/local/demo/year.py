"""`make replay`: the flights of 2013 as they happened, with the loop that watches, learns and rolls out.

Real: requests over HTTP two hours before departure, labels that are known at landing, drift and performance,
sensors, trainings, evaluations, rollouts. Only the clock is moved, and each day is over in seconds.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parents[3]
# The replay has a home, models and a clock of its own, also for every process that it starts.
HOME = Path(os.environ.setdefault("FLYWHEEL_HOME", str(ROOT / ".flywheel-replay"))).absolute()
OWN = {"FLYWHEEL_MODELS": HOME / "models", "FLYWHEEL_CLOCK": HOME / "clock", "DAGSTER_HOME": HOME / "dagster"}
os.environ |= {name: str(path) for name, path in OWN.items()}

import dagster as dg  # noqa: E402  # after the places are set
from asking import Replay  # noqa: E402
from home import empty_home, own_home, write_without_waiting  # noqa: E402
from runs import FLIGHTS, build_lake, materialize  # noqa: E402
from year_daemon import Daemon, Launched  # noqa: E402
from year_feed import BROKEN, write_feed  # noqa: E402
from year_models import LOOP, WEATHER, write_loop, write_oracle  # noqa: E402
from year_oracle import oracle_beside, trained_oracle  # noqa: E402
from year_plan import Plan, read_plan  # noqa: E402
from year_report import PICTURE, TABLE, write_report  # noqa: E402
from year_scores import months_between, scores_by_month  # noqa: E402
from year_story import HeardAlerts, Story  # noqa: E402

from assets.keys import (  # noqa: E402
    DATA,
    DRIFT,
    ENDPOINT,
    EVALUATION,
    FEATURES,
    LABELS,
    MODEL,
    ONLINE,
    PERFORMANCE,
    TRAFFIC,
    stage_key,
)
from assets.partitions import partitions_of, window_of  # noqa: E402
from lifecycle.clock import set_clock  # noqa: E402
from lifecycle.errors import LifecycleError  # noqa: E402
from lifecycle.spec.model_spec import ModelSpec  # noqa: E402
from orchestration.environments import Environment, load_environment  # noqa: E402
from orchestration.instance import prepare_instance  # noqa: E402
from resources.tracking.base import ModelVersion  # noqa: E402

MARK = "replayed-year"
"""File that says: this home is the replay's, and may be emptied."""
ZONE = ZoneInfo("America/New_York")
LOOK_EVERY = timedelta(hours=12)
BAD_CHALLENGER = date(2013, 12, 2)
"""On this day somebody lets the model learn from the last weeks only."""
BAD_WEEKS = 13
COLUMNS = (
    *("flight_id", "requested_at", "sched_dep", "sched_arr", "carrier", "flight"),
    *("origin", "dest", "tailnum", "distance"),
)


@dataclass(slots=True)
class Year:
    """Where it is played: the environment, the instance, and the time."""

    plan: Plan
    environment: Environment
    instance: dg.DagsterInstance
    story: Story
    heard: HeardAlerts
    spec: ModelSpec
    daemon: Daemon = field(init=False)
    statuses: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.daemon = Daemon(self.spec, self.environment, self.instance)

    def prepare(self) -> ModelVersion:
        """The champion of the weeks before, deployed; it is the frozen model as well."""
        before = self._over(midnight(self.plan.since))
        self._set(midnight(self.plan.since))
        materialize(self.spec, self.environment, self.instance, (DATA, FEATURES), before)
        materialize(self.spec, self.environment, self.instance, (MODEL, EVALUATION), before[-1:])
        materialize(self.spec, self.environment, self.instance, (ENDPOINT,))
        champion = self.environment.tracking.holder(LOOP, "champion")
        if champion is None:
            raise LifecycleError(f"no version as of {before[-1]} passed its gates: see {LOOP}/evaluation")
        return champion

    def play(self) -> None:
        """Day after day, with a line for each week of how long the rest will take."""
        began = time.monotonic()
        for number in range(self.plan.days):
            day = self.plan.since + timedelta(days=number)
            self._play_day(day)
            if day.weekday() == 6:
                spent = time.monotonic() - began
                left = spent / (number + 1) * (self.plan.days - number - 1)
                asked = self.statuses.total()
                print(f"{day}: {asked:,} requests, {spent:.0f} s, about {left / 60:.0f} min left", flush=True)

    def _play_day(self, day: date) -> None:
        start, end = midnight(day), midnight(day + timedelta(days=1))
        self._plant(day)
        self._publish_running(start)
        # As of the end of the day: of these tables a request sees only what was known when it came.
        self._materialize(
            (ONLINE,),
            ops={stage_key(LOOP, ONLINE).to_python_identifier(): {"config": {"as_of": end.isoformat()}}},
        )
        replay = self._replay()
        half = start + LOOK_EVERY
        self.statuses += replay.play(start, half)
        self._tick(half)
        self.statuses += replay.play(half, end)
        self._set(end)
        # A day after a partition its labels are in: only then is it looked at.
        if day > self.plan.since and (ended := self._ended(start)):
            self._watch(ended)
        self._tick(end)

    def _watch(self, partition: str) -> None:
        """Features and monitors of a partition that is over; its snapshot is there since it began."""
        self._materialize((FEATURES,), [partition])
        self._materialize((DRIFT, PERFORMANCE), [partition])
        for record in self.instance.fetch_materializations(stage_key(LOOP, DRIFT), limit=1).records:
            made = record.asset_materialization
            told = {name: value.value for name, value in made.metadata.items()} if made else {}
            if told.get("drifted"):
                self._tell(
                    "drift", f"{partition}: {told['drifted_columns']} (score {told['drift_score']:.4f})"
                )
            if told.get("incidents"):
                self._tell("incident", f"{partition}: {told['incidents']}")

    def _tick(self, at: datetime) -> None:
        self._set(at)
        for launched in self.daemon.tick():
            self._told(launched)
        stored = self.environment.rollouts.read(LOOP)
        if stored is not None:
            for record in (*self.environment.rollouts.earlier(LOOP)[-1:], stored.record):
                self.story.follow(record)

    def _told(self, launched: Launched) -> None:
        tags = launched.request.tags
        if launched.problem and launched.sensor != "retrain":
            self._tell("failed", f"{launched.sensor}: {launched.problem[:200]}")
        if launched.sensor != "retrain":
            return
        self._tell("trigger", tags["flywheel/trigger_reason"])
        version = self.environment.tracking.versions(LOOP)[-1]
        why = f"as of {version.as_of}, gates: {version.verdict}"
        kind = "retrained" if version.verdict == "pass" else "refused"
        problem = f"; {launched.problem[:300]}" if launched.problem else ""
        self.story.tell(self.heard.now, kind, why + problem, version=version.version)

    def _plant(self, day: date) -> None:
        if self.plan.broken_feed and day == BROKEN[0]:
            self._tell("planted", f"the weather feed is silent until {BROKEN[1]}")
        if self.plan.bad_challenger and day == BAD_CHALLENGER:
            self._tell("planted", f"the spec learns from {BAD_WEEKS} weeks only, and a version is made by it")
            self.spec = self.daemon.spec = write_loop(self.environment.models, self.plan, rolling=BAD_WEEKS)
            self.daemon.load()
            newest = self._over(midnight(day))[-1]
            self._materialize((FEATURES,), [newest])
            try:
                materialize(self.spec, self.environment, self.instance, (MODEL, EVALUATION), [newest])
            except LifecycleError as exc:
                self._tell("failed", str(exc)[:300])
            version = self.environment.tracking.versions(LOOP)[-1]
            kind = "retrained" if version.verdict == "pass" else "refused"
            self.story.tell(
                self.heard.now, kind, f"the bad challenger: {version.verdict}", version=version.version
            )

    def _publish_running(self, at: datetime) -> None:
        """The snapshot of the running partition: of it requests see the past rows, up to their time."""
        running = partitions_of(self.spec).get_partition_key_for_timestamp(at.timestamp())
        if self.environment.warehouse.published(LOOP, DATA, running) is None:
            self._materialize((DATA,), [running])

    def _materialize(self, stages: Sequence[str], partitions: Sequence[str] = (), **options: object) -> None:
        """A run of the day; one that fails is told and ends nothing."""
        try:
            materialize(self.spec, self.environment, self.instance, stages, partitions, **options)
        except LifecycleError as exc:
            self._tell("failed", str(exc)[:300])

    def _over(self, at: datetime) -> list[str]:
        """Partitions that have ended at a time."""
        partitions = partitions_of(self.spec)
        return [key for key in partitions.get_partition_keys() if window_of(partitions, key).end <= at]

    def _ended(self, at: datetime) -> str | None:
        """The partition that ends at a time, or None."""
        partitions, over = partitions_of(self.spec), self._over(at)
        return over[-1] if over and window_of(partitions, over[-1]).end == at else None

    def _replay(self) -> Replay:
        return Replay(
            flights=HOME / "lake" / FLIGHTS / "flights.parquet",
            port=int(os.environ.get("FLYWHEEL_ENDPOINT_PORT", self.spec.deployment.port)),
            clock=OWN["FLYWHEEL_CLOCK"],
            columns=COLUMNS,
            share=self.plan.share,
        )

    def _set(self, at: datetime) -> None:
        set_clock(OWN["FLYWHEEL_CLOCK"], at)
        self.heard.now = at

    def _tell(self, kind: str, text: str) -> None:
        self.story.tell(self.heard.now, kind, text)

    def last_labels(self) -> None:
        """Answers and labels of every partition that was played, as they are known at the end."""
        since, until = midnight(self.plan.since), midnight(self.plan.until)
        partitions = partitions_of(self.spec)
        windows = {key: window_of(partitions, key) for key in partitions.get_partition_keys()}
        self._set(until + timedelta(days=3))
        played = [key for key, window in windows.items() if since < window.end and window.start < until]
        self._materialize((TRAFFIC, LABELS), played)


def midnight(day: date) -> datetime:
    """Midnight in New York, in UTC.

    >>> midnight(date(2013, 4, 1)).isoformat()
    '2013-04-01T04:00:00+00:00'
    """
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)


def run(plan: Plan, arguments: Sequence[str]) -> int:
    """Replay, and write what came of it.

    Args:
        arguments: what the plan was read from, for the oracle's process.
    """
    began, out = time.monotonic(), plan.out or HOME
    own_home(HOME, MARK)
    story = Story()
    heard = HeardAlerts(story, midnight(plan.since))
    environment = replace(load_environment(), alerts=heard)
    if environment.serving.state(LOOP) is not None:
        environment.serving.stop(LOOP)
    empty_home(HOME, MARK)
    prepare_instance(HOME)
    write_without_waiting()
    build_lake(HOME)
    flights = HOME / "lake" / FLIGHTS
    write_feed(flights / "weather.parquet", flights / WEATHER, broken=plan.broken_feed)
    set_clock(OWN["FLYWHEEL_CLOCK"], midnight(plan.since))
    spec = write_loop(environment.models, plan)
    with dg.DagsterInstance.get() as instance, oracle_beside(HOME, arguments) as oracle:
        year = Year(plan, environment, instance, story, heard, spec)
        try:
            frozen = year.prepare()
            print(f"champion v{frozen.version} after {time.monotonic() - began:.0f} s", flush=True)
            year.play()
            year.last_labels()
        finally:
            environment.serving.stop(LOOP)
        played = time.monotonic() - began
        beside = trained_oracle(HOME, oracle)
        months = months_between(plan.since, plan.until)
        scored = scores_by_month(write_oracle(beside.models, plan), beside, environment, frozen, months)
    facts = {
        "replayed": f"{plan.since} to {plan.until}, {plan.days} days",
        "the model knows": "what happened lately" if plan.history else "schedule, plane and weather only",
        "flights that asked": f"{plan.share:.0%} of all, by a hash of their key",
        "answers by status": {str(status): count for status, count in sorted(year.statuses.items())},
        "evaluations of sensors": year.daemon.evaluations,
        "retrainings": story.count("trigger"),
        "minutes": f"{(time.monotonic() - began) / 60:.1f}, of these {played / 60:.1f} for the loop",
    }
    print(f"\n{write_report(out, scored, story, facts)}\n{out / TABLE}, {out / PICTURE}", flush=True)
    return 0 if set(year.statuses) == {200} else 1


def main(arguments: Sequence[str]) -> int:
    """Read the command line, and replay."""
    plan = read_plan(arguments)
    try:
        return run(plan, arguments)
    except LifecycleError as exc:
        print(f"error: {exc}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

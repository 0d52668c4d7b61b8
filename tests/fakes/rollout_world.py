"""An endpoint, a registry, a store and a clock for rollouts, all of which fail as they are told to."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from assets.rollout import Turned, turn
from lifecycle.errors import LifecycleError
from lifecycle.rollout.actions import Action, DropAlias, EnsureVariant, RemoveVariant, SetAlias, SetWeights
from lifecycle.rollout.commands import Command, CommandKind
from lifecycle.rollout.observations import (
    Backend,
    Candidate,
    Cohort,
    Gates,
    Measurement,
    Observations,
    Replay,
    VariantState,
    Version,
)
from lifecycle.rollout.plan import PRIMARY, SAMPLE_RATIO, SMOKE, Check, Plan, compile_plan
from lifecycle.rollout.questions import Question, questions_of
from lifecycle.rollout.record import RolloutRecord
from lifecycle.rollout.tick import open_rollout
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.parse import parse_spec
from lifecycle.spec.rollout import Rollout
from resources.rollouts.base import RolloutConflict, Stored
from tests.fakes.orders import ORDERS

MODEL = "orders"
START = datetime(2026, 3, 1, tzinfo=UTC)
OLD, NEW, NEWER = (Version(version=n, digest=n * 64) for n in "123")
Answer = Literal["good", "bad", "unknown", "few", "outage", "silent"]


class Crash(BaseException):
    """The process is gone. No `except` of ours may catch it."""


def spec_with(**rollout: object) -> ModelSpec:
    """The orders model with a rollout; without any key, the spec has no such section."""
    spec = parse_spec(ORDERS)
    section = Rollout.model_validate(rollout) if rollout else None
    return spec.model_copy(update={"deployment": spec.deployment.model_copy(update={"rollout": section})})


def plan_with(occasion: Literal["rollout", "first", "undo"] = "rollout", **rollout: object) -> Plan:
    """A compiled plan; `strategy` is canary unless said."""
    return compile_plan(spec_with(**{"strategy": "canary", **rollout}), occasion=occasion)


class MemoryRollouts:
    """The store in memory."""

    def __init__(self) -> None:
        self._current: dict[str, Stored] = {}
        self._earlier: dict[str, list[RolloutRecord]] = {}
        self._commands: dict[str, dict[str, Command]] = {}

    def read(self, model: str) -> Stored | None:
        _checked(model)
        return self._current.get(model)

    def write(self, record: RolloutRecord, *, expected: int) -> int:
        stored = self._current.get(_checked(record.model))
        found = stored.revision if stored else 0
        if found != expected:
            raise RolloutConflict(f"revision {found}, not {expected}")
        if stored and stored.record.id != record.id:
            self._earlier.setdefault(record.model, []).append(stored.record)
        self._current[record.model] = Stored(record=record, revision=found + 1)
        return found + 1

    def earlier(self, model: str) -> Sequence[RolloutRecord]:
        return self._earlier.get(_checked(model), [])

    def send(self, model: str, command: Command) -> None:
        if self._commands.setdefault(_checked(model), {}).setdefault(command.id, command) != command:
            raise LifecycleError(f"there is another command {command.id}")

    def commands(self, model: str) -> Sequence[Command]:
        found = self._commands.get(_checked(model), {}).values()
        return sorted(found, key=lambda command: (command.at, command.id))


def _checked(model: str) -> str:
    if not re.fullmatch("[a-z][a-z0-9_]{0,62}", model):
        raise LifecycleError(f"{model!r} is no name of a model")
    return model


@dataclass
class World:
    """Everything that a rollout of version 2 against champion 1 meets. Time passes when it is told to."""

    plan: Plan
    champion: Version | None = OLD
    challenger: Version = NEW
    now: datetime = START
    store: MemoryRollouts = field(default_factory=MemoryRollouts)
    variants: dict[str, VariantState] = field(default_factory=dict)
    champion_alias: str | None = None
    challenger_alias: str | None = None
    gates: Gates | None = "pass"
    answers: dict[str, Answer] = field(default_factory=dict)
    """Check -> what its measurements say; good ones where nothing is said."""
    samples: int = 5000
    ready_at_once: bool = True
    can_mirror: bool = True
    """Else who has no weight just waits at the endpoint."""
    replay_problem: str | None = None
    backend_problem: str | None = None
    lie: Callable[[Backend], Backend] | None = None
    """What the endpoint says the next time it is asked, in the place of the truth."""
    timeouts: int = 0
    """So many actions are done and then reported as failed."""
    refused: int = 0
    """So many actions fail undone."""
    crash_in: int | None = None
    """The process dies after so many of: read, write, before and after each action."""
    fence: int = -1
    done: list[Action] = field(default_factory=list)
    served: list[dict[str, int]] = field(default_factory=list)
    """Every split that the endpoint ever had, by version."""

    def __post_init__(self) -> None:
        if self.champion:
            self.variants[self.champion.version] = _variant(self.champion, weight=100)
            self.champion_alias = self.champion.version
        self.challenger_alias = self.challenger.version
        self._saw()

    # What happens to a rollout

    def open(self, **changes: object) -> RolloutRecord:
        """Begin the rollout."""
        record = open_rollout(
            self.plan,
            model=MODEL,
            champion=self.champion,
            challenger=self.challenger,
            told=self.observe(None),
            now=self.now,
            **changes,  # type: ignore[arg-type]  # of the caller's choice
        )
        stored = self.store.read(MODEL)
        self.store.write(record, expected=stored.revision if stored else 0)
        return record

    def turn(self) -> Turned | None:
        """One evaluation of the sensor; what fails is tried again by the next one, a crash ends it."""
        try:
            return turn(
                self._watched_store(),
                MODEL,
                self.plan,
                observe=self.observe,
                act=lambda _, action: self.act(action),
                now=lambda: self.now,
            )
        except LifecycleError:
            return None

    def run(self, *, looks: int = 400, every: timedelta = timedelta(minutes=15)) -> RolloutRecord:
        """Evaluate until the rollout is closed, or looks are used up."""
        for _ in range(looks):
            try:
                self.turn()
            except Crash:
                self.crash_in = None
            if self.record.state.closed:
                break
            self.now += every
        return self.record

    def say(self, kind: CommandKind, *, version: str | None = None, key: str | None = None) -> None:
        """Give a command."""
        command = Command(
            id=key or f"{kind}-{len(self.store.commands(MODEL))}",
            kind=kind,
            version=version or self.challenger.version,
            actor="ann",
            reason="because",
            at=self.now,
        )
        self.store.send(MODEL, command)

    @property
    def record(self) -> RolloutRecord:
        stored = self.store.read(MODEL)
        assert stored is not None
        return stored.record

    @property
    def weights(self) -> dict[str, int]:
        return {v.version: v.weight for v in self.variants.values()}

    def edit(self, **weights: int) -> None:
        """A person changes weights by hand: `v1=100, v2=0`."""
        for name, weight in weights.items():
            version = name.removeprefix("v")
            self.variants[version] = self.variants[version].model_copy(update={"weight": weight})
        self._saw()

    def set_ready(self, version: str, ready: bool) -> None:
        self.variants[version] = self.variants[version].model_copy(update={"ready": ready})

    # What the loop sees and does

    def observe(self, record: RolloutRecord | None) -> Observations:
        self._step()
        variants = tuple(self.variants.values())
        told = Backend(variants=variants, can_mirror=self.can_mirror, problem=self.backend_problem)
        if self.backend_problem:
            told = Backend(problem=self.backend_problem)
        if self.lie is not None:
            told, self.lie = self.lie(told), None
        digest = self.challenger.digest
        return Observations(
            backend=told,
            candidate=Candidate(version=self.challenger.version, digest=digest, gates=self.gates),
            champion_alias=self.champion_alias,
            challenger_alias=self.challenger_alias,
            measurements=tuple(self.measured(record)) if record else (),
            commands=tuple(self.store.commands(MODEL)),
            replay=Replay(version=self.challenger, scored=self.samples, problem=self.replay_problem)
            if record and record.state.replayed is not None
            else None,
            code="test",
        )

    def measured(self, record: RolloutRecord) -> list[Measurement]:
        asked = questions_of(record, now=self.now)
        found = [
            measured_as(q, self.answers.get(q.check.name, "good"), self.now, self.samples) for q in asked
        ]
        return [one for one in found if one is not None]

    def act(self, action: Action) -> None:
        self._step()
        if self.refused:
            self.refused -= 1
            raise LifecycleError("503")
        self._do(action)
        self.done.append(action)
        self._step()
        if self.timeouts:
            self.timeouts -= 1
            raise LifecycleError("timed out")

    def _do(self, action: Action) -> None:
        match action:
            case EnsureVariant(version=version):
                found = self.variants.get(version.version)
                if found is None or found.digest != version.digest:
                    self.variants[version.version] = _variant(version, ready=self.ready_at_once)
            case SetWeights(shares=shares, fence=fence):
                if fence < self.fence:
                    raise LifecycleError(f"fence {fence} is older than {self.fence}")
                self.fence = fence
                mirrored = action.mirrored.version if action.mirrored else None
                wanted = {share.version.version: share.weight for share in shares}
                for name, state in self.variants.items():
                    changes = {
                        "weight": wanted.get(name, 0),
                        "mirrored": self.can_mirror and name == mirrored,
                    }
                    self.variants[name] = state.model_copy(update=changes)
                self._saw()
            case RemoveVariant(version=version):
                gone = self.variants.pop(version.version, None)
                assert gone is None or gone.weight == 0, "a version with requests was removed"
            case SetAlias(version=version):
                self.champion_alias = version.version
            case DropAlias(version=version):
                if self.challenger_alias == version.version:
                    self.challenger_alias = None

    def _saw(self) -> None:
        self.served.append(self.weights)

    def _step(self) -> None:
        if self.crash_in is not None:
            if self.crash_in == 0:
                raise Crash
            self.crash_in -= 1

    def _watched_store(self) -> "_WatchedStore":
        return _WatchedStore(self)


class _WatchedStore:
    """The world's store; the process may die before and after a write."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __getattr__(self, name: str) -> object:
        return getattr(self._world.store, name)

    def read(self, model: str) -> Stored | None:
        return self._world.store.read(model)

    def write(self, record: RolloutRecord, *, expected: int) -> int:
        self._world._step()
        revision = self._world.store.write(record, expected=expected)
        self._world._step()
        return revision


def measured_as(question: Question, answer: Answer, now: datetime, samples: int) -> Measurement | None:
    """A measurement that says what it is told to."""
    check = question.check
    if answer == "silent":
        return None
    base = Measurement(check=check.name, started_at=question.since, ended_at=now)
    if answer == "outage":
        return base.model_copy(update={"problem": "connection refused"})
    value, low, high = _bounds(check, answer)
    changes: dict[str, object] = {
        "value": value,
        "low": low,
        "high": high,
        "alpha": question.alpha,
        "n_champion": samples,
        "n_challenger": 3 if answer == "few" else samples,
    }
    if check.name == PRIMARY:
        changes["cohorts"] = _cohorts(question.since, now, 3 if answer == "few" else samples, samples)
    return base.model_copy(update=changes)


def _bounds(check: Check, answer: Answer) -> tuple[float, float, float]:
    if check.name == SMOKE:
        return (0.0, 0.0, 0.0) if answer in ("good", "few") else (1.0, 1.0, 1.0)
    if check.name == SAMPLE_RATIO:
        return (0.5, 0.5, 0.5) if answer != "bad" else (1e-9, 1e-9, 1e-9)
    room = 0.5 * abs(check.limit) or 0.1
    inside = check.limit - room if check.worse == "up" else check.limit + room
    outside = check.limit + room if check.worse == "up" else check.limit - room
    if answer == "unknown":
        return check.limit, min(inside, outside), max(inside, outside)
    value = outside if answer == "bad" else inside
    return value, value - room / 4, value + room / 4


def _cohorts(since: datetime, now: datetime, challenger: int, champion: int) -> tuple[Cohort, ...]:
    return (
        Cohort(arm="champion", started_at=since, ended_at=now, served=champion, labelled=champion),
        Cohort(arm="challenger", started_at=since, ended_at=now, served=challenger, labelled=challenger),
    )


def _variant(version: Version, *, weight: int = 0, ready: bool = True) -> VariantState:
    return VariantState(version=version.version, digest=version.digest, weight=weight, ready=ready)


def rolled_back(world: World) -> World:
    """The world once a guardrail ended its rollout, which failed as soon as the version had requests."""
    world.open()
    for _ in range(200):
        world.turn()
        if world.weights.get("2", 0) > 0:
            world.answers["error_rate_max"] = "bad"
        if world.record.state.closed:
            return world
        world.now += timedelta(hours=1)
    raise AssertionError("it never ended")

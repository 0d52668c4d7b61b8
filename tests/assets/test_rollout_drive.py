"""A rollout by the real loop, observer and actor, on ports in memory that die when they are told to."""

import copy
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from assets.approval import decide
from assets.endpoint import approved_bundle, deployment
from assets.rollout_act import act
from assets.rollout_drive import Driven, drive
from assets.rollout_observe import backend_of
from assets.rollout_ports import RolloutPorts
from lifecycle.errors import LifecycleError
from lifecycle.features.encoding import Matrix
from lifecycle.registry.bundle import Bundle
from lifecycle.rollout.actions import Action
from lifecycle.rollout.commands import Command, CommandKind
from lifecycle.rollout.observations import Measurement
from lifecycle.rollout.power_plan import plan_power
from lifecycle.rollout.questions import Question
from lifecycle.rollout.record import RolloutRecord
from lifecycle.rollout.replay import replay
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.rollout import Rollout
from resources.serving.base import EndpointSpec, EndpointState
from resources.tracking.base import Alias, ModelVersion
from tests.fakes.bundles import make_bundle, parcels
from tests.fakes.rollout_world import Answer, Crash, MemoryRollouts, measured_as
from tests.fakes.serving import FakeServing
from tests.fakes.tracking import FakeTracking
from tests.fakes.trainings import bare_evaluation, bare_training

MODEL = "parcels"
SPEC = parcels(n_rows=1).spec
DEADLY = ("write", "apply", "stop", "set_alias", "drop_alias", "set_tags")
"""Calls that change something: the process may die before and after each."""


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Bundle]:
    """Of two versions that differ in their threshold alone."""
    folder = tmp_path_factory.mktemp("bundles")
    return [make_bundle(folder / f"{part}", threshold=part) for part in (0.4, 0.5)]


class Mortal:
    """A port whose calls count; the process dies at the one it is told to."""

    def __init__(self, port: object, shop: "Shop") -> None:
        self._port, self._shop = port, shop

    def __getattr__(self, name: str) -> object:
        found = getattr(self._port, name)
        if name not in DEADLY:
            return found

        def call(*args: object, **kwargs: object) -> object:
            self._shop.step()
            answer = found(*args, **kwargs)
            self._shop.step()
            return answer

        return call


class WatchedServing(FakeServing):
    """Remembers every split that it ever had, by version."""

    def __init__(self) -> None:
        super().__init__()
        self.splits: list[dict[str, int]] = []
        self.silent_at: set[int] = set()
        """Numbers of the questions, from 1, that get no answer: the endpoint runs, and is slow."""
        self.gone_at: int | None = None
        """Number of the question before which somebody stops it."""
        self.asked = 0

    def state(self, model: str) -> EndpointState | None:
        self.asked += 1
        if self.asked == self.gone_at:
            self.stop(model)
        state = super().state(model)
        if state is None or self.asked not in self.silent_at:
            return state
        return replace(state, healthy=False, version=None, bundle_digest=None, variants=(), detail="slow")

    def apply(self, endpoint: EndpointSpec) -> EndpointState:
        state = super().apply(endpoint)
        self.splits.append({v.version: v.weight for v in state.variants})
        return state


@dataclass
class Shop:
    """A model with its registry, endpoint, store and clock."""

    bundles: Sequence[Bundle]
    rollout: dict[str, object] | None = field(default_factory=dict)
    """Keys of the section; None: the spec has none."""
    approval: str = "none"
    now: datetime = datetime(2024, 4, 1, tzinfo=UTC)
    dies_at: int | None = None
    steps: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    tracking: FakeTracking = field(default_factory=FakeTracking)
    serving: WatchedServing = field(default_factory=WatchedServing)
    store: MemoryRollouts = field(default_factory=MemoryRollouts)

    @property
    def spec(self) -> ModelSpec:
        asked = None if self.rollout is None else {"strategy": "canary", **self.rollout}
        changes = {"rollout": Rollout.model_validate(asked) if asked else None, "approval": self.approval}
        return SPEC.model_copy(update={"deployment": SPEC.deployment.model_copy(update=changes)})

    @property
    def ports(self) -> RolloutPorts:
        return RolloutPorts(
            store=Mortal(self.store, self),  # type: ignore[arg-type]  # stands for the port
            serving=Mortal(self.serving, self),  # type: ignore[arg-type]
            tracking=Mortal(self.tracking, self),  # type: ignore[arg-type]
            measure=self._measure,
            replay=lambda record, now: None,
            plan_power=lambda plan, now: plan_power(plan, ""),
        )

    def say(self, kind: CommandKind, version: str) -> None:
        said = Command(id=kind, kind=kind, version=version, actor="ann", reason="because", at=self.now)
        self.store.send(MODEL, said)

    def step(self) -> None:
        self.steps += 1
        if self.steps == self.dies_at:
            raise Crash

    def register(self, number: int, *, champion: bool = False) -> None:
        """A version whose gates passed: the champion, or the challenger."""
        bundle = self.bundles[number - 1]
        record = bare_training(
            MODEL, bundle.path, bundle.digest, identity=f"inputs-{number}", as_of=f"2024-0{number}"
        )
        version = self.tracking.register(record).version
        self.tracking.record_evaluation(MODEL, version, bare_evaluation("pass", bundle.digest))
        self.tracking.set_alias(MODEL, "champion" if champion else "challenger", version)

    def look(self) -> Driven | None:
        """One look of the sensor; None: it died or failed, and the next one goes on."""
        try:
            return drive(self.spec, self.ports, clock=lambda: self.now)
        except (Crash, LifecycleError):
            return None

    def run(self, *, looks: int = 200) -> RolloutRecord:
        """Look until the rollout that is due or open is over; six hours pass between two looks."""
        before = self.store.read(MODEL)
        number = before.record.number + before.record.state.closed if before else 1
        for _ in range(looks):
            self.look()
            stored = self.store.read(MODEL)
            if stored and stored.record.number == number and stored.record.state.closed:
                return stored.record
            self.now += timedelta(hours=6)
        raise AssertionError(stored.record.state if stored else "nothing began")

    @property
    def served(self) -> dict[str, int]:
        return {v.version: v.weight for v in backend_of(self.serving, MODEL).variants}

    def holder(self, alias: str) -> str | None:
        found = self.tracking.holder(MODEL, alias)  # type: ignore[arg-type]  # one of the aliases
        return found.version if found else None

    def _measure(
        self, record: RolloutRecord, questions: Sequence[Question], now: datetime
    ) -> tuple[Measurement, ...]:
        found = [measured_as(q, self.answers.get(q.check.name, "good"), now, 5000) for q in questions]
        return tuple(one for one in found if one is not None)


def served_by_one(bundles: Sequence[Bundle], **facts: object) -> Shop:
    """Version 1 was rolled out and serves; version 2 is the challenger."""
    shop = Shop(bundles, **facts)  # type: ignore[arg-type]  # of the caller's choice
    shop.register(1)
    shop.run()
    shop.register(2)
    shop.steps = 0
    return shop


def test_a_first_version_serves_once_its_smoke_test_passed(bundles: Sequence[Bundle]) -> None:
    shop = Shop(bundles)
    shop.register(1)
    record = shop.run()
    assert (record.plan.occasion, record.state.outcome and record.state.outcome.kind) == ("first", "promoted")
    assert (shop.served, shop.holder("champion"), shop.holder("challenger")) == ({"1": 100}, "1", None)


def test_a_good_version_takes_over_step_by_step(bundles: Sequence[Bundle]) -> None:
    shop = served_by_one(bundles)
    shop.run()
    weights = [split.get("2", 0) for split in shop.serving.splits]
    assert weights == sorted(weights)
    assert {0, 5, 100} <= set(weights)
    assert (shop.served, shop.holder("champion"), shop.holder("challenger")) == ({"2": 100}, "2", None)


def test_a_guardrail_that_fails_costs_all_requests_in_one_look(bundles: Sequence[Bundle]) -> None:
    shop = served_by_one(bundles)
    while shop.served.get("2", 0) == 0:
        shop.look()
        shop.now += timedelta(hours=6)
    shop.answers["error_rate_max"] = "bad"
    shop.look()
    assert (shop.served, shop.holder("champion"), shop.holder("challenger")) == ({"1": 100}, "1", None)
    shop.now += timedelta(days=1)
    shop.look()
    assert shop.served == {"1": 100}


def test_bytes_that_were_changed_never_serve(bundles: Sequence[Bundle]) -> None:
    shop = served_by_one(bundles)
    held = shop.tracking._bundles[MODEL, "2"]
    shop.tracking._bundles[MODEL, "2"] = {path: content + b" " for path, content in held.items()}
    record = shop.run()
    assert record.state.outcome is not None
    assert (record.state.outcome.kind, record.state.outcome.check) == ("rolled_back", "smoke")
    assert all("2" not in split for split in shop.serving.splits)


def test_a_version_whose_scores_are_no_numbers_never_serves(
    bundles: Sequence[Bundle], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Nowhere:
        def predict(self, matrix: Matrix) -> NDArray[np.float64]:
            return np.full((len(matrix), 1), np.nan)

    shop = served_by_one(bundles)
    monkeypatch.setattr("lifecycle.endpoint.scorer.load_predictor", lambda bundle: Nowhere())
    record = shop.run()
    assert record.state.outcome is not None
    assert (record.state.outcome.kind, record.state.outcome.check) == ("rolled_back", "smoke")
    assert all("2" not in split for split in shop.serving.splits)
    with pytest.raises(
        LifecycleError, match=r"does not give the scores of training \(largest difference nan\)"
    ):
        approved_bundle(shop.tracking, shop.tracking.version(MODEL, "2"), tmp_path)


def test_an_approval_in_the_registry_reaches_the_rollout(bundles: Sequence[Bundle]) -> None:
    shop = served_by_one(bundles, rollout={"approval": "full"})
    for _ in range(12):
        shop.look()
        shop.now += timedelta(hours=6)
    stored = shop.store.read(MODEL)
    assert stored is not None
    assert stored.record.state.waits_for.startswith("approval before full")
    decide(shop.tracking, MODEL, "2", "approved", reason="good", actor="ann", at=shop.now)
    shop.run()
    assert (shop.served, shop.holder("champion")) == ({"2": 100}, "2")


def test_a_challenger_that_waits_for_approval_begins_nothing(bundles: Sequence[Bundle]) -> None:
    shop = served_by_one(bundles, approval="none")
    shop.approval = "required"
    driven = shop.look()
    assert driven is not None
    assert (driven.began, "waits for approval" in driven.waits) == (False, True)


@pytest.mark.parametrize("bad", [False, True], ids=["promoted", "rolled back"])
def test_a_look_that_dies_anywhere_is_made_good_by_the_next(bundles: Sequence[Bundle], bad: bool) -> None:
    """Before and after each write, each change of the endpoint, and each change of the registry."""

    # Every kind of action is in a blue/green rollout, too, and it has fewer steps.
    begun = served_by_one(bundles, rollout={"strategy": "blue_green"})
    begun.serving.splits.clear()

    def live(dies_at: int | None) -> Shop:
        shop = copy.deepcopy(begun)
        shop.dies_at = dies_at
        if bad:
            shop.answers["error_rate_max"] = "bad"
        shop.run()
        return shop

    undisturbed = live(None)
    winner = "1" if bad else "2"
    for dies_at in range(1, undisturbed.steps + 1):
        shop = live(dies_at)
        record = shop.store.read(MODEL).record  # type: ignore[union-attr]  # it was written
        outcome = record.state.outcome
        assert outcome is not None
        assert outcome.kind == ("rolled_back" if bad else "promoted"), dies_at
        assert shop.served == {winner: 100}, dies_at
        assert (shop.holder("champion"), shop.holder("challenger")) == (winner, None), dies_at
        assert all(sum(split.values()) == 100 for split in shop.serving.splits)
        assert [one.written.seq for one in replay(record) if not one.same] == [], dies_at


def in_canary(bundles: Sequence[Bundle], **facts: object) -> Shop:
    """Version 2 has its first requests."""
    shop = served_by_one(bundles, **facts)
    while shop.served.get("2", 0) == 0:
        shop.look()
        shop.now += timedelta(hours=6)
    return shop


def test_a_look_that_stood_still_undoes_nothing_that_came_later(
    bundles: Sequence[Bundle], monkeypatch: pytest.MonkeyPatch
) -> None:
    decided: list[tuple[RolloutRecord, Action]] = []

    def noted(
        spec: ModelSpec, ports: RolloutPorts, record: RolloutRecord, action: Action, *, now: datetime
    ) -> None:
        decided.append((record, action))
        act(spec, ports, record, action, now=now)

    monkeypatch.setattr("assets.rollout_drive.act", noted)
    shop = Shop(bundles, rollout={"strategy": "blue_green"})
    shop.register(1)
    shop.dies_at = 6  # after the version was brought in, before the end of its rollout
    shop.look()
    assert shop.served == {"1": 100}
    shop.say("abort", "1")
    shop.run()
    assert shop.served == {}
    shop.register(2)
    shop.run()
    assert (shop.served, shop.holder("champion")) == ({"2": 100}, "2")
    shop.say("undo", "1")
    shop.run()
    shop.tracking.set_alias(MODEL, "challenger", "2")
    overtaken = [one for one in decided if one[0].number < 3]
    assert {action.do for _, action in overtaken} >= {"set_weights", "set_alias", "drop_alias"}
    for record, action in overtaken:
        with suppress(LifecycleError):  # what the endpoint refuses by its fence
            act(shop.spec, shop.ports, record, action, now=shop.now)
        assert shop.served == {"1": 100}, action
        assert (shop.holder("champion"), shop.holder("challenger")) == ("1", "2"), action


def before_the_challenger_is_there(bundles: Sequence[Bundle]) -> Shop:
    """Version 2 passed its smoke test; the next look brings it in."""
    shop = served_by_one(bundles, rollout={"strategy": "blue_green"})
    begun = copy.deepcopy(shop)
    while "2" not in shop.served:
        begun = copy.deepcopy(shop)
        shop.look()
        shop.now += timedelta(hours=6)
    begun.serving.splits.clear()
    begun.serving.asked = 0
    return begun


def test_an_endpoint_that_falls_silent_at_any_moment_neither_loses_the_champion_nor_serves_one_on_trial(
    bundles: Sequence[Bundle],
) -> None:
    begun = before_the_challenger_is_there(bundles)
    undisturbed = copy.deepcopy(begun)
    undisturbed.look()
    assert undisturbed.serving.splits[0] == {"1": 100, "2": 0}
    for number in range(1, undisturbed.serving.asked + 1):
        for fault in ({"silent_at": {number}}, {"gone_at": number}):
            shop = copy.deepcopy(begun)
            vars(shop.serving).update(fault)
            for _ in range(3):
                shop.look()
            brought_in = next(split for split in shop.serving.splits if "2" in split)
            assert brought_in == {"1": 100, "2": 0}, fault
            assert all("1" in split for split in shop.serving.splits), fault
            assert shop.served == undisturbed.served, fault


def test_a_rollback_does_not_wait_for_an_endpoint_that_fell_silent(bundles: Sequence[Bundle]) -> None:
    shop = in_canary(bundles)
    shop.answers["error_rate_max"] = "bad"
    shop.serving.asked = 0
    shop.serving.silent_at = {*range(2, 100)}  # it answers the observer once, and then no more
    there, shop.tracking = shop.tracking, NoRegistry()
    shop.look()
    assert shop.serving.splits[-1] == {"1": 100}
    shop.tracking, shop.serving.silent_at = there, set()
    shop.run()
    assert (shop.served, shop.holder("champion"), shop.holder("challenger")) == ({"1": 100}, "1", None)


class NoRegistry(FakeTracking):
    """A registry that answers nothing at all."""

    def __getattribute__(self, name: str) -> object:
        if name.startswith("_"):
            return object.__getattribute__(self, name)
        raise LifecycleError("the registry does not answer")


def test_the_champions_bytes_under_another_number_begin_nothing_and_break_nothing(
    bundles: Sequence[Bundle],
) -> None:
    shop = served_by_one([bundles[0], bundles[0]])
    driven = shop.look()
    assert driven is not None
    assert (driven.began, driven.waits) == (
        False,
        "version 2 is the same bundle as champion 1: there is nothing to roll out",
    )
    assert (shop.served, shop.holder("champion")) == ({"1": 100}, "1")


def test_a_rollback_needs_no_registry_and_is_completed_once_it_is_back(bundles: Sequence[Bundle]) -> None:
    shop = in_canary(bundles)
    shop.answers["error_rate_max"] = "bad"
    there, shop.tracking = shop.tracking, NoRegistry()
    shop.look()
    assert shop.served.get("2", 0) == 0
    assert shop.served["1"] == 100
    shop.tracking = there
    shop.run()
    assert (shop.served, shop.holder("champion"), shop.holder("challenger")) == ({"1": 100}, "1", None)


def test_an_endpoint_that_was_stopped_by_hand_gets_its_split_back(bundles: Sequence[Bundle]) -> None:
    shop = in_canary(bundles)
    before = shop.served
    shop.serving.stop(MODEL)
    assert shop.served == {}
    shop.look()
    assert shop.served == before


def test_an_edit_of_the_spec_ends_the_rollout_and_another_one_begins(bundles: Sequence[Bundle]) -> None:
    shop = in_canary(bundles)
    shop.rollout = {"hold": "2h"}
    shop.look()
    stored = shop.store.read(MODEL)
    assert stored is not None and stored.record.state.outcome is not None
    assert (stored.record.state.outcome.kind, shop.served) == ("superseded", {"1": 100})
    shop.run()
    assert (shop.served, shop.holder("champion")) == ({"2": 100}, "2")


def test_a_section_that_leaves_the_spec_ends_the_rollout_and_no_other_begins(
    bundles: Sequence[Bundle],
) -> None:
    shop = in_canary(bundles)
    shop.rollout = None
    shop.look()
    stored = shop.store.read(MODEL)
    assert stored is not None and stored.record.state.outcome is not None
    assert (stored.record.state.outcome.kind, shop.served) == ("superseded", {"1": 100})
    shop.now += timedelta(days=1)
    shop.look()
    again = shop.store.read(MODEL)
    assert again is not None and again.record.id == stored.record.id


def test_a_plain_deployment_beside_it_is_put_right_and_gives_the_version_no_more_than_before(
    bundles: Sequence[Bundle],
) -> None:
    shop = in_canary(bundles)
    before = shop.served
    # As an older release deploys: the version on trial is gone, as it is after a restart from nothing.
    shop.serving.deploy(deployment(SPEC, shop.tracking.version(MODEL, "1"), bundles[0]))
    assert shop.served == {"1": 100}
    shop.look()
    assert shop.served == before


def test_two_controllers_at_once_are_one(bundles: Sequence[Bundle]) -> None:
    shop = served_by_one(bundles)
    other = copy.copy(shop)
    for _ in range(40):
        shop.look()
        other.now = shop.now
        other.look()
        shop.now += timedelta(hours=6)
    assert (shop.served, shop.holder("champion"), shop.holder("challenger")) == ({"2": 100}, "2", None)
    weights = [split.get("2", 0) for split in shop.serving.splits]
    assert weights == sorted(weights)


def test_a_look_at_an_idle_model_asks_the_registry_once(
    bundles: Sequence[Bundle], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop(bundles)
    shop.register(1)
    shop.run()
    asked: list[str] = []
    holder = FakeTracking.holder

    def counted(tracking: FakeTracking, model: str, alias: Alias) -> ModelVersion | None:
        asked.append(alias)
        return holder(tracking, model, alias)

    monkeypatch.setattr(FakeTracking, "holder", counted)
    shop.look()
    assert asked == ["challenger"]

"""A rollout whose glue is real (observe, act, drive), between ports in memory that break when told to."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from assets.rollout_drive import Driven, drive
from assets.rollout_ports import RolloutPorts
from lifecycle.errors import LifecycleError
from lifecycle.registry.bundle import Bundle, seal_bundle
from lifecycle.rollout.observations import Measurement
from lifecycle.rollout.power_plan import plan_power
from lifecycle.rollout.questions import Question
from lifecycle.rollout.record import RolloutRecord
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.rollout import Rollout
from resources.serving.base import EndpointSpec, EndpointState
from resources.tracking.base import Alias, Verdict
from tests.fakes.bundles import parcels
from tests.fakes.rollout_world import START, Answer, Crash, MemoryRollouts, measured_as
from tests.fakes.serving import FakeServing
from tests.fakes.tracking import FakeTracking
from tests.fakes.trainings import bare_evaluation, bare_training

MODEL = "parcels"


@dataclass
class Death:
    """The process dies before its n-th effect on the world, or after it; None: it lives."""

    steps: int | None = None

    def step(self) -> None:
        if self.steps is not None:
            if self.steps == 0:
                raise Crash
            self.steps -= 1


class MortalServing(FakeServing):
    """An endpoint whose deployer may die around each call."""

    def __init__(self, death: Death) -> None:
        super().__init__()
        self.death = death
        self.seen: list[dict[str, int]] = []
        """Each split that the endpoint ever had, by version."""

    def apply(self, endpoint: EndpointSpec) -> EndpointState:
        self.death.step()
        state = super().apply(endpoint)
        self.seen.append({variant.version: variant.weight for variant in state.variants})
        self.death.step()
        return state


class MortalTracking(FakeTracking):
    """A registry whose caller may die around each change of an alias."""

    death: Death

    def set_alias(self, model: str, alias: Alias, version: str) -> None:
        self.death.step()
        super().set_alias(model, alias, version)
        self.death.step()

    def drop_alias(self, model: str, alias: Alias) -> None:
        self.death.step()
        super().drop_alias(model, alias)
        self.death.step()


class MortalRollouts(MemoryRollouts):
    """A store whose writer may die before and after a write."""

    def __init__(self, death: Death) -> None:
        super().__init__()
        self.death = death

    def write(self, record: RolloutRecord, *, expected: int) -> int:
        self.death.step()
        revision = super().write(record, expected=expected)
        self.death.step()
        return revision


@dataclass
class PortsWorld:
    """Version 1 of parcels serves, version 2 passed its gates: what follows is the controller's."""

    folder: Path
    bundle: Bundle
    """Of version 1, trained; version 2 is a copy with another threshold."""
    rollout: Rollout = field(default_factory=Rollout)
    now: datetime = START
    answers: dict[str, Answer] = field(default_factory=dict)
    """Check -> what its measurements say; good ones where nothing is said."""

    def __post_init__(self) -> None:
        spec = parcels().spec
        changed = spec.deployment.model_copy(update={"rollout": self.rollout})
        self.spec: ModelSpec = spec.model_copy(update={"deployment": changed})
        self.death = Death()
        self.serving, self.store = MortalServing(self.death), MortalRollouts(self.death)
        self.tracking = MortalTracking()
        self.tracking.death = self.death
        self._register(self.bundle, "champion")
        self.drive()
        copy = Path(shutil.copytree(self.bundle.path, self.folder / "second"))
        self._register(
            seal_bundle(copy, self.bundle.manifest.model_copy(update={"threshold": 0.4})), "challenger"
        )

    def drive(self) -> Driven | None:
        """One evaluation; None: it failed, as it may, or the process died."""
        ports = RolloutPorts(
            store=self.store,
            serving=self.serving,
            tracking=self.tracking,
            measure=self.measure,
            replay=lambda record, now: None,
            plan_power=lambda plan, now: plan_power(plan, "nothing was served yet"),
        )
        try:
            return drive(self.spec, ports, clock=lambda: self.now)
        except LifecycleError:
            return None
        except Crash:
            self.death.steps = None
            return None

    def run(self, *, looks: int = 400, every: timedelta = timedelta(hours=6)) -> RolloutRecord:
        """Evaluate until the second rollout is closed, or looks are used up."""
        return self.until(lambda record: record.state.closed, looks=looks, every=every)

    def until(
        self,
        there: Callable[[RolloutRecord], bool],
        *,
        looks: int = 400,
        every: timedelta = timedelta(minutes=15),
    ) -> RolloutRecord:
        """Evaluate until the rollout of version 2 is where it is wanted."""
        for _ in range(looks):
            self.drive()
            if self.record.challenger.version == "2" and there(self.record):
                break
            self.now += every
        return self.record

    def judge(self, version: str, verdict: Verdict) -> None:
        """What the gates say of a version from now on."""
        digest = self.tracking.version(MODEL, version).bundle_digest
        self.tracking.record_evaluation(MODEL, version, bare_evaluation(verdict, digest))

    def measure(
        self, record: RolloutRecord, asked: Sequence[Question], now: datetime
    ) -> tuple[Measurement, ...]:
        found = [measured_as(q, self.answers.get(q.check.name, "good"), now, 5000) for q in asked]
        return tuple(one for one in found if one is not None)

    @property
    def record(self) -> RolloutRecord:
        stored = self.store.read(MODEL)
        assert stored is not None
        return stored.record

    @property
    def weights(self) -> dict[str, int]:
        state = self.serving.state(MODEL)
        return {variant.version: variant.weight for variant in state.variants} if state else {}

    @property
    def aliases(self) -> tuple[str | None, str | None]:
        holders = (self.tracking.holder(MODEL, "champion"), self.tracking.holder(MODEL, "challenger"))
        champion, challenger = (holder.version if holder else None for holder in holders)
        return champion, challenger

    def _register(self, bundle: Bundle, alias: Alias) -> None:
        record = bare_training(MODEL, bundle.path, bundle.digest, identity=bundle.digest, as_of="2024-02")
        version = self.tracking.register(record).version
        self.judge(version, "pass")
        self.tracking.set_alias(MODEL, "challenger" if alias == "champion" else alias, version)

"""`evaluation`: what a version is judged by."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from lifecycle.spec.behaviour import BehaviourTest
from lifecycle.spec.gates import AnyGate, DataGate, FairnessGate, Gate, RelativeGate, SliceGate
from lifecycle.spec.kinds import Record
from lifecycle.spec.slices import Discovery, Fairness, SliceFamily


class Budgets(Record):
    """What the bundle may cost to serve; each is a gate."""

    latency_p99_ms: Annotated[float, Field(gt=0)] | None = Field(
        None, strict=False, description="99th percentile of one row, features and scoring, without HTTP"
    )
    memory_mib: Annotated[float, Field(gt=0)] | None = Field(
        None, strict=False, description="resident memory of a process that has loaded it and answered"
    )
    bundle_mib: Annotated[float, Field(gt=0)] | None = Field(
        None, strict=False, description="size of the bundle's files"
    )


class Costs(Record):
    """What a wrong decision costs, in any unit: the operating point is then the cheapest one."""

    false_positive: Annotated[float, Field(ge=0)] = Field(strict=False, description="of a false alarm")
    false_negative: Annotated[float, Field(ge=0)] = Field(strict=False, description="of a miss")

    @model_validator(mode="after")
    def _costly(self) -> Self:
        if self.false_positive == 0 and self.false_negative == 0:
            raise ValueError("mistakes that cost nothing choose no threshold: give one of them a cost")
        return self


class EvaluationSection(Record):
    metrics: tuple[str, ...] = Field(
        (), strict=False, description="metrics to report; empty: all of the task"
    )
    resamples: Annotated[int, Field(ge=100, le=20_000)] = Field(
        1000, description="bootstrap resamples of days, or of rows where there is no event time"
    )
    level: Annotated[float, Field(gt=0.5, lt=1)] = Field(0.95, description="level of the intervals")
    gates: tuple[AnyGate, ...] = Field(
        strict=False, description="all must pass before a version may be deployed; one at least on a metric"
    )
    slices: tuple[SliceFamily, ...] = Field(
        (), strict=False, description="rows that are also looked at by themselves"
    )
    discovery: Discovery = Field(Discovery(), description="the search for slices that nobody named")
    fairness: Fairness | None = Field(None, description="how differently groups are treated")
    behaviour: tuple[BehaviourTest, ...] = Field(
        (), strict=False, description="rules that the served bundle's answers must keep; each is a gate"
    )
    budgets: Budgets = Field(Budgets(), description="what the bundle may cost to serve; each is a gate")
    costs: Costs | None = Field(
        None, description="binary only: price of mistakes; without it the operating point has the best F1"
    )
    learning_curve: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = Field(
        (), strict=False, description="also fit on these shares of the fit rows, as part of the training job"
    )
    page: bool = Field(True, description="also make an Evidently page, of validation against holdout rows")

    @model_validator(mode="after")
    def _gated(self) -> Self:
        names = [gate.name for gate in self.every_gate]
        if not self.metric_gates:
            # A relative gate lets the first version through: alone it would be no gate at all.
            raise ValueError("a model without a gate would deploy anything: give at least one on a metric")
        if len(set(names)) < len(names):
            raise ValueError(f"two gates share a name: {', '.join(names)}")
        families = [family.name for family in self.slices]
        if len(set(families)) < len(families):
            raise ValueError(f"two slice families share a name: {', '.join(families)}")
        tests = [test.name for test in self.behaviour]
        if len(set(tests)) < len(tests):
            raise ValueError(f"two behavioural tests share a name: {', '.join(tests)}")
        if list(self.learning_curve) != sorted(set(self.learning_curve)):
            raise ValueError("`learning_curve` rises: shares such as [0.25, 0.5], each once")
        return self

    @property
    def every_gate(self) -> tuple[Gate | SliceGate | RelativeGate | FairnessGate | DataGate, ...]:
        """The gates of the list, and those that the limits of fairness stand for; each is an asset check."""
        return (*self.gates, *(self.fairness.gates if self.fairness else ()))

    @property
    def part_gates(self) -> tuple[SliceGate | RelativeGate | FairnessGate, ...]:
        """The gates on slices, on groups and against the champion."""
        return tuple(gate for gate in self.every_gate if not isinstance(gate, Gate | DataGate))

    @property
    def relative_gates(self) -> tuple[RelativeGate, ...]:
        """The gates against the champion."""
        return tuple(gate for gate in self.gates if isinstance(gate, RelativeGate))

    @property
    def metric_gates(self) -> tuple[Gate, ...]:
        """The absolute gates on metrics of the holdout."""
        return tuple(gate for gate in self.gates if isinstance(gate, Gate))

    @property
    def data_gates(self) -> tuple[DataGate, ...]:
        """The gates on the evidence itself."""
        return tuple(gate for gate in self.gates if isinstance(gate, DataGate))

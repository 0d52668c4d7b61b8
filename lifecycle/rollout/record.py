"""The record of one rollout: append-only evidence, from which each decision can be computed again."""

import json
import reprlib
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, ValidationError, model_validator

from lifecycle.errors import LifecycleError
from lifecycle.rollout.observations import Arm, Measurement, Observations, Version
from lifecycle.rollout.plan import Occasion, Plan, StagePlan
from lifecycle.rollout.verdict import Verdict
from lifecycle.spec.fingerprint import fingerprint
from lifecycle.spec.kinds import Record

FORMAT: Literal[1] = 1

OutcomeKind = Literal["promoted", "rolled_back", "aborted", "inconclusive", "superseded"]
Push = Literal["no", "next", "full"]


class Evidence(Record):
    """A measurement with what it was held against and what followed."""

    measurement: Measurement
    verdict: Verdict
    limit: float
    reason: str


class Answer(Record):
    """The newest answer of one check, and how many of a kind came in a row."""

    check: str
    verdict: Verdict
    window: int
    """Number of the window of weights that it is about. An answer about an earlier one passes nothing."""
    ended_at: AwareDatetime
    n_challenger: int
    fails: int = 0
    inconclusives: int = 0
    errors: int = 0


class Outcome(Record):
    """How a rollout ended. Once it is there it stays."""

    kind: OutcomeKind
    verdict: Verdict | None
    """Of the check that ended it; None: a person or another version did."""
    check: str | None = None
    actor: str | None = None
    reason: str
    undo_to: str | None = None
    """Version that a person wants instead."""


class State(Record):
    """Where a rollout is. A tick makes the next one; nothing else is remembered."""

    stage: int
    """Index of the stage in the plan."""
    entered_at: AwareDatetime
    settled_at: AwareDatetime | None = None
    """Since when the endpoint was read back with the weights of this stage; None: it was not yet."""
    replayed: Arm | None = None
    """The arm whose rows of this window are replayed from the log, for the endpoint copies no requests."""
    held: bool = False
    """A person gave the version on trial less than the plan says: it is not raised again unasked."""
    share: Annotated[int, Field(ge=1, le=99)] | None = None
    """Percent of the version on trial that the newest look of a bandit asks for; None: the stage's."""
    window: int = 0
    """How many windows of the same weights were opened; all splits of a bandit are one."""
    window_at: AwareDatetime
    answers: tuple[Answer, ...] = ()
    approved: bool = False
    push: Push = "no"
    """How far a person waved it on."""
    waits_for: str = ""
    """Why it is still in this stage, for people."""
    outcome: Outcome | None = None
    closed: bool = False
    """The outcome was carried out and read back: nothing is left to do."""
    seen: tuple[str, ...] = ()
    """Ids of the commands that were heard."""

    def answer(self, check: str) -> Answer | None:
        """The newest answer of a check."""
        return next((answer for answer in self.answers if answer.check == check), None)


class Entry(Record):
    """One decision: when, on what, and where it led."""

    seq: Annotated[int, Field(ge=0)]
    at: AwareDatetime
    plan: str
    """Fingerprint of the plan that the spec compiled to at this moment."""
    observations: Observations
    """Without measurements; those that were new are in `evidence`."""
    evidence: tuple[Evidence, ...] = ()
    reason: str
    state: State

    @property
    def told(self) -> Observations:
        """All that the tick was told and that it took notice of."""
        measured = tuple(evidence.measurement for evidence in self.evidence)
        return self.observations.model_copy(update={"measurements": measured})


class RolloutRecord(Record):
    """One rollout of one version. It is kept for as long as the version."""

    format: Literal[1] = FORMAT
    id: str
    model: str
    plan: Plan
    champion: Version | None
    """Who served before; None: nobody did."""
    challenger: Version
    number: Annotated[int, Field(ge=1)] = 1
    """How many rollouts of the model there were, and this one."""
    by_alias: bool = True
    """It began because the version is the challenger, and ends if the version is it no more."""
    planned_samples: int | None = None
    """Labelled samples of the version on trial that the power plan asks for; None: there is no such plan."""
    planned_size: float | None = None
    """The same as information, which intervals are tightest for. Like all of the plan, fixed at the begin."""
    planned: str = ""
    """The power plan in words."""
    entries: Annotated[tuple[Entry, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if [entry.seq for entry in self.entries] != list(range(len(self.entries))):
            raise ValueError("the entries are not numbered 0, 1, 2, ...: one is missing or came twice")
        if any(later.at < entry.at for entry, later in zip(self.entries, self.entries[1:], strict=False)):
            raise ValueError("an entry is older than the one before it")
        return self

    @property
    def state(self) -> State:
        """Where the rollout is now."""
        return self.entries[-1].state

    @property
    def stage(self) -> StagePlan:
        """The stage that it is in, or was in when it ended."""
        return self.plan.stages[self.state.stage]

    @property
    def opened_at(self) -> datetime:
        """When it began."""
        return self.entries[0].at

    def with_entry(self, entry: Entry) -> "RolloutRecord":
        """The record and one more entry."""
        # The entries before it were validated when they came.
        return self.model_copy(update={"entries": (*self.entries, entry)})

    def to_json(self) -> str:
        """Text of format 1, one entry a line: it is read by people, and compared with its predecessor."""
        head = self.model_dump(mode="json", exclude={"entries"})
        lines = ",\n".join(entry.model_dump_json() for entry in self.entries)
        return f'{json.dumps(head)[:-1]}, "entries": [\n{lines}\n]}}\n'


def rollout_id(
    model: str, challenger: Version, champion: Version | None, *, plan: str, number: int, occasion: Occasion
) -> str:
    """Id of a rollout. It follows from what is rolled out, so two controllers that start it start one."""
    facts = [model, challenger.digest, champion.digest if champion else None, plan, number, occasion]
    return f"{model}-{challenger.version}-{fingerprint(*facts)}"


def read_record(text: str, *, where: str) -> RolloutRecord:
    """A record from its JSON.

    Raises:
        LifecycleError: it is half written, of a format that this release does not know, or not possible.
    """
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise LifecycleError(
            f"the rollout record {where} is not whole JSON ({exc}): put it back from a copy, or move it "
            "away to begin without it; until then the endpoint keeps the weights that it has"
        ) from exc
    found = raw.get("format") if isinstance(raw, dict) else None
    if found != FORMAT:
        raise LifecycleError(
            f"the rollout record {where} has format {reprlib.repr(found)}, this code reads {FORMAT}: run the "
            "release of Flywheel that wrote it, or a newer one"
        )
    try:
        return RolloutRecord.model_validate_json(text)
    except ValidationError as exc:
        problems = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'record'}: {e['msg']}, found {reprlib.repr(e['input'])}"
            for e in exc.errors()[:5]
        )
        raise LifecycleError(f"the rollout record {where} is not possible: {problems}") from exc

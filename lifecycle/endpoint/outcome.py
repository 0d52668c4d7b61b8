"""What became of the parts of a request, and the answer that they make together."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from lifecycle.endpoint.lane import Reason
from lifecycle.endpoint.parts import Part
from lifecycle.endpoint.scorer import Score, Scored
from lifecycle.endpoint.served import ServedVariant
from lifecycle.endpoint.wire import Refusal
from lifecycle.registry.bundle import BundleManifest

CONSTANT = "constant"
"""The version that answers with the constant of the spec, as answers name it."""
RETRY = ((b"retry-after", b"1"),)
STATUS_OF: Mapping[Reason, int] = {"error": 500, "timeout": 504, "open": 503, "queue": 429, "not_loaded": 503}
"""HTTP status of a request of which nobody could score a part."""
_TOLD: Mapping[Reason, str] = {
    "error": "the endpoint failed on this request; its log says why",
    "timeout": "the model took too long",
    "open": "the model failed too often and is left alone for a while; try again later",
    "queue": "too many requests are waiting; try again later",
    "not_loaded": "the variant is not loaded; /health/ready says why",
}


class Outcome(NamedTuple):
    """What became of a part."""

    part: Part
    answered: ServedVariant | None
    """None: the constant, or nobody."""
    scored: Scored | None
    reason: Reason | None
    """Why the assigned variant is not the one that answered."""

    @property
    def version(self) -> str:
        """Version that answered."""
        return self.answered.variant.version if self.answered else CONSTANT

    @property
    def variant(self) -> str:
        """Name of the variant that answered."""
        return self.answered.variant.name if self.answered else CONSTANT


class Answered(NamedTuple):
    """Scores of all rows, in their order."""

    scores: Sequence[Score]
    versions: Sequence[str]
    """Version that scored each row."""
    version: str | None
    """Version that scored all rows; None: there were several."""
    variant: str | None
    """Name of the variant that did; None: there were several."""
    fallback: bool
    """Whether any row was scored by another variant than the one it was assigned to."""
    logged: bool


def refusal_of(failed: Outcome, pause_s: int) -> Refusal:
    """What the caller is told of a part that nobody could score, and when to come again."""
    reason = failed.reason or "error"
    later: Mapping[Reason, bytes] = {"queue": b"1", "open": b"%d" % pause_s, "not_loaded": b"1"}
    headers = [(b"retry-after", later[reason])] if reason in later else []
    return Refusal(STATUS_OF[reason], _TOLD[reason], headers=headers)


def constant_scores(bundle: BundleManifest, constant: float, rows: int) -> Scored:
    """The constant of the spec as the score of each row: a probability of the positive class, or a number."""
    if bundle.classes:
        positive = constant >= (0.5 if bundle.threshold is None else bundle.threshold)
        score = Score(value=bundle.classes[1 if positive else 0], probability=constant)
    else:
        score = Score(value=constant)
    return Scored(scores=[score] * rows, features={}, scoring_us=None)


def merged(outcomes: Sequence[Outcome], n_rows: int, *, logged: bool) -> Answered:
    """Scores of all parts in the order of the rows; every part was scored."""
    if len(outcomes) == 1:
        (only,) = outcomes
        return Answered(
            scores=only.scored.scores if only.scored else (),
            versions=[only.version] * n_rows,
            version=only.version,
            variant=only.variant,
            fallback=only.reason is not None,
            logged=logged,
        )
    scores: list[Any] = [None] * n_rows
    versions = [""] * n_rows
    for outcome in outcomes:
        for position, score in zip(
            outcome.part.positions, outcome.scored.scores if outcome.scored else (), strict=True
        ):
            scores[position], versions[position] = score, outcome.version
    variants = {outcome.variant for outcome in outcomes}
    return Answered(
        scores=scores,
        versions=versions,
        version=versions[0] if len(set(versions)) == 1 else None,
        variant=variants.pop() if len(variants) == 1 else None,
        fallback=any(outcome.reason is not None for outcome in outcomes),
        logged=logged,
    )

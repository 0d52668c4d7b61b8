"""What an evaluation leaves with its version for those who decide later: the digest it judged, its gates."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lifecycle.evaluation.gates.verdict import GateResult
from resources.tracking.base import ModelVersion

JUDGED_TAG = "flywheel.judged_digest"
GATES_TAG = "flywheel.gates"
MAX_REASON = 300
"""Characters of a gate's reason in a tag; the whole report lies with the version's run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateOutcome:
    """A gate's verdict as the registry remembers it."""

    gate: str
    verdict: str
    reason: str


def verdict_tags(digest: str, gates: Sequence[GateResult]) -> Mapping[str, str]:
    """Tags of a version that was judged.

    Args:
        digest: of the bundle whose rows were scored, as it was read from disk.
        gates: their results.
    """
    told = {gate.gate: [gate.verdict, gate.reason[:MAX_REASON]] for gate in gates}
    return {JUDGED_TAG: digest, GATES_TAG: json.dumps(told, ensure_ascii=False)}


def judged_problem(version: ModelVersion) -> str | None:
    """Why a version may not be deployed, whatever its aliases say; None where it may."""
    if version.verdict != "pass":
        return (
            f"its gates say {version.verdict or 'not evaluated'!r}; evaluate it again, or take its alias away"
        )
    judged = version.tags.get(JUDGED_TAG)
    if judged is None:
        return "its evaluation, of an earlier release, does not say which bundle it judged; evaluate it again"
    if judged != version.bundle_digest:
        return (
            f"its gates judged bundle {judged[:12]}, and it is bundle {version.bundle_digest[:12]} now: it "
            "was changed since; evaluate it again"
        )
    return None


def gate_outcomes(version: ModelVersion) -> Sequence[GateOutcome]:
    """The gates of the newest evaluation; empty where none is known."""
    try:
        told = json.loads(version.tags.get(GATES_TAG, "{}"))
        return [
            GateOutcome(gate=str(gate), verdict=str(verdict), reason=str(reason))
            for gate, (verdict, reason) in told.items()
        ]
    except (ValueError, TypeError, AttributeError):
        return []  # edited by hand: the verdict itself is a tag of its own

"""Whether a model is trained anew now: one decision over results, history, rules and time."""

from collections.abc import Mapping
from dataclasses import dataclass

from lifecycle.spec.fingerprint import fingerprint
from lifecycle.spec.retrain import RetrainSection
from lifecycle.triggers.facts import Facts, ReasonKind
from lifecycle.triggers.holds import holds_of
from lifecycle.triggers.reasons import Reason, reasons_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What follows.

    Attributes:
        reasons: why; also those that are held back.
        held_by: what holds them back; empty where there is no reason.
    """

    retrain: bool
    reasons: tuple[Reason, ...] = ()
    held_by: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """In one line."""
        return "; ".join(reason.text for reason in self.reasons) or "no reason"

    @property
    def evidence(self) -> Mapping[ReasonKind, str]:
        """Reason -> the newest partition that speaks for it."""
        return {reason.kind: reason.evidence for reason in self.reasons}


def decide(rules: RetrainSection, facts: Facts) -> Decision:
    """Retrain where there is a reason and nothing holds it back.

    The schedule is a clock of its own and is not asked here; what it trained is known all the same.
    """
    reasons = reasons_of(rules, facts)
    held_by = holds_of(rules, facts) if reasons else ()
    return Decision(retrain=bool(reasons) and not held_by, reasons=reasons, held_by=held_by)


def request_key(model: str, facts: Facts) -> str:
    """Key of the request that would be made now: a tick that comes twice asks for the same run.

    It follows from what would be learned and from how many requests for it were made before, so that after
    one that failed there is another.
    """
    learns = facts.target.learns if facts.target else ""
    tries = sum(request.learns == learns for request in facts.requests)
    return f"{model}/{fingerprint(learns, tries)}"

"""A person's decision on a version: who, when, why, and on which bytes."""

import json
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from lifecycle.spec.kinds import Record

Decision = Literal["approved", "rejected"]
MAX_REASON = 1_000


class Approval(Record):
    """One decision. It holds for the bundle that was looked at, and for no other."""

    decision: Decision
    digest: str
    actor: Annotated[str, Field(min_length=1, max_length=100)]
    reason: Annotated[str, Field(min_length=1, max_length=MAX_REASON)]
    at: datetime


def write_approval(approval: Approval) -> str:
    """A decision as one text: a registry keeps or loses it whole."""
    return json.dumps(approval.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)


def read_approval(text: str | None) -> Approval | None:
    """A decision as a registry kept it; None where there is none that can be read, which approves nothing."""
    try:
        return None if text is None else Approval.model_validate_json(text)
    except ValidationError:
        return None

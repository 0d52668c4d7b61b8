"""Approval of a version by a person: what may be decided on, and what a decision changes."""

import re
from collections.abc import Sequence
from datetime import datetime

import dagster as dg
from pydantic import ValidationError

from assets.keys import ENDPOINT, stage_key
from assets.semantic import shown
from assets.taking_up import recency
from assets.verdicts import judged_problem
from lifecycle.errors import LifecycleError
from lifecycle.registry.approval import Approval, Decision, read_approval, write_approval
from resources.tracking.base import ModelVersion, Tracking

APPROVAL_TAG = "flywheel.approval"


def approval_of(version: ModelVersion) -> Approval | None:
    """What was decided on a version; None where nothing was."""
    return read_approval(version.tags.get(APPROVAL_TAG))


def decided(version: ModelVersion) -> str | None:
    """What was decided on a version, by whom and why, in words; None where nothing was."""
    approval = approval_of(version)
    return None if approval is None else f"{approval.decision} by {approval.actor}: {approval.reason}"


def is_rejected(version: ModelVersion) -> bool:
    """Whether a person rejected it."""
    approval = approval_of(version)
    return approval is not None and approval.decision == "rejected"


def newest_passed(versions: Sequence[ModelVersion]) -> ModelVersion | None:
    """The one version that may challenge: the newest as of that passed and was not rejected; or None."""
    passed = [version for version in versions if version.verdict == "pass" and not is_rejected(version)]
    return max(passed, key=recency, default=None)


def missing_approval(version: ModelVersion) -> str | None:
    """Why a version that needs an approval may not be deployed; None where it is approved."""
    approval, name = approval_of(version), f"version {shown(version)} of {version.model}"
    command = f"flywheel approve {version.model} {version.version} --reason ..."
    if approval is None:
        return f"{name} passed its gates and waits for approval: {command}"
    if approval.decision == "rejected":
        return f"{name} was rejected by {approval.actor}: {approval.reason}"
    if approval.digest != version.bundle_digest:
        return (
            f"{name} was approved as bundle {approval.digest[:12]} and is {version.bundle_digest[:12]} now: "
            "it was changed since; deploy nothing, evaluate it again"
        )
    return None


def refusal(
    versions: Sequence[ModelVersion], number: str, decision: Decision, *, digest: str | None
) -> str | None:
    """Why a decision on a version is refused; None where it may be taken.

    Args:
        versions: all of the model.
        number: of the version.
        decision: what is to be decided.
        digest: of the bundle that was looked at, or the first 8 or more digits of it; None: the one that the
            gates judged.
    """
    version = next((version for version in versions if version.version == number), None)
    if version is None:
        newest = ", ".join(version.version for version in versions[-5:]) or "none"
        return f"there is no version {number!r}; the newest: {newest}"
    if digest is not None and (len(digest) < 8 or not version.bundle_digest.startswith(digest)):
        return (
            f"version {number} has bundle {version.bundle_digest[:12]}, not {digest[:12]!r}: look at it again"
        )
    if "champion" in version.aliases:
        return f"version {number} is the champion already"
    if decision == "rejected":
        return None
    if problem := judged_problem(version):
        return f"version {number} cannot be approved: {problem}"
    rivals = [other for other in versions if other.version != number]
    newest_rival = newest_passed(rivals)
    if newest_rival and recency(newest_rival) > recency(version):
        return (
            f"version {number} as of {version.as_of} is superseded: version {shown(newest_rival)} as of "
            f"{newest_rival.as_of} passed its gates after it; decide on that one"
        )
    return None


def decide(
    tracking: Tracking,
    model: str,
    number: str,
    decision: Decision,
    *,
    reason: str,
    actor: str,
    at: datetime,
    digest: str | None = None,
) -> ModelVersion:
    """Record a person's decision with a version; a rejected challenger stops being one.

    Args:
        tracking: registry.
        model: of the version.
        number: of the version in the registry.
        decision: approved or rejected.
        reason: why; never empty.
        actor: who.
        at: when.
        digest: of the bundle that was looked at; see `refusal`.

    Raises:
        LifecycleError: there is no such version; it is superseded, changed, not passed or champion already;
            the reason or the actor is missing.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", model):
        # From a form of the UI: it goes into a query of the registry and into the key of an asset.
        raise LifecycleError(f"{model[:80]!r} is no name of a model; nothing was changed")
    versions = tracking.versions(model)
    if why := refusal(versions, number, decision, digest=digest):
        raise LifecycleError(f"{model}: {why}; nothing was changed")
    # The one that was judged just now, not read again: the decision is on these bytes.
    (version,) = (found for found in versions if found.version == number)
    try:
        approval = Approval(
            decision=decision, digest=version.bundle_digest, actor=actor.strip(), reason=reason.strip(), at=at
        )
    except ValidationError as exc:
        first = exc.errors()[0]
        raise LifecycleError(
            f"{first['loc'][0]} of the decision: {first['msg']}; nothing was changed"
        ) from exc
    if decision == "rejected" and "challenger" in version.aliases:
        # First: a kill in between leaves a version that nobody deploys, and that can be rejected again.
        tracking.drop_alias(model, "challenger")
    version = tracking.set_tags(model, number, {APPROVAL_TAG: write_approval(approval)})
    if decision == "approved" and "challenger" not in version.aliases:
        tracking.set_alias(model, "challenger", number)  # it was rejected before
        version = tracking.version(model, number)
    return version


def observation(version: ModelVersion) -> dg.AssetObservation:
    """The decision as an event of the model's endpoint, for the UI."""
    approval = approval_of(version)
    if approval is None:
        raise LifecycleError(f"nothing was decided on version {version.version} of {version.model}")
    return dg.AssetObservation(
        asset_key=stage_key(version.model, ENDPOINT),
        description=f"version {shown(version)} {approval.decision} by {approval.actor}: {approval.reason}",
        metadata={
            "decision": approval.decision,
            "version": shown(version),
            "as_of": version.as_of,
            "actor": approval.actor,
            "reason": approval.reason,
            "bundle_digest": approval.digest,
            "decided_at": dg.MetadataValue.timestamp(approval.at),
        },
    )

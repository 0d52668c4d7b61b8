"""Which version is the challenger: what a verdict makes of the aliases."""

from assets.approval import is_rejected, newest_passed
from resources.tracking.base import ModelVersion, Tracking


def appoint_challenger(tracking: Tracking, version: ModelVersion) -> str:
    """Make a version challenger where it passed and nothing newer did; say what it is now."""
    champion = tracking.holder(version.model, "champion")
    if version.verdict != "pass":
        if "challenger" in version.aliases:
            tracking.drop_alias(version.model, "challenger")
        return "no challenger: its gates did not pass"
    if is_rejected(version):
        return "no challenger: it was rejected"
    newest = newest_passed(tracking.versions(version.model))
    if newest is not None and newest.version != version.version:
        return f"no challenger: version {newest.version} as of {newest.as_of} is newer"
    if champion is not None and champion.bundle_digest == version.bundle_digest:
        # What challenged it was given before it, as where a spec was put back: nobody wants that any more.
        tracking.drop_alias(version.model, "challenger")
        return "no challenger: it is the champion"
    tracking.set_alias(version.model, "challenger", version.version)
    return "challenger"

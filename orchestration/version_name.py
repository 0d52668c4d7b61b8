"""How people name a version of a model: by number or by alias, in our form or in MLflow's."""

import re
from dataclasses import dataclass

from lifecycle.errors import LifecycleError
from resources.tracking.base import ModelVersion, Tracking

_ALIASES = ("champion", "challenger", "shadow")
_NAME = re.compile(
    rf"(?:models:/)?(?P<model>[a-z][a-z0-9_]{{0,62}})(?:/(?P<number>[0-9]{{1,9}})|@(?P<alias>{'|'.join(_ALIASES)}))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionName:
    """One of `number` and `alias` is given."""

    model: str
    number: str | None = None
    alias: str | None = None


def parse_version(text: str) -> VersionName:
    """Read the name of a version.

    Raises:
        LifecycleError: it is none.

    >>> parse_version("models:/flight_delay/3")
    VersionName(model='flight_delay', number='3', alias=None)
    >>> parse_version("flight_delay@champion").alias
    'champion'
    """
    match = _NAME.fullmatch(text)
    if match is None:
        raise LifecycleError(
            f"{text[:80]!r} names no version; allowed: MODEL/NUMBER, or MODEL@ALIAS with the alias "
            f"{', '.join(_ALIASES)}; `models:/` may stand before it"
        )
    return VersionName(**match.groupdict())


def find_version(tracking: Tracking, name: VersionName) -> ModelVersion:
    """The version that a name stands for now.

    Raises:
        LifecycleError: there is none.
    """
    if name.number is not None:
        return tracking.version(name.model, name.number)
    held = next((one for one in tracking.versions(name.model) if name.alias in one.aliases), None)
    if held is None:
        raise LifecycleError(
            f"no version of {name.model} is {name.alias}: see `flywheel status {name.model}`"
        )
    return held

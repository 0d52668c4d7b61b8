"""The semantic version of a model by rule: what changed since the version before it says which number moves.

- **major**: clients or reviewers must look again: at what a request holds, what an answer can be, or the
  algorithm.
- **minor**: the same model of other data, features or parameters.
- **patch**: other code or libraries only.

Versions are numbered in the order in which they were registered, which is the one order that never changes: a
backfill of older partitions goes on counting, it does not squeeze in between.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Self

from pydantic import ValidationError

from lifecycle.errors import LifecycleError
from lifecycle.registry.bundle import Bundle
from lifecycle.spec.fingerprint import code_fingerprint, fingerprint
from lifecycle.spec.kinds import Record
from lifecycle.training.job import TrainingJob

Part = Literal["major", "minor", "patch"]
# Of a job: counted elsewhere below, or a place. All the rest of it is parameters.
_NO_PARAMETERS = {"model", "task", "positive", "as_of", "cut_off", "tables", "features", "trainer"}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class SemanticVersion:
    """Major, minor, patch; ordered as numbers."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `1.4.2`.

        Raises:
            LifecycleError: three whole numbers and two dots it is not.

        >>> SemanticVersion.parse("1.4.2") < SemanticVersion.parse("1.10.0")
        True
        """
        match = re.fullmatch(r"([0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,9})", text)
        if match is None:
            raise LifecycleError(f"{text!r} is no semantic version; allowed: three numbers such as 1.4.2")
        major, minor, patch = map(int, match.groups())
        return cls(major=major, minor=minor, patch=patch)

    def bumped(self, part: Part) -> "SemanticVersion":
        """The next one when a part moves; the parts behind it start at 0 again.

        >>> str(SemanticVersion.parse("1.4.2").bumped("minor"))
        '1.5.0'
        """
        if part == "major":
            return SemanticVersion(major=self.major + 1, minor=0, patch=0)
        if part == "minor":
            return SemanticVersion(major=self.major, minor=self.minor + 1, patch=0)
        return SemanticVersion(major=self.major, minor=self.minor, patch=self.patch + 1)

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


FIRST = SemanticVersion(major=1, minor=0, patch=0)


class Makings(Record):
    """What a version was made of, as one short text for each thing that the rule looks at."""

    input: str
    """Columns of a request with their types, and which of them are required."""
    output: str
    """Task and classes: what an answer can be."""
    algorithm: str
    data: str
    features: str
    parameters: str
    code: str
    """Source of the stages that make a model, and the libraries that it ran on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """One version as the registry holds it, for the rule."""

    version: str
    """Number in the registry: the order of registration."""
    identity: str
    makings: Makings | None
    """None: registered before there was this rule."""
    semantic: SemanticVersion | None
    """None: not given yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A semantic version and its reason."""

    semantic: SemanticVersion
    reason: str


# Which part moves when a thing differs; in the order in which a reason names them.
_RULE: Mapping[str, Part] = {
    "input": "major",
    "output": "major",
    "algorithm": "major",
    "data": "minor",
    "features": "minor",
    "parameters": "minor",
    "code": "patch",
}
_PARTS: tuple[Part, ...] = ("major", "minor", "patch")


def makings_of(bundle: Bundle, job: TrainingJob) -> Makings:
    """What the bundle of a training job was made of."""
    manifest = bundle.manifest
    request = {name: column.type for name, column in manifest.request.items()}
    beside = {name: fact.sha256 for name, fact in manifest.files.items() if "/" in name}
    asked = job.model_dump(mode="json", exclude=_NO_PARAMETERS)
    return Makings(
        input=fingerprint(request, sorted(manifest.required)),
        output=fingerprint(manifest.task, list(manifest.classes)),
        algorithm=manifest.trainer,
        data=fingerprint(dict(manifest.data_versions), beside),
        features=manifest.plan_fingerprint,
        parameters=fingerprint(asked),
        code=fingerprint(code_fingerprint(), dict(manifest.versions)),
    )


def read_makings(text: str | None) -> Makings | None:
    """The makings that a registry kept as JSON; None where it kept none, or in a form of another release."""
    try:
        return None if text is None else Makings.model_validate_json(text)
    except ValidationError:
        return None


def write_makings(makings: Makings) -> str:
    """The makings as JSON for a registry."""
    return json.dumps(makings.model_dump(), sort_keys=True, separators=(",", ":"))


def next_version(before: Registered | None, makings: Makings | None) -> Given:
    """The semantic version of what was registered right after another version.

    Args:
        before: the version before it, with its semantic version; None for the first of a model.
        makings: of the new one; None: unknown, which counts as other data.

    Raises:
        LifecycleError: the version before has no semantic version.
    """
    if before is None:
        return Given(semantic=FIRST, reason="the first version")
    if before.semantic is None:
        raise LifecycleError(f"version {before.version} has no semantic version to count on from")
    if makings is None or before.makings is None:
        return Given(
            semantic=before.semantic.bumped("minor"),
            reason=f"minor since {before.semantic}: not known what changed",
        )
    changed = [name for name in _RULE if getattr(makings, name) != getattr(before.makings, name)]
    moved = {_RULE[name] for name in changed}
    part: Part = next((part for part in _PARTS if part in moved), "patch")
    what = ", ".join(changed) or "nothing that it is made of"
    return Given(semantic=before.semantic.bumped(part), reason=f"{part} since {before.semantic}: {what}")


def missing_versions(registered: Iterable[Registered]) -> Mapping[str, Given]:
    """The semantic version of every version that has none yet.

    A function of what is registered and of nothing else: whoever computes it, at the same time or later, gets
    the same. So two registrations at once need no lock, and one that was killed is completed by the next.
    What was given once is never changed.

    Args:
        registered: all versions of a model, oldest first.
    """
    given: dict[str, Given] = {}
    seen: set[str] = set()
    before: Registered | None = None
    for version in registered:
        # The double of a race is about to be removed: counted, it would move the number of the next one.
        if version.identity in seen:
            continue
        seen.add(version.identity)
        semantic = version.semantic
        if semantic is None:
            given[version.version] = next_version(before, version.makings)
            semantic = given[version.version].semantic
        before = Registered(
            version=version.version,
            identity=version.identity,
            makings=version.makings,
            semantic=semantic if before is None else _later(before.semantic, semantic),
        )
    return given


def _later(a: SemanticVersion | None, b: SemanticVersion) -> SemanticVersion:
    """Whichever is higher: a tag that a person edited must not make the count go back."""
    return b if a is None or b > a else a

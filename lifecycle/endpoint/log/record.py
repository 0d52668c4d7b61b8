"""What the request log keeps of a request, and its form on disk: compact JSON, one record a request.

A segment begins with a record that names its format. Versions are named once a segment (`variant` records),
and requests refer to them by number: names of features are not repeated with each of their values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import repeat
from typing import Any, Literal, NamedTuple

from lifecycle.endpoint.json_bytes import read_json, write_json
from lifecycle.endpoint.lane import Reason
from lifecycle.endpoint.manifest import Role
from lifecycle.endpoint.router import How
from lifecycle.endpoint.scorer import Score
from lifecycle.errors import LifecycleError
from lifecycle.features.expression import Kind, Value
from lifecycle.spec.kinds import Scalar

FORMAT: Literal[2] = 2
"""Format 1 has no `scoring_us`."""
READABLE = (1, 2)
CONSTANT = -1
"""In the place of a version's number: the constant of the spec answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedVariant:
    """A version in the log."""

    name: str
    role: Role
    version: str
    digest: str
    features: tuple[tuple[str, Kind], ...]
    """Name and kind of the features that are kept, in the order of their values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRow:
    """One row of one request, as the log tells it."""

    request: str
    """Id of the request, which the answer's header `x-request-id` bears, too."""
    row: int
    at: datetime
    """When the request was read, by the endpoint's clock."""
    latency_us: int
    """From then to the answer, of the whole request; of a shadow: of its scoring."""
    scoring_us: int | None
    """Processor time from handing the row, and those that went with it, to the assigned variant until its
    scores were there: alike for a variant that answers and for a shadow. None: no scores, or format 1."""
    protocol: str
    generation: int
    status: int
    key: str | None
    """None: the request held none, and chance assigned it."""
    bucket: int
    """Of the key; -1: no key assigned it; 10,000: a sensitive one did."""
    assignment: How
    """`fallback`: the assigned variant failed, and another answered. What a caller sent to it on purpose
    stays an `override` then, too: else such requests would count against it exactly where they fail."""
    propensity: float
    assigned: LoggedVariant
    """The variant that the row was assigned to: what fails is its failure."""
    answered: LoggedVariant | None
    """The variant that scored it; None: the constant, or nobody."""
    reason: Reason | None
    """Why the assigned variant gave no scores; None: it did, or the request was at fault."""
    value: Scalar | None
    probability: float | None
    probabilities: Mapping[str, float] | None
    features: Mapping[str, Value]
    """As computed by the variant that answered."""
    columns: Mapping[str, Any]
    """Request columns of the allow-list, as they came."""

    @property
    def failed(self) -> bool:
        """Whether the assigned variant is to blame for a missing or borrowed answer."""
        return self.reason is not None


class PartEntry(NamedTuple):
    """Rows of a request that went the same way: numbers of variants are those of the segment.

    What differs from row to row is held column by column, each as long as `rows`.
    """

    assigned: int
    answered: int | None
    how: How
    propensity: float
    reason: Reason | None
    rows: Sequence[int]
    """Their places in the request."""
    keys: Sequence[str | None]
    buckets: Sequence[int]
    scores: Sequence[Score] | None
    """None: nobody scored them."""
    features: Sequence[Sequence[Value]]
    """Of each row the values of the features that are kept."""
    columns: Sequence[Mapping[str, Any]]
    """Of each row the request columns that are kept."""
    scoring_us: int | None
    """Of the assigned variant; None: it gave no scores."""


class RequestEntry(NamedTuple):
    """A request on its way into the log."""

    request: str
    at_us: int
    latency_us: int
    protocol: str
    generation: int
    status: int
    parts: Sequence[PartEntry]


def header_content(model: str) -> bytes:
    """The first record of a segment."""
    return write_json({"format": FORMAT, "model": model})


def variant_content(number: int, variant: LoggedVariant) -> bytes:
    """The record that gives a version its number in a segment."""
    named = {"name": variant.name, "role": variant.role, "version": variant.version, "digest": variant.digest}
    return write_json({"variant": number, **named, "features": variant.features})


def request_content(entry: RequestEntry) -> bytes:
    """The record of a request.

    Lists, not objects: their places are the format. Times are whole microseconds, the first since 1970 UTC.
    """
    parts = [
        [
            part.assigned,
            part.answered,
            part.how,
            part.propensity,
            part.reason,
            _row_lists(part),
            part.scoring_us,
        ]
        for part in entry.parts
    ]
    content = [
        entry.request,
        entry.at_us,
        entry.latency_us,
        entry.protocol,
        entry.generation,
        entry.status,
        parts,
    ]
    return write_json(content)


def _row_lists(part: PartEntry) -> list[tuple[Any, ...]]:
    # A score's places are those of its record; orjson takes plain tuples only.
    told = repeat(None, len(part.rows)) if part.scores is None else map(tuple, part.scores)
    return list(zip(part.rows, part.keys, part.buckets, told, part.features, part.columns, strict=True))


def rows_of_segment(
    contents: Sequence[bytes], variants: dict[int, LoggedVariant] | None = None
) -> list[LoggedRow]:
    """The rows of a segment's records, in the order of their answers.

    Args:
        variants: those that earlier records of the segment named; new ones are added.

    Raises:
        LifecycleError: a format that this version does not know.
    """
    variants = {} if variants is None else variants
    rows: list[LoggedRow] = []
    for content in contents:
        record = read_json(content)
        if isinstance(record, list):
            rows.extend(_rows(record, variants))
        elif "variant" in record:
            variants[record["variant"]] = LoggedVariant(
                name=record["name"],
                role=record["role"],
                version=record["version"],
                digest=record["digest"],
                features=tuple((name, kind) for name, kind in record["features"]),
            )
        elif record.get("format") not in READABLE:
            readable = " and ".join(map(str, READABLE))
            raise LifecycleError(
                f"a request log of format {record.get('format')!r}; this version reads {readable}: "
                "upgrade Flywheel"
            )
    return rows


def _rows(record: Sequence[Any], variants: Mapping[int, LoggedVariant]) -> list[LoggedRow]:
    request, at_us, latency_us, protocol, generation, status, parts = record
    at = datetime.fromtimestamp(at_us // 1_000_000, UTC).replace(microsecond=at_us % 1_000_000)
    rows = []
    for assigned, answered, how, propensity, reason, members, *later in parts:
        scorer = variants.get(CONSTANT if answered is None else answered)
        names = [name for name, _ in scorer.features] if scorer else []
        for index, key, bucket, told, features, columns in members:
            value, probability, probabilities = told or (None, None, None)
            rows.append(
                LoggedRow(
                    request=request,
                    row=index,
                    at=at,
                    latency_us=latency_us,
                    scoring_us=later[0] if later else None,
                    protocol=protocol,
                    generation=generation,
                    status=status,
                    key=key,
                    bucket=bucket,
                    assignment="fallback" if reason and told and how != "override" else how,
                    propensity=propensity,
                    assigned=variants[assigned],
                    answered=scorer,
                    reason=reason,
                    value=value,
                    probability=probability,
                    probabilities=probabilities,
                    features=dict(zip(names, features, strict=False)),
                    columns=columns,
                )
            )
    return rows

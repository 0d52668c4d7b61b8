"""Rows of the request log as the two arms of a rollout: who was asked what, in arrays."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lifecycle.rollout.observations import Version

if TYPE_CHECKING:
    import pyarrow as pa

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CHAMPION, CHALLENGER = 0, 1
COLUMNS = (
    "request", "row", "at", "latency_us", "scoring_us", "key", "assignment", "propensity", "assigned_version",
    "version", "digest", "reason", "value", "probability", "probabilities",
)  # fmt: skip
"""Of the log: what every measure needs. Features are read besides, where a check asks for them."""
HOUR_US = 3_600_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Arms:
    """Rows of champion and challenger, in the order of their times; all arrays have the shape (n_rows,).

    Attributes:
        arm: `CHAMPION` or `CHALLENGER`: who the row was assigned to, whoever answered it.
        key: number of the entity key; a row without one is a key of its own.
        hour: hours since 1970 UTC.
        stratum: number of the split that the row was assigned under, an index of `shares`.
        mirrored: a copy of what the other one answered.
        failed: the arm gave no scores.
        request: number of the request: of its id and its time, for a caller may use an id again.
    """

    table: "pa.Table"
    arm: Ints
    key: Ints
    at_us: Ints
    stratum: Ints
    shares: tuple[float, ...]
    """The challenger's share of the keys under each split; 0.0 where one of the arms only looks on."""
    mirrored: Bools
    failed: Bools
    request: Ints
    _order: Ints = field(repr=False)

    @property
    def hour(self) -> Ints:
        """Hours since 1970 UTC."""
        return self.at_us // HOUR_US

    def column(self, name: str) -> "pa.ChunkedArray":
        """A column of the log, row by row like the arrays."""
        return self.table[name].take(self._order)

    def of(self, arm: int) -> Bools:
        """The rows of one arm."""
        return np.asarray(self.arm == arm)


def arms_of(rows: "pa.Table", *, champion: Version, challenger: Version, since: datetime) -> Arms:
    """The rows that count for a comparison of two versions.

    Rows before `since`, of other versions, of other bundles under their names, and those that a caller sent
    to a version on purpose belong to nobody. What another version answered for a failed one is the failed
    one's. A key that moved between the arms, or between splits, counts where it was seen first.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    at_us = _ints(rows["at"].cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()))
    assigned = rows["assigned_version"]
    is_challenger = _bools(pc.equal(assigned, challenger.version))
    is_champion = _bools(pc.equal(assigned, champion.version))
    own = np.where(
        is_challenger,
        _bools(pc.equal(rows["digest"], challenger.digest)),
        _bools(pc.equal(rows["digest"], champion.digest)),
    )
    foreign = _bools(pc.equal(rows["version"], assigned)) & ~own
    overridden = _bools(pc.equal(rows["assignment"], "override"))
    late = at_us >= round(since.timestamp() * 1_000_000)
    (chosen,) = np.nonzero((is_champion | is_challenger) & ~foreign & ~overridden & late)
    chosen = chosen[np.argsort(at_us[chosen], kind="stable")]
    arm = is_challenger[chosen].astype(np.int64)
    mirrored = _bools(pc.equal(rows["assignment"], "shadow"))[chosen]
    key = _codes(rows["key"])[chosen]
    propensity = np.asarray(rows["propensity"].to_numpy(zero_copy_only=False), dtype=np.float64)[chosen]
    shares, stratum = _strata(arm, propensity, mirrored)
    # A mirrored row is there because its request is, so its key is with both arms.
    kept = mirrored | (shares[stratum] == 0.0) | _where_first_seen(key, stratum * 2 + arm, ~mirrored)
    chosen = chosen[kept]
    return Arms(
        table=rows,
        arm=arm[kept],
        key=key[kept],
        at_us=at_us[chosen],
        stratum=stratum[kept],
        shares=tuple(float(share) for share in shares),
        mirrored=mirrored[kept],
        failed=_bools(rows["reason"].is_valid())[chosen],
        request=_numbered(_codes(rows["request"])[chosen], at_us[chosen]),
        _order=chosen,
    )


def firsts(*codes: Ints) -> Ints:
    """Places of the first row of each combination of numbers, in the order of the rows.

    >>> firsts(np.array([5, 5, 7, 5]), np.array([0, 1, 0, 0])).tolist()
    [0, 1, 2]
    """
    # Sorting is stable: of equal ones the first row comes first.
    order = np.lexsort(codes)
    new = np.zeros(len(order), dtype=np.bool_)
    new[:1] = True
    for code in codes:
        new[1:] |= code[order][1:] != code[order][:-1]
    return np.sort(order[new])


def _strata(arm: Ints, propensity: Floats, mirrored: Bools) -> tuple[Floats, Ints]:
    """The challenger's share under each split, and which split each row has."""
    share = np.where(arm == CHALLENGER, propensity, 1.0 - propensity)
    share = np.where(mirrored | (share <= 0.0) | (share >= 1.0), 0.0, np.round(share, 4))
    found, stratum = np.unique(share, return_inverse=True)
    return found, stratum.astype(np.int64)


def _where_first_seen(key: Ints, place: Ints, counts: Bools) -> Bools:
    """Whether each row is where its key was first: in the same arm and under the same split."""
    (rows,) = np.nonzero(counts)
    found = np.zeros(len(key), dtype=np.bool_)
    if len(rows):
        _, first, group = np.unique(key[rows], return_index=True, return_inverse=True)
        found[rows] = place[rows] == place[rows][first][group]
    return found


def _numbered(code: Ints, at_us: Ints) -> Ints:
    """A number for each pair."""
    order = np.lexsort((code, at_us))
    new = np.zeros(len(order), dtype=np.int64)
    new[1:] = (np.diff(code[order]) != 0) | (np.diff(at_us[order]) != 0)
    found = np.zeros(len(order), dtype=np.int64)
    found[order] = np.cumsum(new)
    return found


def _codes(values: "pa.ChunkedArray") -> Ints:
    """A number for each text; what is null is alone, with a number below zero."""
    codes = _ints(values.combine_chunks().dictionary_encode().indices.fill_null(-1))
    missing = codes < 0
    codes[missing] = -1 - np.arange(int(missing.sum()))
    return codes


def _ints(values: "pa.ChunkedArray | pa.Array") -> Ints:
    return np.array(values.to_numpy(zero_copy_only=False), dtype=np.int64)


def _bools(values: "pa.ChunkedArray") -> Bools:
    return np.asarray(values.fill_null(False).to_numpy(zero_copy_only=False), dtype=np.bool_)

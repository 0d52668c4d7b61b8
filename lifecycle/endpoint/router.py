"""Which variant a request goes to: a pure function of the salt, the key and the weights."""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate
from typing import Literal, NamedTuple

from lifecycle.endpoint.manifest import Variant

BUCKETS = 10_000
"""Keys are spread over these: a weight of one percent is a hundred of them."""

How = Literal["hash", "random", "override", "shadow", "fallback"]
"""Why a variant scored a row: its key, no key (chance), the caller's wish, looking on, another's failure."""


class Assignment(NamedTuple):
    """Where a row goes, and how probable that was."""

    variant: str
    how: How
    bucket: int
    propensity: float
    """Share of keys that the variant gets; what a bandit's estimate divides by. 1.0 for an override."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Buckets of all variants: `names[i]` has those from `edges[i - 1]` (or 0) up to `edges[i]`."""

    salt: str
    edges: tuple[int, ...]
    names: tuple[str, ...]
    shares: Mapping[str, float]


def split_of(variants: Sequence[Variant], *, salt: str) -> Split:
    """The buckets of a manifest's variants.

    The first challenger has the lowest buckets, the second the highest, the champion what lies between. So a
    weight that is raised at the champion's cost takes keys from the champion only, and a key that once saw
    one of the two challengers stays there. With more than two, a raise may move keys between challengers.
    """
    challengers = [variant for variant in variants if variant.role == "challenger"]
    champions = [variant for variant in variants if variant.role == "champion"]
    line = [*challengers[::2], *champions, *reversed(challengers[1::2])]
    edges = accumulate(variant.weight * BUCKETS // 100 for variant in line)
    return Split(
        salt=salt,
        edges=tuple(edges),
        names=tuple(variant.name for variant in line),
        shares={variant.name: variant.weight / 100 for variant in line},
    )


def bucket_of(salt: str, key: str) -> int:
    """Bucket of a key, 0 to 9,999: the first 8 bytes of a BLAKE2b digest, big-endian, modulo 10,000.

    Not Python's `hash`, which differs from process to process. Half a surrogate pair, which JSON allows, is
    hashed as it is.

    >>> bucket_of("salt", "key")
    8169
    """
    salted = f"{salt}\0{key}"
    try:
        text = salted.encode()
    except UnicodeEncodeError:
        text = salted.encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") % BUCKETS


def buckets_of(salt: str, keys: Sequence[str]) -> list[int]:
    """Bucket of each key, without a call a key.

    >>> buckets_of("salt", ["key"]) == [bucket_of("salt", "key")]
    True
    """
    salted, digest, number = f"{salt}\0".encode("utf-8", "surrogatepass"), blake2b, int.from_bytes
    try:
        return [number(digest(salted + k.encode(), digest_size=8).digest(), "big") % BUCKETS for k in keys]
    except UnicodeEncodeError:
        return [bucket_of(salt, key) for key in keys]


def assign(split: Split, key: str, *, how: How = "hash") -> Assignment:
    """The variant of a key: the same for the same salt, key and weights, on every machine."""
    return assigned(split, bucket_of(split.salt, key), how)


def assigned(split: Split, bucket: int, how: How) -> Assignment:
    """The variant of a bucket."""
    variant = split.names[bisect_right(split.edges, bucket)]
    return Assignment(variant, how, bucket, split.shares[variant])


def key_of(value: object) -> str | None:
    """A JSON value as a key; None where it is missing or no scalar.

    A whole number is one key however it is written: JSON writers differ in `7` and `7.0`.

    >>> key_of("7"), key_of(7), key_of(7.0), key_of(True), key_of(None), key_of([7])
    ('7', '7', '7', 'true', None, None)
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return str(int(value)) if value.is_integer() else repr(value)
    return None


def sampled(salt: str, request: str, share: float) -> bool:
    """Whether a shadow looks at a request: a share of them, by their ids and not by their keys.

    >>> sampled("s", "r", 0.0), sampled("s", "r", 1.0)
    (False, True)
    """
    return bucket_of(f"shadow:{salt}", request) < share * BUCKETS

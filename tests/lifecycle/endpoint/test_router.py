from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from lifecycle.endpoint.manifest import Role, Variant
from lifecycle.endpoint.router import (
    BUCKETS,
    Assignment,
    Split,
    assign,
    bucket_of,
    buckets_of,
    sampled,
    split_of,
)

KEYS = st.text(max_size=20)


def variants(**weights: int) -> list[Variant]:
    roles: dict[str, Role] = {"champion": "champion", "shadow": "shadow"}
    return [
        Variant(
            name=name,
            role=roles.get(name, "challenger"),
            version=name,
            bundle="b",
            digest="a" * 64,
            weight=weight,
        )
        for name, weight in weights.items()
    ]


def split(salt: str = "s", **weights: int) -> Split:
    return split_of(variants(**weights), salt=salt)


@pytest.mark.parametrize(
    ("salt", "key", "bucket"),
    [
        # From `printf 'salt\0key' | b2sum -l 64`: the digest as a number, modulo 10,000.
        pytest.param("salt", "key", 8169, id="letters"),
        pytest.param("", "a", 7944, id="no salt"),
        pytest.param("r1", "flight-1", 8260, id="a key of the example"),
    ],
)
def test_a_key_has_the_same_bucket_everywhere_and_for_ever(salt: str, key: str, bucket: int) -> None:
    assert bucket_of(salt, key) == bucket


def test_an_assignment_says_where_why_and_how_probable() -> None:
    found = assign(split(champion=95, challenger=5), "flight-2")
    bucket = bucket_of("s", "flight-2")
    assert found == Assignment(variant="champion", how="hash", bucket=bucket, propensity=0.95)


@pytest.mark.parametrize(
    "weights",
    [
        pytest.param({"champion": 100}, id="one variant"),
        pytest.param({"champion": 95, "challenger": 5}, id="canary"),
        pytest.param({"champion": 0, "challenger": 100}, id="all to the challenger"),
        pytest.param({"champion": 50, "b": 30, "c": 15, "d": 5}, id="several challengers"),
        pytest.param({"champion": 90, "challenger": 10, "shadow": 0}, id="a shadow gets none"),
    ],
)
def test_every_bucket_goes_to_one_variant_by_its_weight(weights: dict[str, int]) -> None:
    made = split(**weights)
    starts = [0, *made.edges]
    shares = {name: starts[i + 1] - starts[i] for i, name in enumerate(made.names)}
    assert shares == {name: weight * BUCKETS // 100 for name, weight in weights.items() if name != "shadow"}
    assert made.edges[-1] == BUCKETS


@given(KEYS, KEYS, st.integers(0, 100), st.integers(0, 100))
def test_raising_a_weight_never_moves_a_key_away_from_the_challenger(
    salt: str, key: str, one: int, other: int
) -> None:
    low, high = sorted([one, other])
    before = assign(split(salt, champion=100 - low, challenger=low), key)
    after = assign(split(salt, champion=100 - high, challenger=high), key)
    assert before.variant == "champion" or after.variant == "challenger"


@given(KEYS, KEYS, st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_of_two_challengers_neither_takes_keys_from_the_other(
    salt: str, key: str, one: int, raised: int, other: int
) -> None:
    before = assign(split(salt, champion=100 - one - other, b=one, c=other), key)
    raised = max(one, raised)
    after = assign(split(salt, champion=100 - raised - other, b=raised, c=other), key)
    assert before.variant == "champion" or after.variant == before.variant


@given(KEYS)
def test_any_key_is_assigned_half_a_surrogate_pair_too(key: str) -> None:
    assert assign(split(champion=60, challenger=40), key + "\ud800").variant in ("champion", "challenger")


def test_keys_are_spread_evenly_and_salts_are_independent() -> None:
    keys = [f"customer-{i}" for i in range(40_000)]
    found = {salt: [bucket_of(salt, key) for key in keys] for salt in ("one", "two")}
    for buckets in found.values():
        counts = Counter(bucket // 100 for bucket in buckets)
        assert chisquare([counts[i] for i in range(100)]).pvalue > 0.001
    both = Counter((a < 5000, b < 5000) for a, b in zip(found["one"], found["two"], strict=True))
    assert chisquare(list(both.values())).pvalue > 0.001


def test_a_shadow_sees_its_share_of_requests() -> None:
    seen = sum(sampled("s", f"request-{i}", 0.25) for i in range(20_000))
    assert 4_750 < seen < 5_250


@given(salt=st.text(max_size=4), keys=st.lists(st.text(max_size=4) | st.just("\ud800"), max_size=9))
def test_buckets_of_many_keys_are_those_of_each(salt: str, keys: list[str]) -> None:
    assert buckets_of(salt, keys) == [bucket_of(salt, key) for key in keys]

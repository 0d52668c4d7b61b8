"""Whom is told what: each thing once until it cleared, a flood as one message, failures again later."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lifecycle.triggers.telling import (
    FIRST_S,
    MOST_S,
    Condition,
    Told,
    decide_telling,
    with_cleared,
    with_failure,
    with_sent,
)

NOW = datetime(2024, 3, 5, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def wrong(subject: str, *, model: str = "m") -> Condition:
    return Condition(model=model, kind="drift", subject=subject, text="a drifted", link="http://ui/a")


def test_a_thing_is_told_once_and_again_after_it_cleared() -> None:
    told = Told()
    (first,) = decide_telling([wrong("a")], told, digest_from=4, now=NOW)
    assert (first.title, first.body) == ("m: drift", "a drifted\nhttp://ui/a")
    told = with_sent(told, first)
    assert decide_telling([wrong("a")], told, digest_from=4, now=NOW) == ()
    told = with_cleared(told, [])
    assert decide_telling([wrong("a")], told, digest_from=4, now=NOW) == (first,)


def test_what_is_not_known_has_not_cleared() -> None:
    told = Told(keys=frozenset([wrong("a").key, wrong("a", model="mm").key]))
    assert with_cleared(told, [], unknown=["m"]).keys == {wrong("a").key}


def test_a_flood_is_one_message_that_stays_short() -> None:
    flood = [wrong(f"{n:03}", model=f"m{n % 2}") for n in range(100)]
    (digest,) = decide_telling(flood, Told(), digest_from=4, now=NOW)
    assert digest.title == "100 alerts of 2 models"
    assert digest.body.splitlines()[0] == "- m0: drift, a drifted http://ui/a"
    assert digest.body.splitlines()[20:] == ["... and 80 more"]
    assert digest.keys == {one.key for one in flood}


def test_what_nobody_took_is_sent_again_later() -> None:
    failed = with_failure(Told(), now=NOW)
    just_before = NOW + timedelta(seconds=FIRST_S) - SECOND
    assert decide_telling([wrong("a")], failed, digest_from=4, now=just_before) == ()
    (again,) = decide_telling([wrong("a")], failed, digest_from=4, now=just_before + SECOND)
    assert with_sent(failed, again) == Told(keys=frozenset([wrong("a").key]))


@given(st.integers(1, 3000))
def test_waits_are_bounded(failures: int) -> None:
    told = with_failure(Told(failures=failures), now=NOW)
    assert told.again_at is not None
    assert timedelta(seconds=FIRST_S) < told.again_at - NOW <= timedelta(seconds=MOST_S)


@given(st.lists(st.sets(st.sampled_from("abcdef")), max_size=12), st.integers(2, 5))
def test_nothing_is_told_twice_without_clearing_and_nothing_is_left_out(
    looks: list[set[str]], digest_from: int
) -> None:
    told, known = Told(), set[str]()
    for subjects in looks:
        conditions = [wrong(subject) for subject in subjects]
        told = with_cleared(told, conditions)
        known &= {one.key for one in conditions}
        sent: list[str] = []
        for telling in decide_telling(conditions, told, digest_from=digest_from, now=NOW):
            told = with_sent(told, telling)
            sent += telling.keys
        assert sorted(sent) == sorted({one.key for one in conditions} - known)
        known |= set(sent)

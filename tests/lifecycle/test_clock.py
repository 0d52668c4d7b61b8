"""The clock: the machine's, or that of a replay."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from lifecycle.clock import CLOCK, now, now_us, set_clock
from lifecycle.errors import LifecycleError

INDEPENDENCE_DAY = datetime(2013, 7, 4, 16, 30, 0, 250_000, tzinfo=UTC)


def test_it_is_the_machines_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CLOCK, raising=False)
    before = datetime.now(UTC)
    told = now()
    assert before <= told <= datetime.now(UTC)
    assert told.utcoffset() == timedelta(0)


def test_it_is_what_the_file_says_until_it_says_something_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CLOCK, str(tmp_path / "clock"))
    set_clock(tmp_path / "clock", INDEPENDENCE_DAY)
    assert now() == INDEPENDENCE_DAY
    assert now_us() == 1_372_955_400_250_000
    set_clock(tmp_path / "clock", INDEPENDENCE_DAY.astimezone(timezone(timedelta(hours=-4))))
    assert now() == INDEPENDENCE_DAY, "another offset is the same time"


@pytest.mark.parametrize("text", ["", "yesterday", "2013-07-04", "2013-07-04T12:00:00"])
def test_a_file_that_tells_no_time_is_an_error(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "clock"
    path.write_text(text)
    monkeypatch.setenv(CLOCK, str(path))
    with pytest.raises(LifecycleError, match="FLYWHEEL_CLOCK"):
        now()


def test_no_file_is_an_error_and_not_the_machines_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CLOCK, str(tmp_path / "nothing"))
    with pytest.raises(LifecycleError, match="tells no time"):
        now()


def test_a_time_without_a_zone_is_not_set(tmp_path: Path) -> None:
    with pytest.raises(LifecycleError, match="no time zone"):
        set_clock(tmp_path / "clock", datetime(2013, 7, 4))
    assert not (tmp_path / "clock").exists()

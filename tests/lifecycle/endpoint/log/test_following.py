"""A segment that is read while it grows: the looks together see what one look at the end sees."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.endpoint.log.following import Followed, ShorterFileError
from lifecycle.endpoint.log.reading import read_segment
from lifecycle.endpoint.log.writing import RequestLog
from lifecycle.spec.deployment import RequestLogSection
from tests.fakes.logged import append

REQUESTS = 12


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A whole segment."""
    folder = tmp_path_factory.mktemp("log")
    log = RequestLog(folder, model="orders", settings=RequestLogSection())
    for i in range(REQUESTS):
        append(log, f"r-{i}")
    log.close()
    (path,) = folder.glob("*.segment")
    return path.read_bytes()


@settings(max_examples=40)
@given(data=st.data())
def test_looks_at_any_moments_see_each_row_once(
    written: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("grown") / "1.open"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(written)), max_size=6)))
    followed, seen = Followed(), []
    for cut in [*cuts, len(written)]:
        # A write may be seen half finished.
        path.write_bytes(written[:cut])
        seen += followed.advance(path)
    assert seen == read_segment(path).rows
    assert [row.request for row in seen] == [f"r-{i}" for i in range(REQUESTS)]
    assert followed.advance(path) == []


def test_a_file_that_became_shorter_is_another_one(written: bytes, tmp_path: Path) -> None:
    path = tmp_path / "1.open"
    path.write_bytes(written)
    followed = Followed()
    followed.advance(path)
    path.write_bytes(written[: len(written) // 2])
    with pytest.raises(ShorterFileError):
        followed.advance(path)


def test_what_is_no_segment_has_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "1.open"
    path.write_bytes(b"translated as text\n")
    followed = Followed()
    assert followed.advance(path) == []
    assert followed.read_bytes == 0

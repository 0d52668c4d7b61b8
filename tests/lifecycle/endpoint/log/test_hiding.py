"""The secret that hides sensitive keys in the log."""

import stat
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

import pytest

from lifecycle.endpoint.log.hiding import SECRET_FILE, keep_secret, pseudonym, secret_of
from lifecycle.errors import LifecycleError


def test_an_endpoint_has_one_secret_of_its_own_that_only_its_owner_reads(tmp_path: Path) -> None:
    for folder in (tmp_path / "a", tmp_path / "a", tmp_path / "b"):
        keep_secret(folder)
        first = secret_of(tmp_path / "a")
        keep_secret(folder)
        assert secret_of(tmp_path / "a") == first
    assert len(first) == 32 and first != secret_of(tmp_path / "b")
    assert stat.S_IMODE((tmp_path / "a" / SECRET_FILE).stat().st_mode) == 0o600


def test_without_a_secret_no_key_is_hidden_by_what_everybody_knows(tmp_path: Path) -> None:
    found = pseudonym(secret_of(tmp_path), "7")
    assert found == pseudonym(secret_of(tmp_path), "7")
    assert found != blake2b(b"7", digest_size=16).hexdigest()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(lambda path: path.write_text(path.read_text()[:40]), "was changed", id="cut off"),
        pytest.param(lambda path: path.write_bytes(b"\xff" * 65), "was changed", id="something else"),
        pytest.param(lambda path: (path.unlink(), path.mkdir()), "cannot be read", id="no file"),
    ],
)
def test_a_secret_that_is_none_is_told_without_what_is_left_of_it(
    tmp_path: Path, change: Callable[[Path], object], told: str
) -> None:
    keep_secret(tmp_path)
    begins = (tmp_path / SECRET_FILE).read_text()[:8]
    change(tmp_path / SECRET_FILE)
    with pytest.raises(LifecycleError, match=told) as caught:
        secret_of(tmp_path)
    assert begins not in str(caught.value)

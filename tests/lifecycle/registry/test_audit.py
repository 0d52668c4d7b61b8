"""The form of a file against its name: what has another form than its kind's is refused, and never loaded."""

import gzip
import io
import os
import pickle
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.registry import audit as module
from lifecycle.registry.audit import BundleError, audit_file, names_problem, read_plain

NAMES = ("plan.json", "model.ubj", "wind.parquet")


def as_zip(content: bytes, *, before: bytes = b"", comment: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../out", content)
        archive.comment = comment
    return before + out.getvalue()


def as_tar(content: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("../../out"), io.BytesIO(content))
    return out.getvalue()


def as_parquet(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


TABLE = as_parquet(pa.table({"a": [1, 2]}))
SOUND = {"plan.json": b'{"a": [1]}\n', "model.ubj": b"{L\0\0}", "wind.parquet": TABLE}
DISGUISED: dict[str, tuple[bytes, str]] = {
    **{f"pickle of protocol {n}": (pickle.dumps([1, "a"], n), "a pickle" if n > 1 else "") for n in range(6)},
    "zip, as of PyTorch and NumPy": (as_zip(b"x"), "a zip archive"),
    "gzip": (gzip.compress(b"{}"), "gzip"),
    "tar": (as_tar(b"x"), ""),
    "program": (b"\x7fELF\2\1\1" + b"\0" * 60, "a program"),
    "script": (b"#!/bin/sh\ntouch harm\n", "a script"),
    "NumPy array of objects": (b"\x93NUMPY\1\0", "a NumPy file"),
    "page": (b"<script>alert(1)</script>", ""),
    "nothing": (b"", ""),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_sound_file_passes_with_its_size_and_digest(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(SOUND[name])
    audited = audit_file(tmp_path / name, name)
    assert audited.size == len(SOUND[name])
    assert len(audited.sha256) == 64


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("disguised", DISGUISED)
def test_what_has_another_form_is_refused_and_named(tmp_path: Path, name: str, disguised: str) -> None:
    content, what = DISGUISED[disguised]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BundleError, match=f"^{name} is not .*, it holds {what}"):
        audit_file(tmp_path / name, name)


@pytest.mark.parametrize("name", NAMES)
def test_a_zip_behind_a_sound_beginning_is_refused(tmp_path: Path, name: str) -> None:
    ends = {"plan.json": b"}", "model.ubj": b"}", "wind.parquet": b"PAR1"}[name]
    (tmp_path / name).write_bytes(as_zip(b"x", before=SOUND[name], comment=ends))
    assert zipfile.is_zipfile(tmp_path / name)
    with pytest.raises(BundleError, match=f"{name} is (a zip archive as well|not JSON)"):
        audit_file(tmp_path / name, name)


def test_the_mark_of_a_zip_by_chance_in_large_weights_is_no_zip(tmp_path: Path) -> None:
    (tmp_path / "model.ubj").write_bytes(b"{L" + b"\x01" * 50 + b"PK\x05\x06" + b"\x01" * 50 + b"}")
    assert audit_file(tmp_path / "model.ubj", "model.ubj").size == 107


def test_a_table_that_claims_billions_of_rows_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A bomb: a few hundred bytes of run-length code. The limit is lowered: the test need not make a real one.
    monkeypatch.setattr(module, "MAX_CELLS", 999_999)
    bomb = as_parquet(pa.table({"a": pa.array([7] * 1_000_000, pa.int8())}))
    assert len(bomb) < 10_000
    (tmp_path / "wind.parquet").write_bytes(bomb)
    with pytest.raises(
        BundleError, match=r"wind.parquet claims to hold 1,000,000 values; .* 999,999 at most"
    ):
        audit_file(tmp_path / "wind.parquet", "wind.parquet")


class Exploding:
    """Makes a folder when it is unpickled."""

    def __init__(self, mark: str) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.mkdir, (self.mark,)


def test_a_pickle_in_the_schema_of_a_table_never_runs(tmp_path: Path) -> None:
    # Arrow before 14.0.1 unpickled such a type when it read the file (CVE-2023-47248).
    harm = {
        "ARROW:extension:name": "arrow.py_extension_type",
        "ARROW:extension:metadata": pickle.dumps(Exploding(str(tmp_path / "harm"))),
    }
    schema = pa.schema([pa.field("a", pa.int64(), metadata=harm)])
    (tmp_path / "wind.parquet").write_bytes(as_parquet(pa.table({"a": [1]}, schema=schema)))
    audit_file(tmp_path / "wind.parquet", "wind.parquet")
    assert pq.read_table(tmp_path / "wind.parquet").num_rows == 1
    assert not (tmp_path / "harm").exists()


def test_half_a_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "wind.parquet").write_bytes(b"PAR1" + b"\0" * 40 + b"PAR1")
    with pytest.raises(BundleError, match=r"wind.parquet is not Parquet: "):
        audit_file(tmp_path / "wind.parquet", "wind.parquet")


@pytest.mark.parametrize(
    ("make", "why"),
    [
        pytest.param(lambda p: None, r"cannot be read \(No such file", id="nothing"),
        pytest.param(lambda p: p.mkdir(), "is no plain file", id="a folder"),
        pytest.param(lambda p: p.symlink_to("/etc/hostname"), "symbolic links", id="a link"),
        pytest.param(lambda p: os.mkfifo(p), "is no plain file", id="a pipe nobody writes to"),
        pytest.param(lambda p: p.write_bytes(b"12345"), "is larger than 4 bytes", id="too large"),
    ],
)
def test_only_a_plain_file_of_bounded_size_is_read(
    tmp_path: Path, make: Callable[[Path], Any], why: str
) -> None:
    make(tmp_path / "x.json")
    with pytest.raises(BundleError, match=f"x.json .*{why}"):
        read_plain(tmp_path / "x.json", max_bytes=4)


def test_a_device_is_not_read() -> None:
    with pytest.raises(BundleError, match="zero is no plain file"):
        read_plain(Path("/dev/zero"), max_bytes=4)


BAD_NAMES = {
    "parent": "../x.json",
    "parent in the middle": "a/../x.json",
    "encoded": "%2e%2e%2fx.json",
    "encoded twice": "%252e%252e%252fx.json",
    "absolute": "/etc/passwd",
    "address": "file://etc/passwd",
    "Windows": "..\\x.json",
    "drive": "C:x.json",
    "NUL": "x.json\0.json",
    "line break": "x.json\n",
    "control": "\x1b[2Jx.json",
    "hidden": ".x.json",
    "look-alike letters": "plаn.json",  # noqa: RUF001  # that is the point: a Cyrillic letter
    "right to left": "x\u202enosj.json",
    "too long": "x" * 10_000,
    "too deep": "a/b/c/x.json",
    "empty": "",
}


@pytest.mark.parametrize("name", BAD_NAMES.values(), ids=BAD_NAMES)
def test_a_name_that_could_mean_another_file_is_refused(name: str) -> None:
    problem = names_problem(["plan.json", name])
    assert problem is not None and "is no name of a bundle's file" in problem
    assert len(problem) < 1000


@given(
    st.sets(
        st.from_regex(r"[a-z][a-z0-9_]{0,20}(/[a-z0-9][a-z0-9_]{0,20})?\.(json|ubj|parquet)", fullmatch=True)
    )
)
def test_plain_names_are_names(names: set[str]) -> None:
    assert names_problem(names) is None


@given(st.text(max_size=30))
def test_no_name_leads_out_of_its_folder(name: str) -> None:
    if names_problem([name]) is None:
        folder = Path("/bundles/b")
        assert folder in Path(os.path.normpath(folder / name)).parents


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_was_cut_is_said_to_be_cut(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(SOUND[name][:-3])
    with pytest.raises(BundleError, match=f"{name} does not end as .*: it was cut or changed"):
        audit_file(tmp_path / name, name)

"""Texts, names and paths that mean harm are refused, and nothing of them is executed, read or expanded."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.parse import MAX_SPEC_BYTES, SpecError, load_spec, parse_spec, resolve_path
from tests.fakes.orders import ORDERS
from tests.lifecycle.spec.problems import changed, problems_of


@pytest.mark.parametrize(
    ("text", "path", "found"),
    [
        pytest.param(
            "a: !!python/object/apply:os.system [x]", "line 1, column 4", "the tag", id="python object"
        ),
        pytest.param("a: !!python/name:os.system", "line 1, column 4", "the tag", id="python name"),
        pytest.param("!!python/object:os.X {}", "line 1, column 1", "the tag", id="tag at the top"),
        pytest.param("a: !!timestamp nonsense", "line 1, column 4", "the tag", id="a tag of YAML itself"),
        pytest.param("a: &x [1]\nb: *x", "line 2, column 4", "an alias", id="alias"),
        pytest.param("a: 1\nb: 2\na: 3", "line 3, column 1", "the key 'a' twice", id="a key twice"),
        pytest.param("[a]: 1", "line 1, column 1", "a key that is no plain word", id="a list as a key"),
        pytest.param("a: {b: 1, c", "line 1, column 12", "", id="not closed"),
        pytest.param("a: 2013-02-30", "(file)", "", id="a day that never was"),
        pytest.param("a: " + "9" * 5000, "(file)", "", id="a number too long to read"),
        pytest.param("a: \0", "(file)", "", id="NUL"),
        pytest.param("a: \x07", "(file)", "", id="control character"),
        pytest.param("[" * 2_000, "(file)", "values nested too deeply", id="nested too deeply"),
        pytest.param("- a", "(file)", "list", id="not a mapping"),
        pytest.param("", "(file)", "NoneType", id="empty"),
        pytest.param("a: 1\n---\nb: 2", "line 2, column 1", "", id="two documents"),
    ],
)
def test_yaml_that_is_not_plain_is_refused(text: str, path: str, found: str) -> None:
    (problem,) = problems_of(text)
    assert problem.path == path
    assert problem.found.startswith(found)


def test_a_tag_is_refused_before_anything_is_called(tmp_path: Path) -> None:
    harm = tmp_path / "harm"
    problems_of(f"a: !!python/object/apply:os.mkdir ['{harm}']")
    assert not harm.exists()


def test_a_bomb_of_aliases_costs_nothing() -> None:
    layers = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 12))
    began = time.monotonic()
    problems_of(f"l0: &l0 [lol]\n{layers}")
    assert time.monotonic() - began < 1


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text("# " + "x" * 2_000_000)
    with pytest.raises(SpecError, match=f"allowed: at most {MAX_SPEC_BYTES} characters"):
        load_spec(path)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"], ids=["missing", "not text"])
def test_an_unreadable_file_is_a_problem_of_the_spec(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "spec.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SpecError, match="allowed: a readable UTF-8 text file"):
        load_spec(path)


BAD_NAMES = ["../x", "%2e%2e%2fx", "%252e", "/etc/passwd", "file:///x", "a\0b", "a\x1bb", "a\n", "x" * 10_000]
BAD_NAMES += ["\u0430bc", "", "A", "1a", "a b", "a;drop table x", "a-b", "a.b"]  # the first is a Cyrillic a


@pytest.mark.parametrize("name", BAD_NAMES, ids=lambda name: ascii(name)[:20])
def test_a_name_that_could_be_anything_but_a_name_is_refused(name: str) -> None:
    raw = parse_spec(ORDERS).model_dump(mode="python")
    for spoilt in (
        raw | {"model": raw["model"] | {"name": name}},
        raw | {"features": raw["features"] | {"lookups": {name: raw["features"]["lookups"]["stock"]}}},
    ):
        with pytest.raises(ValueError, match="match pattern"):
            ModelSpec.model_validate(spoilt)


@pytest.mark.parametrize(
    "name", [name for name in BAD_NAMES if name != "A"], ids=lambda name: ascii(name)[:20]
)
def test_a_column_that_could_be_anything_but_a_column_is_refused(name: str) -> None:
    raw = parse_spec(ORDERS).model_dump(mode="python")
    columns = {**raw["data"]["columns"], name: {"type": "int"}}
    with pytest.raises(ValueError, match="match pattern"):
        ModelSpec.model_validate(raw | {"data": raw["data"] | {"columns": columns}})


def with_sql(name: str) -> str:
    return changed("{files: orders.parquet}", f'{{sql: "{name}", tables: {{t: t.csv}}}}')


def test_the_text_of_an_sql_file_takes_its_names_place(tmp_path: Path) -> None:
    (tmp_path / "data.sql").write_text("SELECT * FROM t")
    assert parse_spec(with_sql("data.sql"), folder=tmp_path).data.source.sql == "SELECT * FROM t"


@pytest.mark.parametrize(
    "name",
    [
        "../secret.sql",
        "/etc/secret.sql",
        "link.sql",
        "gone.sql",
        "folder.sql",
        "latin.sql",
        "a\\0b.sql",
        "x" * 10_000 + ".sql",
    ],
    ids=["above", "absolute", "link out", "missing", "folder", "not UTF-8", "NUL", "10,000 characters"],
)
def test_an_sql_file_is_read_from_the_specs_folder_only(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "model"
    (folder / "folder.sql").mkdir(parents=True)
    (folder / "latin.sql").write_bytes(b"SELECT '\xe9'")
    (tmp_path / "secret.sql").write_text("SELECT 'secret'")
    (folder / "link.sql").symlink_to(tmp_path / "secret.sql")
    (problem,) = problems_of(with_sql(name), folder)
    assert problem.path == "data.source.sql"
    assert len(problem.found) < 200
    assert problem.allowed.startswith(f"SQL text, or a readable UTF-8 file in {folder}")
    assert "'secret'" not in str(problem)


@pytest.mark.parametrize(
    "template", ["${HOME}/x", "${FLYWHEEL_HOME}/${TOKEN}", "${FLYWHEEL_HOME:-x}", "a\0b"]
)
def test_no_other_variable_ends_up_in_a_path(template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "s3cret")
    with pytest.raises(SpecError) as caught:
        resolve_path(template, folder=Path("/m"), home=Path("/h"))
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("a/b.parquet", "/m/a/b.parquet"),
        ("./a/../b.parquet", "/m/b.parquet"),
        ("/abs/b.parquet", "/abs/b.parquet"),
        ("${FLYWHEEL_HOME}/lake/*.parquet", "/h/lake/*.parquet"),
        ("gs://bucket/a.parquet", "gs://bucket/a.parquet"),
        ("$HOME/a", "/m/$HOME/a"),
    ],
)
def test_a_path_starts_at_the_specs_folder(template: str, expected: str) -> None:
    assert resolve_path(template, folder=Path("/m"), home=Path("/h")) == expected


@given(st.text(max_size=200) | st.text("[]{}:,!&*#-?'\"\n 01ab", max_size=60))
def test_any_text_is_a_spec_or_a_spec_error(text: str) -> None:
    with pytest.raises(SpecError):
        parse_spec(text)

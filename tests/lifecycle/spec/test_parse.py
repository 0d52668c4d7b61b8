"""Every way a spec can be wrong ends in problems that name path, found and allowed; and nothing is executed."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.errors import LifecycleError
from lifecycle.spec.parse import MAX_SPEC_BYTES, Problem, SpecError, load_spec, parse_spec, resolve_path
from lifecycle.spec.records import DeploymentSection, ModelSpec, Window
from tests.fakes.orders import ORDERS


def problems_of(text: str, folder: Path | None = None) -> list[Problem]:
    with pytest.raises(SpecError) as caught:
        parse_spec(text, folder=folder)
    return list(caught.value.problems)


def changed(old: str, new: str) -> str:
    assert ORDERS.count(old) == 1, old
    return ORDERS.replace(old, new)


def test_a_good_spec_is_read_with_its_defaults() -> None:
    spec = parse_spec(ORDERS)
    assert (spec.name, spec.model.task, spec.data.entity) == ("orders", "binary", "order_id")
    assert spec.data.columns["amount"].null_share == 0.25
    assert spec.training.window == Window(kind="expanding")
    assert spec.deployment == DeploymentSection(port=8710, max_batch=1000)
    assert spec.job is False


def test_the_example_of_the_project_is_read() -> None:
    path = Path(__file__).parents[3] / "models" / "flight_delay" / "spec.yaml"
    spec = load_spec(path)
    assert spec.folder == path.parent
    assert spec.data.source.sql is not None and "FROM flights" in spec.data.source.sql


@pytest.mark.parametrize(
    ("old", "new", "path", "found", "allowed"),
    [
        pytest.param(
            "min: 1,", "mni: 1,", "data.columns.items.mni", "an unknown key",
            "type, null_share, min, max, allowed, description", id="misspelt key of a column",
        ),
        pytest.param(
            "columns: {level: int}", "columns: {level: int}\n      ttl: 3h", "features.lookups.stock.ttl",
            "an unknown key", "table, key, known_at, max_age, columns", id="unknown key of a lookup",
        ),
        pytest.param(
            "[{metric: auc, min: 0.6}]", "[{metric: auc, mim: 0.6}]", "evaluation.gates.0.mim",
            "an unknown key", "metric, min, max, on, min_rows", id="unknown key in a list",
        ),
        pytest.param(
            "evaluation:", "evalution: {}\nevaluation:", "evalution", "an unknown key",
            "model, data, features, training, evaluation, deployment, retrain, job", id="unknown section",
        ),
        pytest.param(
            "task: binary", "task: binry", "model.task", "'binry'", "'binary', 'multiclass' or 'regression'",
            id="unknown task",
        ),
        pytest.param(
            "  entity: order_id\n", "", "data.entity", "nothing", "a value: this key is required",
            id="missing key",
        ),
        pytest.param(
            "{every: day, start: 2024-03-01}", "{every: day, start: 2024-03-01, end: 2024-03-01}",
            "data.partition", "keys that do not fit together", "`end` 2024-03-01 is not after `start` 2024-03-01",
            id="partitions that end before they start",
        ),
        pytest.param(
            "time_zone: UTC", "time_zone: America", "data.time_zone", "'America'",
            "a time zone is an IANA name such as UTC or America/New_York", id="a folder of the zone database",
        ),
        pytest.param(
            "time_zone: UTC", "time_zone: ../../etc/passwd", "data.time_zone", "'../../etc/passwd'",
            "a time zone is an IANA name such as UTC or America/New_York", id="a zone outside the database",
        ),
        pytest.param(
            "known_at: known_at}", "delay: 3 weeks}", "data.label.delay", "'3 weeks'",
            "a duration is a whole number and a unit: 90s, 15m, 3h or 2d", id="unit of a duration",
        ),
        pytest.param(
            "known_at: known_at}", "delay: 99999999d}", "data.label.delay", "'99999999d'",
            "less than or equal to 3153600000", id="a delay longer than any calendar",
        ),
        pytest.param(
            "{column: returned, known_at: known_at}", "{column: returned}", "data.label",
            "keys that do not fit together",
            "say when the label becomes known: exactly one of `known_at` (a time column) and `delay`",
            id="a label for which no time is known",
        ),
        pytest.param(
            "event_time: ordered_at", "event_time: shop", "data", "keys that do not fit together",
            "`event_time` 'shop' is string; allowed: timestamp", id="event time that is no time",
        ),
        pytest.param(
            "entity: order_id", "entity: id", "data", "keys that do not fit together",
            "`entity` names the column 'id', which `columns` does not list", id="entity that no column bears",
        ),
        pytest.param(
            "shop: {type: string,", "shop: {type: string, min: 3,", "data.columns.shop",
            "keys that do not fit together", "`min` and `max` are for int and float columns, this one is string",
            id="range of a text",
        ),
        pytest.param(
            "{type: float, min: 0, max: 1000,", "{type: float, min: 9, max: 1,", "data.columns.amount",
            "keys that do not fit together", "`min` 9.0 is above `max` 1.0", id="empty range",
        ),
        pytest.param(
            "min: 0, max: 1000,", "min: 0, max: .inf,", "data.columns.amount.max", "inf", "a finite number",
            id="a bound that is no number",
        ),
        pytest.param(
            "allowed: [north, south]", "allowed: [NO, SO]", "data.columns.shop", "keys that do not fit together",
            "`allowed` holds False, which is no string: put it in quotes, or drop it",
            id="a word that YAML reads as a boolean",
        ),
        pytest.param(
            "items: {type: int,", "items: {type: int, allowed: [1, true],", "data.columns.items",
            "keys that do not fit together",
            "`allowed` holds True, which is no int: put it in quotes, or drop it", id="a boolean among integers",
        ),
        pytest.param(
            "{files: orders.parquet}", "{files: a.csv, sql: SELECT 1}", "data.source",
            "keys that do not fit together", "give exactly one of `files` and `sql`", id="two sources",
        ),
        pytest.param(
            "{files: orders.parquet}", "{sql: SELECT 1}", "data.source", "keys that do not fit together",
            "`sql` reads only what `tables` names: name at least one table", id="SQL without tables",
        ),
        pytest.param(
            "gates: [{metric: auc, min: 0.6}]", "gates: []", "evaluation", "keys that do not fit together",
            "a model without a gate would deploy anything: give at least one", id="no gate",
        ),
        pytest.param(
            "min: 0.6}]", "min: 0.6}, {metric: auc, min: 0.7}]", "evaluation",
            "keys that do not fit together", "two gates share a name: auc_min, auc_min", id="a gate twice",
        ),
        pytest.param(
            "min: 0.6}]", "min: 0.6, max: 0.7}]", "evaluation.gates.0", "keys that do not fit together",
            "a gate has exactly one of `min` and `max`", id="a gate with two sides",
        ),
        pytest.param(
            "evaluation:", "deployment: {port: 87100}\nevaluation:", "deployment.port", "87100",
            "less than or equal to 65535", id="a port beyond all ports",
        ),
        pytest.param(
            "evaluation:", 'deployment: {port: "8710"}\nevaluation:', "deployment.port", "'8710'",
            "a valid integer", id="text is not a number",
        ),
        pytest.param(
            "evaluation:", "training: {window: {kind: rolling}}\nevaluation:", "training.window",
            "keys that do not fit together", "`partitions` goes with kind `rolling`, and only with it",
            id="rolling over no partitions",
        ),
        pytest.param(
            "evaluation:", "training: {validation: 0.5}\nevaluation:", "training.validation", "0.5",
            "less than 0.5", id="a validation share that leaves nothing",
        ),
        pytest.param(
            "known_at: seen_at\n", "max_age: 3h\n", "features.lookups.stock", "keys that do not fit together",
            "`max_age` needs `known_at`: a row without a time has no age", id="age without a time",
        ),
        pytest.param(
            "task: binary", "task: binary, owners: [bob]", "model.owners.0", "'bob'",
            "String should match", id="an owner that Dagster would refuse",
        ),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_with_path_found_and_allowed(
    old: str, new: str, path: str, found: str, allowed: str
) -> None:
    (problem,) = problems_of(changed(old, new))
    assert (problem.path, problem.found) == (path, found)
    assert problem.allowed.startswith(allowed)


@pytest.mark.parametrize(
    "cron",
    ["", "0 6 1 *", "0 6 1 * * *", "60 6 1 * *", "0 24 1 * *", "0 6 0 * *", "0 6 1 13 *", "0 6 1 * 8", "5-1 * * * *"]
    + ["a * * * *", "*/0 * * * *", "1,, * * * *", "@daily", "0 6 1 * *; rm", "0 6 1 * \u0661"],
)
def test_a_schedule_that_dagster_would_refuse_is_a_problem_of_the_spec(cron: str) -> None:
    (problem,) = problems_of(f'{ORDERS}retrain: {{schedule: "{cron}"}}\n')
    assert problem.path == "retrain.schedule"


@pytest.mark.parametrize("cron", ["0 6 1 * *", "*/15 0-23 * 1,6,12 1-5", "0 0 * * 7", "59 23 31 12 0-6/2"])
def test_a_schedule_is_kept_as_written(cron: str) -> None:
    assert parse_spec(f'{ORDERS}retrain: {{schedule: "{cron}"}}\n').retrain.schedule == cron


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    text = changed("task: binary", "task: bin").replace("every: day", "every: year").replace("amount: amount", "1: 2")
    text = text.replace("{files: orders.parquet}", "{sql: gone.sql, tables: {a: b}}")
    found = problems_of(text, tmp_path)
    assert {problem.path.rpartition(".[key]")[0] or problem.path for problem in found} == {
        "model.task",
        "data.source.sql",
        "data.partition.every",
        "features.columns.1",
    }


def test_the_message_counts_names_and_ends_well() -> None:
    with pytest.raises(LifecycleError) as caught:
        parse_spec(changed("task: binary", "task: bin"), where="models/orders/spec.yaml")
    assert str(caught.value) == (
        "models/orders/spec.yaml: 1 problem; nothing was changed:\n"
        "  model.task: found 'bin'; allowed: 'binary', 'multiclass' or 'regression'"
    )


@pytest.mark.parametrize(
    ("text", "path", "found"),
    [
        pytest.param("a: !!python/object/apply:os.system [x]", "line 1, column 4", "the tag", id="python object"),
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
        pytest.param("[" * 20_000, "(file)", "values nested too deeply", id="nested too deeply"),
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


@pytest.mark.parametrize("name", [name for name in BAD_NAMES if name != "A"], ids=lambda name: ascii(name)[:20])
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
    ["../secret.sql", "/etc/secret.sql", "link.sql", "gone.sql", "folder.sql", "latin.sql", "a\\0b.sql", "x" * 10_000 + ".sql"],
    ids=["above", "absolute", "link out", "missing", "folder", "not UTF-8", "NUL", "10,000 characters"],
)
def test_an_sql_file_is_read_from_the_specs_folder_only(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "model"
    (folder / "folder.sql").mkdir(parents=True)
    (folder / "latin.sql").write_bytes(b"SELECT '\xe9'")
    (tmp_path / "secret.sql").write_text("SELECT 'secret'")
    os.symlink(tmp_path / "secret.sql", folder / "link.sql")
    (problem,) = problems_of(with_sql(name), folder)
    assert problem.path == "data.source.sql"
    assert len(problem.found) < 200
    assert problem.allowed.startswith(f"SQL text, or a readable UTF-8 file in {folder}")
    assert "'secret'" not in str(problem)


@pytest.mark.parametrize("template", ["${HOME}/x", "${FLYWHEEL_HOME}/${TOKEN}", "${FLYWHEEL_HOME:-x}", "a\0b"])
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

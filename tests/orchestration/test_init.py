"""`flywheel init`: a folder whole or not at all, one clear error for what no model can be made of."""

import random
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lifecycle.data.contract import check_contract
from lifecycle.errors import LifecycleError
from lifecycle.spec.infer.answers import Answers, Undecided
from lifecycle.spec.model_spec import ModelSpec
from orchestration import cli
from orchestration.build import SPEC_FILE, load_model
from orchestration.environments import Environment
from orchestration.init import free_port, init_model, source_path
from resources.warehouse.base import ALL_TIME
from resources.warehouse.find_table import find_table
from resources.warehouse.inspect import inspecting
from tests.orchestration.conftest import AddModel

HOSTILE = (
    "a'; DROP TABLE x; --",
    "b: {y: !!python/object [}",
    "../../etc/passwd",
    'c"d',
    "line\nbreak",
    "select",
    "日本",
)


def csv_of(path: Path, *lines: str) -> str:
    path.write_text("".join(f"{line}\n" for line in lines))
    return str(path)


def good(path: Path, rows: int = 200) -> str:
    chance = random.Random(3)
    body = [f"{chance.random():.6f},{chance.choice('xyz')},{chance.randint(0, 1)}" for _ in range(rows)]
    return csv_of(path, "amount,kind,label", *body)


def invoices(path: Path, *, days: int = 100, late: int | None = None) -> str:
    """Invoices of as many days; half of them are paid `late` days after, or never: that is the label."""
    chance = random.Random(5)
    body = []
    for number in range(200):
        issued, is_late = date(2024, 1, 1) + timedelta(days=number % days), chance.random() < 0.5
        after = late if is_late else 3
        paid = "" if after is None else issued + timedelta(days=after)
        body.append(f"I{number},{issued},{chance.random():.4f},{paid},{int(is_late)}")
    return csv_of(path, "invoice_id,issued_at,amount,paid_at,label", *body)


def drafted(environment: Environment, told: str, answers: Answers = Answers(), **more: object) -> ModelSpec:  # noqa: B008  # frozen
    lines = list(init_model(environment, told, answers, **more))  # type: ignore[arg-type]  # as given
    return load_model(environment.models / lines[0].partition(":")[0] / SPEC_FILE)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("empty.csv", b"", "one column"),
        ("header.csv", b"a,b\n", "has no rows"),
        ("one.csv", b"a\n1\n2\n", "one column"),
        ("numbers.csv", b"1,2.5\n3,4\n5,6\n", "no line with the names of its columns"),
        ("garbage.csv", bytes(range(256)) * 20, "cannot be read"),
        ("garbage.parquet", bytes(range(256)) * 20, "cannot be read"),
        (
            "wide.csv",
            b",".join(b"c%d" % i for i in range(1001)) + b"\n" + b"1," * 1000 + b"1\n",
            "1,001 columns",
        ),
        ("nothing.csv", b"a,b,label\n1,2,\n2,3,\n", "what is to be predicted"),
        ("same.csv", b"a,b,label\n1,2,x\n2,3,x\n", "what is to be predicted"),
        ("table.xlsx", b"x", "must all end in"),
    ],
)
def test_what_no_model_can_be_made_of_is_one_error_and_nothing_is_written(
    environment: Environment, tmp_path: Path, name: str, content: bytes, why: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(LifecycleError, match=why) as caught:
        list(init_model(environment, str(tmp_path / name), Answers()))
    assert len(str(caught.value)) < 1000
    assert list(environment.models.iterdir()) == []


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("missing.csv", "there is no file"),
        ("project.dataset.table", "BigQuery is not supported yet"),
        ("bq://p.d.t", "BigQuery is not supported yet"),
        ("s3://bucket/x.parquet", "no path on this machine"),
        ("missing.duckdb::t", "there is no file"),
    ],
)
def test_a_table_that_is_not_there(environment: Environment, table: str, why: str) -> None:
    with pytest.raises(LifecycleError, match=why):
        list(init_model(environment, table, Answers()))


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        (Answers(label="nope"), "--label names 'nope'"),
        (Answers(entity="kind"), "--entity kind is no key"),
        (Answers(time="kind"), "--time kind is string"),
        (Answers(drop=("nope",)), "--drop names 'nope'"),
        (Answers(drop=("amount", "kind")), "no column is left"),
        (Answers(name="../x"), "--name is '../x'"),
        (Answers(known_at="nope"), "--known-at names 'nope'"),
        (Answers(known_at="amount"), "--known-at amount needs an event time.*--drop amount"),
        (Answers(label_delay_s=0), "--label-delay needs an event time"),
    ],
)
def test_a_flag_that_does_not_fit(
    environment: Environment, tmp_path: Path, answers: Answers, why: str
) -> None:
    with pytest.raises(LifecycleError, match=why):
        list(init_model(environment, good(tmp_path / "t.csv"), answers))
    assert list(environment.models.iterdir()) == []


@pytest.mark.parametrize("days", [pytest.param(100, id="told none"), pytest.param(2, id="too few times")])
def test_when_the_label_became_known_is_no_feature_of_a_table_without_event_time(
    environment: Environment, tmp_path: Path, days: int
) -> None:
    told, table = Answers(time="none" if days == 100 else None), invoices(tmp_path / "t.csv", days=days)
    with pytest.raises(LifecycleError, match=r"--known-at paid_at needs an event time.*--time COLUMN"):
        list(init_model(environment, table, replace(told, known_at="paid_at")))
    assert list(environment.models.iterdir()) == []
    lines = list(init_model(environment, table, told))
    assert any(line.startswith("  mind        paid_at is left out: it sounds like") for line in lines)
    spec = load_model(environment.models / "t" / SPEC_FILE)
    assert (spec.data.event_time, "paid_at" in spec.data.columns) == (None, False)


def test_the_time_when_the_label_became_known_is_not_taken_for_the_event(
    environment: Environment, tmp_path: Path
) -> None:
    table = Path(invoices(tmp_path / "t.csv", late=30))
    table.write_text(table.read_text().replace("issued_at", "day").replace("paid_at", "observed_at"))
    spec = drafted(environment, str(table), Answers(known_at="observed_at"))
    assert (spec.data.event_time, spec.data.label.known_at) == ("day", "observed_at")


@pytest.mark.parametrize(
    ("suffix", "kind", "odd", "read_as"),
    [
        pytest.param("parquet", "DOUBLE", "inf", "float", id="an infinite number"),
        pytest.param("parquet", "TIMESTAMP", "infinity", "timestamp", id="an infinite time"),
        pytest.param("csv", "DOUBLE", "NaN", "float", id="text: NaN"),
        pytest.param("csv", "DOUBLE", "1e999", "float", id="text: beyond what a number holds"),
        pytest.param("csv", "BIGINT", "n/a", "int", id="text: a word for missing"),
        pytest.param("csv", "TIMESTAMP", "infinity", "timestamp", id="text: an infinite time"),
    ],
)
def test_what_the_sample_lacks_breaks_no_contract(
    environment: Environment,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    suffix: str,
    kind: str,
    odd: str,
    read_as: str,
) -> None:
    monkeypatch.setattr("resources.warehouse.inspect.SAMPLE_ROWS", 100)
    path = tmp_path / f"t.{suffix}"
    value = "TIMESTAMP '2024-01-01' + i * INTERVAL 5 HOUR" if kind == "TIMESTAMP" else "hash(i) % 50"
    stored = "VARCHAR" if suffix == "csv" else kind
    for row in range(20):
        usual = f"CAST(CAST({value} AS {kind}) AS {stored})"
        x = f"CASE WHEN i = {row} THEN CAST('{odd}' AS {stored}) ELSE {usual} END AS x"
        query = f"SELECT i AS id, {x}, hash(i, 2) % 2 AS label FROM range(1000) t(i)"
        with duckdb.connect() as connection:
            connection.execute(f"COPY ({query}) TO '{path}' (FORMAT {suffix})")
        with inspecting(find_table(str(path), table=None, home=tmp_path).files) as inspection:
            if not inspection.rows(f"SELECT 1 FROM sample WHERE CAST(id AS BIGINT) = {row}"):
                break
    spec = drafted(environment, str(path), Answers(time="none"))
    assert spec.data.columns["x"].type == read_as
    snapshot = environment.warehouse.snapshot(spec, "all", ALL_TIME)
    assert check_contract(spec, environment.warehouse.measure(spec, snapshot)) == ()
    assert environment.warehouse.read(snapshot)["x"].null_count == 1


@pytest.mark.parametrize(("clock", "warned"), [("T06:30:00", True), ("", False)], ids=["times", "dates"])
def test_times_without_a_zone_are_told(
    environment: Environment, tmp_path: Path, clock: str, warned: bool
) -> None:
    days = (date(2024, 1, 1) + timedelta(days=n) for n in range(200))
    body = [f"{day}{clock},{day.day % 9},{day.toordinal() % 2}" for day in days]
    lines = list(init_model(environment, csv_of(tmp_path / "t.csv", "at,x,label", *body), Answers()))
    assert any("at says no zone, and is read as UTC" in line for line in lines) == warned


def test_hostile_names_stay_names(environment: Environment, tmp_path: Path) -> None:
    folder = tmp_path / 'it\'s a "folder"'
    folder.mkdir()
    chance = random.Random(4)
    columns = {name: [chance.random() for _ in range(200)] for name in HOSTILE}
    labels = [chance.choice(["yes: 1", "#no\n- x"]) for _ in range(200)]
    pq.write_table(pa.table({**columns, "target": labels}), folder / "t'a\"b.parquet")
    spec = drafted(environment, str(folder / "t'a\"b.parquet"))
    assert (spec.name, spec.model.positive in ("yes: 1", "#no\n- x")) == ("t_a_b", True)
    assert len(spec.features.columns) == len(HOSTILE)
    snapshot = environment.warehouse.snapshot(spec, "all", ALL_TIME)
    read = environment.warehouse.read(snapshot)
    assert sorted(read["a_drop_table_x"].to_pylist()) == sorted(columns[HOSTILE[0]])
    assert [path.name for path in environment.models.iterdir()] == ["t_a_b"]


def test_a_key_that_was_made_does_not_depend_on_the_order_of_rows(
    environment: Environment, tmp_path: Path
) -> None:
    rows = ["1,x,0", "1,x,0", "1,x,1", *(f"{i},y,{i % 2}" for i in range(2, 100))]
    for name, lines in (("a", rows), ("b", rows[::-1])):
        csv_of(tmp_path / f"{name}.csv", "n,kind,label", *lines)
    keys = []
    for name in ("a", "b"):
        spec = drafted(environment, str(tmp_path / f"{name}.csv"), Answers(drop=()))
        keys.append(
            set(
                environment.warehouse.read(environment.warehouse.snapshot(spec, "all", ALL_TIME))[
                    "row_id"
                ].to_pylist()
            )
        )
    assert keys[0] == keys[1]
    assert len(keys[0]) == len(rows)


def test_a_key_that_was_made_stays_when_the_label_arrives(environment: Environment, tmp_path: Path) -> None:
    table, keys = Path(invoices(tmp_path / "t.csv", late=30)), []
    without_key = [line.partition(",")[2] for line in table.read_text().splitlines()]
    waiting = [f"{line.rsplit(',', 2)[0]},," for line in without_key[150:]]
    for lines in ([*without_key[:150], *waiting], without_key):
        spec = drafted(environment, csv_of(table, *lines), Answers(time="none"), force=True)
        snapshot = environment.warehouse.snapshot(spec, "all", ALL_TIME)
        keys.append(set(environment.warehouse.read(snapshot)["row_id"].to_pylist()))
    assert keys[0] == keys[1]
    assert len(keys[0]) == 200


def test_a_key_that_was_made_takes_no_columns_name(environment: Environment, tmp_path: Path) -> None:
    lines = [f"{i % 7},{i % 50},{i % 2}" for i in range(100)]
    path = csv_of(tmp_path / "t.csv", "Row_ID,n,label", *lines)
    spec = drafted(environment, path)
    assert (spec.data.entity, "Row_ID" in spec.data.columns) == ("row_id_2", True)
    assert environment.warehouse.snapshot(spec, "all", ALL_TIME).rows == 100


def test_rows_without_an_event_time_loosen_no_contract(environment: Environment, tmp_path: Path) -> None:
    table = invoices(tmp_path / "t.csv", late=30)
    with Path(table).open("a") as file:
        file.write("I999,,,,1\n")
    lines = list(init_model(environment, table, Answers()))
    assert any("1 rows without an event time are left out" in line for line in lines)
    columns = load_model(environment.models / "t" / SPEC_FILE).data.columns
    assert (columns["issued_at"].null_share, columns["amount"].null_share) == (0, 0)


def test_a_folder_that_is_there_is_kept(
    environment: Environment, tmp_path: Path, add_model: AddModel
) -> None:
    table, before = good(tmp_path / "orders.csv"), add_model("orders").read_text()
    with pytest.raises(LifecycleError, match=r"is there already.*--force"):
        list(init_model(environment, table, Answers()))
    assert (environment.models / "orders" / SPEC_FILE).read_text() == before
    assert drafted(environment, table, force=True).name == "orders"
    assert (environment.home / "backups" / "orders.1" / SPEC_FILE).read_text() == before


def test_a_draft_that_fails_leaves_a_model_alone_even_with_force(
    environment: Environment, tmp_path: Path, add_model: AddModel
) -> None:
    before = add_model("orders").read_text()
    with pytest.raises(LifecycleError):
        list(init_model(environment, csv_of(tmp_path / "orders.csv", "a,b", "1,2"), Answers(), force=True))
    assert (environment.models / "orders" / SPEC_FILE).read_text() == before


def test_a_table_in_a_duckdb_file(environment: Environment, tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE SCHEMA sales; CREATE TABLE other AS SELECT 1 AS a")
        connection.execute(
            "CREATE TABLE sales.orders AS "
            "SELECT i AS order_id, hash(i) % 9 AS amount, hash(i, 2) % 2 AS label FROM range(300) t(i)"
        )
    with pytest.raises(LifecycleError, match=r"main\.other, sales\.orders"):
        list(init_model(environment, str(tmp_path / "shop.duckdb"), Answers()))
    spec = drafted(environment, str(tmp_path / "shop.duckdb"), table="sales.orders")
    assert (spec.name, spec.data.entity) == ("orders", "order_id")
    assert environment.warehouse.snapshot(spec, "all", ALL_TIME).rows == 300


def test_a_folder_of_files_is_one_table(environment: Environment, tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    good(tmp_path / "parts" / "a.csv")
    good(tmp_path / "parts" / "b.csv", rows=100)
    spec = drafted(environment, str(tmp_path / "parts"))
    assert environment.warehouse.snapshot(spec, "all", ALL_TIME).rows == 300


def test_a_question_is_asked_where_somebody_is_there(environment: Environment, tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(question: Undecided) -> str:
        asked.append(question.field)
        return "kind"

    path = good(tmp_path / "t.csv")
    Path(path).write_text(Path(path).read_text().replace("label", "number"))
    assert drafted(environment, path, ask=answer).data.label.column == "kind"
    assert asked == ["label"]


def test_the_first_port_that_no_model_names(environment: Environment, add_model: AddModel) -> None:
    first = free_port(environment.models, but="")
    add_model("orders", ("features:", f"deployment: {{port: {first}}}\nfeatures:"))
    assert free_port(environment.models, but="") > first
    assert free_port(environment.models, but="orders") == first


def test_a_path_inside_the_project_is_relative(tmp_path: Path) -> None:
    models = tmp_path / "project" / "models"
    assert source_path(f"{tmp_path}/project/data/a.csv", models / "a") == "../../data/a.csv"
    assert source_path("/elsewhere/a.csv", models / "a") == "/elsewhere/a.csv"


@pytest.mark.parametrize(
    ("flags", "why"),
    [
        ({"task": "ranking", "label_delay": None}, "--task is 'ranking'"),
        ({"task": None, "label_delay": "soon"}, "--label-delay is 'soon'"),
    ],
)
def test_flags_are_read_before_the_table(flags: dict[str, str | None], why: str) -> None:
    with pytest.raises(LifecycleError, match=why):
        cli.read_answers(**flags)

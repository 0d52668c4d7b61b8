"""Every way to be wrong ends in problems that name path, found and allowed."""

from pathlib import Path

import pytest

from lifecycle.errors import LifecycleError
from lifecycle.spec.deployment import DeploymentSection
from lifecycle.spec.parse import SpecError, load_spec, parse_spec
from lifecycle.spec.training import Window
from tests.fakes.orders import ORDERS
from tests.lifecycle.spec.problems import changed, problems_of


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
            "min: 1,",
            "mni: 1,",
            "data.columns.items.mni",
            "an unknown key",
            "type, null_share, min, max, allowed, unique, increasing, sensitive, rules, description",
            id="misspelt key of a column",
        ),
        pytest.param(
            "columns: {level: int}",
            "columns: {level: int}\n      ttl: 3h",
            "features.lookups.stock.ttl",
            "an unknown key",
            "table, key, known_at, max_age, columns",
            id="unknown key of a lookup",
        ),
        pytest.param(
            "[{metric: auc, min: 0.6}]",
            "[{metric: auc, mim: 0.6}]",
            "evaluation.gates.0.mim",
            "an unknown key",
            "metric, min, max, on, min_rows",
            id="unknown key in a list",
        ),
        pytest.param(
            "evaluation:",
            "evalution: {}\nevaluation:",
            "evalution",
            "an unknown key",
            "model, data, features, training, evaluation, deployment, monitoring, retrain, alerts, job",
            id="unknown section",
        ),
        pytest.param(
            "task: binary",
            "task: binry",
            "model.task",
            "'binry'",
            "'binary', 'multiclass' or 'regression'",
            id="unknown task",
        ),
        pytest.param(
            "  entity: order_id\n",
            "",
            "data.entity",
            "nothing",
            "a value: this key is required",
            id="missing key",
        ),
        pytest.param(
            "{every: day, start: 2024-03-01}",
            "{every: day, start: 2024-03-01, end: 2024-03-01}",
            "data.partition",
            "keys that do not fit together",
            "`end` 2024-03-01 is not after `start` 2024-03-01",
            id="partitions that end before they start",
        ),
        pytest.param(
            "{every: day, start: 2024-03-01}",
            "{every: month, start: 2024-03-15}",
            "data.partition",
            "keys that do not fit together",
            "`start` 2024-03-15 is no first of a month, where a monthly partition begins",
            id="months that begin in the middle of one",
        ),
        pytest.param(
            "{every: day, start: 2024-03-01}",
            "{every: week, start: 2024-03-04, end: 2024-03-12}",
            "data.partition",
            "keys that do not fit together",
            "`end` 2024-03-12 is no Monday, where a weekly partition begins",
            id="weeks that end in the middle of one",
        ),
        pytest.param(
            "time_zone: UTC",
            "time_zone: America",
            "data.time_zone",
            "'America'",
            "a time zone is an IANA name such as UTC or America/New_York",
            id="a folder of the zone database",
        ),
        pytest.param(
            "time_zone: UTC",
            "time_zone: ../../etc/passwd",
            "data.time_zone",
            "'../../etc/passwd'",
            "a time zone is an IANA name such as UTC or America/New_York",
            id="a zone outside the database",
        ),
        pytest.param(
            "known_at: known_at}",
            "delay: 3 weeks}",
            "data.label.delay",
            "'3 weeks'",
            "a duration is a whole number and a unit: 90s, 15m, 3h or 2d",
            id="unit of a duration",
        ),
        pytest.param(
            "known_at: known_at}",
            "delay: 99999999d}",
            "data.label.delay",
            "'99999999d'",
            "less than or equal to 3153600000",
            id="a delay longer than any calendar",
        ),
        pytest.param(
            "{column: returned, known_at: known_at}",
            "{column: returned}",
            "data.label",
            "keys that do not fit together",
            "say when the label becomes known: exactly one of `known_at` (a time column) and `delay`",
            id="a label for which no time is known",
        ),
        pytest.param(
            "event_time: ordered_at",
            "event_time: shop",
            "data",
            "keys that do not fit together",
            "`event_time` 'shop' is string; allowed: timestamp",
            id="event time that is no time",
        ),
        pytest.param(
            "entity: order_id",
            "entity: id",
            "data",
            "keys that do not fit together",
            "`entity` names the column 'id', which `columns` does not list",
            id="entity that no column bears",
        ),
        pytest.param(
            "shop: {type: string,",
            "shop: {type: string, min: 3,",
            "data.columns.shop",
            "keys that do not fit together",
            "`min` and `max` are for int and float columns, this one is string",
            id="range of a text",
        ),
        pytest.param(
            "{type: float, min: 0, max: 1000,",
            "{type: float, min: 9, max: 1,",
            "data.columns.amount",
            "keys that do not fit together",
            "`min` 9.0 is above `max` 1.0",
            id="empty range",
        ),
        pytest.param(
            "min: 0, max: 1000,",
            "min: 0, max: .inf,",
            "data.columns.amount.max",
            "inf",
            "a finite number",
            id="a bound that is no number",
        ),
        pytest.param(
            "allowed: [north, south]",
            "allowed: [NO, SO]",
            "data.columns.shop",
            "keys that do not fit together",
            "`allowed` holds False, which is no string: put it in quotes, or drop it",
            id="a word that YAML reads as a boolean",
        ),
        pytest.param(
            "items: {type: int,",
            "items: {type: int, allowed: [1, true],",
            "data.columns.items",
            "keys that do not fit together",
            "`allowed` holds True, which is no int: put it in quotes, or drop it",
            id="a boolean among integers",
        ),
        pytest.param(
            "{files: orders.parquet}",
            "{files: a.csv, sql: SELECT 1}",
            "data.source",
            "keys that do not fit together",
            "give exactly one of `files` and `sql`",
            id="two sources",
        ),
        pytest.param(
            "{files: orders.parquet}",
            "{sql: SELECT 1}",
            "data.source",
            "keys that do not fit together",
            "`sql` reads only what `tables` names: name at least one table",
            id="SQL without tables",
        ),
        pytest.param(
            "gates: [{metric: auc, min: 0.6}]",
            "gates: []",
            "evaluation",
            "keys that do not fit together",
            "a model without a gate would deploy anything: give at least one",
            id="no gate",
        ),
        pytest.param(
            "min: 0.6}]",
            "min: 0.6}, {metric: auc, min: 0.7}]",
            "evaluation",
            "keys that do not fit together",
            "two gates share a name: auc_min, auc_min",
            id="a gate twice",
        ),
        pytest.param(
            "min: 0.6}]",
            "min: 0.6, max: 0.7}]",
            "evaluation.gates.0",
            "keys that do not fit together",
            "a gate has exactly one of `min` and `max`",
            id="a gate with two sides",
        ),
        pytest.param(
            "evaluation:",
            "deployment: {port: 87100}\nevaluation:",
            "deployment.port",
            "87100",
            "less than or equal to 65535",
            id="a port beyond all ports",
        ),
        pytest.param(
            "evaluation:",
            'deployment: {port: "8710"}\nevaluation:',
            "deployment.port",
            "'8710'",
            "a valid integer",
            id="text is not a number",
        ),
        pytest.param(
            "evaluation:",
            "training: {window: {kind: rolling}}\nevaluation:",
            "training.window",
            "keys that do not fit together",
            "`partitions` goes with kind `rolling`, and only with it",
            id="rolling over no partitions",
        ),
        pytest.param(
            "evaluation:",
            "training: {validation: 0.5}\nevaluation:",
            "training.validation",
            "0.5",
            "less than 0.5",
            id="a validation share that leaves nothing",
        ),
        pytest.param(
            "known_at: seen_at\n",
            "max_age: 3h\n",
            "features.lookups.stock",
            "keys that do not fit together",
            "`max_age` needs `known_at`: a row without a time has no age",
            id="age without a time",
        ),
        pytest.param(
            "task: binary",
            "task: binary, owners: [bob]",
            "model.owners.0",
            "'bob'",
            "String should match",
            id="an owner that Dagster would refuse",
        ),
    ],
)
def test_a_wrong_value_is_told_with_path_found_and_allowed(
    old: str, new: str, path: str, found: str, allowed: str
) -> None:
    (problem,) = problems_of(changed(old, new))
    assert (problem.path, problem.found) == (path, found)
    assert problem.allowed.startswith(allowed)


@pytest.mark.parametrize(
    "cron",
    [
        *["", "0 6 1 *", "0 6 1 * * *", "60 6 1 * *", "0 24 1 * *", "0 6 0 * *", "0 6 1 13 *", "0 6 1 * 8"],
        *[
            "5-1 * * * *",
            "a * * * *",
            "*/0 * * * *",
            "1,, * * * *",
            "@daily",
            "0 6 1 * *; rm",
            "0 6 1 * \u0661",
        ],
    ],
)
def test_a_schedule_that_dagster_would_refuse_is_a_problem_of_the_spec(cron: str) -> None:
    (problem,) = problems_of(f'{ORDERS}retrain: {{schedule: "{cron}"}}\n')
    assert problem.path == "retrain.schedule"


@pytest.mark.parametrize("cron", ["0 6 1 * *", "*/15 0-23 * 1,6,12 1-5", "0 0 * * 7", "59 23 31 12 0-6/2"])
def test_a_schedule_is_kept_as_written(cron: str) -> None:
    assert parse_spec(f'{ORDERS}retrain: {{schedule: "{cron}"}}\n').retrain.schedule == cron


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    text = (
        changed("task: binary", "task: bin")
        .replace("every: day", "every: fortnight")
        .replace("amount: amount", "1: 2")
    )
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


def test_a_thousand_problems_make_a_short_message() -> None:
    with pytest.raises(SpecError) as caught:
        parse_spec(ORDERS + "".join(f"key{number}: 1\n" for number in range(1000)))
    assert len(caught.value.problems) == 1000
    assert str(caught.value).endswith("and 970 more")

"""The SQL of two plans for each engine, as files that a reader of a change can see.

    .venv/bin/python -m tests.lifecycle.features.golden

writes them anew: the built-in model, and a plan with every function and every aggregate.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from lifecycle.features.build import build_plan
from lifecycle.features.expression import Kind
from lifecycle.features.plain_name import plain_name
from lifecycle.features.sql import EVENTS, Dialect, feature_sql
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.parse import load_spec, parse_spec
from resources.warehouse.bigquery.sql import SQL_TYPES
from tests.lifecycle.features.expressions import EXPRESSIONS
from tests.lifecycle.features.rows import KINDS

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "tests" / "golden" / "features"
DIALECTS: tuple[Dialect, ...] = ("duckdb", "bigquery")
WINDOW = (datetime(2013, 6, 1, 4, tzinfo=UTC), datetime(2013, 7, 1, 4, tzinfo=UTC))
HISTORIES: Mapping[str, str] = {
    "counted": "{key: {s: s}, window: 1d, aggregate: count}",
    "averaged": "{key: {s: s}, window: 1d, aggregate: mean, value: n}",
    "averaged_floats": "{of: readings, key: {s: s}, window: 1d, aggregate: mean, value: x}",
    "added": "{of: readings, key: {s: s, u: u}, window: 2h, aggregate: sum, value: n}",
    "added_floats": "{of: readings, key: {s: s, u: u}, window: 2h, aggregate: sum, value: x * n}",
    "smallest_text": "{of: readings, window: 90s, aggregate: min, value: u}",
    "largest_truth": "{of: readings, window: 90s, aggregate: max, value: b}",
    "latest_label": "{key: {s: s}, window: 7d, aggregate: last, value: late, max_delay: 3d}",
    "label_share": "{key: {s: s}, window: 7d, aggregate: mean, value: late, max_delay: 3d}",
    "days": "{key: {s: s}, window: 7d, aggregate: days_since}",
    "kinds_of_float": "{of: readings, key: {s: s}, window: 1d, aggregate: distinct, value: x}",
    "kinds_of_hour": "{of: readings, key: {s: s}, window: 1d, aggregate: distinct, value: hour(t)}",
}


def everything() -> ModelSpec:
    """A model with every function, every aggregate, and both sorts of lookup."""
    columns = "".join(f"    {name}: {{type: {kind}, null_share: 1}}\n" for name, kind in KINDS.items())
    taken = ", ".join(f"{name}: {kind}" for name, kind in KINDS.items())
    histories = "".join(f"    {name}: {text}\n" for name, text in HISTORIES.items())
    features = "".join(f'    {name}: "{text}"\n' for name, text in EXPRESSIONS.items())
    features += "".join(f"    past_{name}: history.{name}\n" for name in HISTORIES)
    return parse_spec(f"""
model: {{name: everything, task: binary}}
data:
  source: {{files: events.parquet}}
  entity: row
  event_time: at
  time_zone: America/New_York
  partition: {{every: month, start: 2013-01-01}}
  columns:
    row: {{type: int}}
    at: {{type: timestamp}}
{columns}    late: {{type: bool, null_share: 1}}
    late_at: {{type: timestamp, null_share: 1}}
  label: {{column: late, known_at: late_at}}
features:
  lookups:
    timed: {{table: timed.parquet, key: {{s: s}}, known_at: told, max_age: 3h, columns: {{level: float}}}}
    fixed: {{table: fixed.parquet, key: {{u: u}}, columns: {{name: string}}}}
  events:
    readings: {{table: readings.parquet, known_at: told, columns: {{{taken}}}}}
  history:
{histories}  columns:
    level: timed.level
    name: fixed.name
{features}evaluation: {{gates: [{{metric: auc, min: 0.5}}]}}
""")


def golden_specs() -> tuple[ModelSpec, ...]:
    """The specs whose SQL is kept."""
    return load_spec(ROOT / "models" / "flight_delay" / "spec.yaml"), everything()


def golden_tables(spec: ModelSpec) -> dict[str, dict[str, str]]:
    """The tables that the SQL of a spec reads, as BigQuery has them: table -> column -> type."""
    plan = build_plan(spec)
    found: dict[str, dict[str, Kind]] = {EVENTS: {name: c.type for name, c in spec.data.columns.items()}}
    for lookup in plan.lookups:
        keys = {name: plan.request[asked].type for name, asked in lookup.key.items()}
        time: dict[str, Kind] = {lookup.known_at: "timestamp"} if lookup.known_at else {}
        found[lookup.name] = {**keys, **time, **lookup.columns}
    found |= {source.name: dict(source.columns) for source in plan.sources}
    return {
        plain_name(table): {
            plain_name(name): SQL_TYPES[kind] for name, kind in columns.items() if kind != "null"
        }
        for table, columns in found.items()
    }


def golden_files() -> dict[str, str]:
    """Name of a file -> what it must hold."""
    found = {}
    for spec in golden_specs():
        kinds = {name: column.type for name, column in spec.data.columns.items()}
        for dialect in DIALECTS:
            sql = feature_sql(build_plan(spec), spec.data.label, kinds, WINDOW, dialect=dialect)
            found[f"{spec.name}.{dialect}.sql"] = sql + "\n"
    return found


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for file, text in golden_files().items():
        (FOLDER / file).write_text(text, encoding="utf-8")

"""The Great Expectations suite of a model, generated from its spec and run on a bounded sample.

`docs/decisions/004-validation.md` says why a sample, and what gives the verdict on all rows.
"""

import math
import warnings
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from lifecycle.data.facts import MAX_SAMPLES
from lifecycle.data.rules import Rule, severity_of
from lifecycle.spec.columns import Column
from lifecycle.spec.hidden import sensitive_of
from lifecycle.spec.model_spec import ModelSpec

if TYPE_CHECKING:
    import pyarrow as pa
    from great_expectations.core import ExpectationValidationResult

Expectation = dict[str, Any]

SAMPLE_ROWS = 100_000
# How far the share of missing values in a sample may lie above the limit by chance, in standard errors.
_STANDARD_ERRORS = 4
_SHOWN_DETAILS = ("min_value", "max_value", "mostly", "value_set", "column_B", "column_list")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectationResult:
    """What one expectation found."""

    expectation: str
    column: str | None
    success: bool
    unexpected_rows: int
    samples: tuple[str, ...]
    error: str | None
    """Why it could not be evaluated; then it did not succeed."""
    warns: bool = False
    """Whether its rule only warns."""
    details: str = ""
    """What was asked, as `name: value` pairs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteResult:
    """What a suite found in a sample."""

    rows: int
    """Rows of the sample."""
    results: tuple[ExpectationResult, ...]

    @property
    def success(self) -> bool:
        """Whether every expectation was met whose rule does more than warn."""
        return all(result.success or result.warns for result in self.results)

    @property
    def failed(self) -> tuple[ExpectationResult, ...]:
        """The expectations that were not met."""
        return tuple(result for result in self.results if not result.success)

    @property
    def markdown(self) -> str:
        """A table for people; values from the data are escaped."""
        head = "| expectation | column | met | unexpected rows | such as |\n|---|---|---|---|---|\n"
        return head + "".join(_markdown_row(result) for result in self.results)


def sample(batches: Iterable["pa.RecordBatch"], *, rows: int, at_most: int = SAMPLE_ROWS) -> "pa.Table":
    """Every k-th row, with the smallest k that leaves no more than `at_most`: the same rows every time.

    Args:
        batches: at least one, as they come; only the rows taken are held.
        rows: how many rows they have in total.

    >>> import pyarrow as pa
    >>> table = pa.table({"n": range(10)})
    >>> sample(table.to_batches(), rows=10, at_most=4)["n"].to_pylist()
    [0, 3, 6, 9]
    """
    import pyarrow as pa

    step, before, taken = max(1, math.ceil(rows / at_most)), 0, []
    for batch in batches:
        taken.append(batch.take(pa.array(range(-before % step, batch.num_rows, step), pa.int64())))
        before += batch.num_rows
    return pa.Table.from_batches(taken)


def build_suite(spec: ModelSpec, *, sampled_rows: int | None = None) -> tuple[Expectation, ...]:
    """The suite of a spec's contract, as Great Expectations stores its suites.

    Args:
        sampled_rows: how many rows of a larger table it will see; None: all rows. By chance a sample may miss
            more values than the whole, so its limit is raised by four standard errors. Everything else that
            a sample breaks, the whole breaks too.
    """
    return tuple(_expectations(spec, sampled_rows))


def run_suite(spec: ModelSpec, rows: "pa.Table", *, total_rows: int) -> SuiteResult:
    """Run the suite of a spec on rows in memory: no network, no files, no telemetry.

    Args:
        rows: at most some hundred thousand: all of a table, or a sample of it.
        total_rows: rows of the whole table.
    """
    _load_great_expectations()
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(enable=False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    frames = context.data_sources.add_pandas("memory").add_dataframe_asset(spec.name)
    batch = frames.add_batch_definition_whole_dataframe("sample").get_batch({"dataframe": rows.to_pandas()})
    described = build_suite(spec, sampled_rows=rows.num_rows if rows.num_rows < total_rows else None)
    suite = gx.ExpectationSuite(name=spec.name, expectations=list(described))
    wanted = {"result_format": "SUMMARY", "partial_unexpected_count": MAX_SAMPLES}
    validated = batch.validate(suite, result_format=wanted)
    hidden = sensitive_of(spec.data.columns)
    results = tuple(_result(found, hidden) for found in validated.results)
    return SuiteResult(rows=rows.num_rows, results=results)


def _load_great_expectations() -> None:
    """Import it once (it takes seconds), deaf to its use of deprecated modules of the standard library."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="module 'sre_", category=DeprecationWarning)
        import great_expectations  # noqa: F401


def _expectations(spec: ModelSpec, sampled_rows: int | None) -> Iterator[Expectation]:
    # Each is made only where its rule is judged, and bears the severity that Great Expectations has for it.
    for rule, column, made in _ruled(spec, sampled_rows):
        severity = severity_of(spec, rule, column)
        if severity == "warn":
            yield {**made, "severity": "warning"}
        elif severity != "off":
            yield made


def _ruled(spec: ModelSpec, sampled_rows: int | None) -> Iterator[tuple[Rule, str | None, Expectation]]:
    data = spec.data
    # Of a sample, the number of rows is not the table's: that there are some is all it can tell.
    fewest, most = (1, None) if sampled_rows else (data.rows.min, data.rows.max)
    band = {"min_value": fewest} | ({"max_value": most} if most is not None else {})
    yield "rows", None, _expect("table_row_count_to_be_between", **band)
    yield "columns", None, _expect("table_columns_to_match_ordered_list", column_list=list(data.columns))
    yield "unique", data.entity, _expect("column_values_to_be_unique", column=data.entity)
    for name, column in data.columns.items():
        for rule, made in _of_column(spec, name, column, sampled_rows):
            yield rule, name, made
    if data.label.known_at is not None:
        yield (
            "label_order",
            data.label.known_at,
            _expect(
                "column_pair_values_a_to_be_greater_than_b",
                column_A=data.label.known_at,
                column_B=data.event_time,
                or_equal=True,
                ignore_row_if="either_value_is_missing",
            ),
        )


def _of_column(
    spec: ModelSpec, name: str, column: Column, sampled_rows: int | None
) -> Iterator[tuple[Rule, Expectation]]:
    is_key = name in (spec.data.entity, spec.data.event_time)
    share = 0.0 if is_key else _share_allowed(column, sampled_rows)
    if share < 1:
        rule: Rule = "key" if is_key else "null_share"
        yield rule, _expect("column_values_to_not_be_null", column=name, mostly=1 - share)
    if column.unique and name != spec.data.entity:
        yield "unique", _expect("column_values_to_be_unique", column=name)
    if column.min is not None or column.max is not None:
        ends = {"min_value": column.min, "max_value": column.max}
        yield "range", _expect("column_values_to_be_between", column=name, **ends)
    if column.allowed is not None:
        yield "allowed", _expect("column_values_to_be_in_set", column=name, value_set=list(column.allowed))


def _expect(what: str, **kwargs: object) -> Expectation:
    return {"type": f"expect_{what}", "kwargs": kwargs}


def _share_allowed(column: Column, sampled_rows: int | None) -> float:
    share = column.null_share
    error = math.sqrt(share * (1 - share) / sampled_rows) if sampled_rows else 0.0
    return min(1.0, share + _STANDARD_ERRORS * error)


def _result(found: "ExpectationValidationResult", hidden: Collection[str]) -> ExpectationResult:
    import pandas as pd

    configured = found.expectation_config
    kwargs: dict[str, Any] = dict(configured.kwargs) if configured else {}
    column = kwargs.get("column") or kwargs.get("column_A")
    seen = [] if column in hidden else found.result.get("partial_unexpected_list") or []
    return ExpectationResult(
        expectation=configured.type if configured else "",
        column=column,
        warns=configured is not None and configured.severity == "warning",
        details=", ".join(f"{name}: {value}" for name, value in kwargs.items() if name in _SHOWN_DETAILS),
        success=bool(found.success),
        unexpected_rows=int(found.result.get("unexpected_count") or 0),
        samples=tuple(dict.fromkeys(str(value) for value in seen if not pd.isna(value))),
        error=_error(found.exception_info or {}),
    )


def _error(raised: dict[str, Any]) -> str | None:
    """The first message of what was raised; Great Expectations nests it by metric where a metric failed."""
    for info in [raised, *(value for value in raised.values() if isinstance(value, dict))]:
        if info.get("raised_exception"):
            return str(info.get("exception_message"))
    return None


def _markdown_row(result: ExpectationResult) -> str:
    such = ", ".join(result.samples) if result.error is None else result.error
    shown = escape(such).replace("|", "&#124;").replace("\n", " ")
    met = "yes" if result.success else "no (warns)" if result.warns else "**no**"
    return f"| {result.expectation} | {result.column or ''} | {met} | {result.unexpected_rows} | {shown} |\n"

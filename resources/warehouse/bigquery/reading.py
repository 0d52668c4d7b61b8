"""Reading one partition of a source on BigQuery: typed, with the reason where a row breaks a rule."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lifecycle.data.facts import MAX_SAMPLES, BadRows, reason_of
from lifecycle.data.rules import Rule, severity_of
from lifecycle.errors import LifecycleError
from lifecycle.spec.columns import Severity
from lifecycle.spec.hidden import HIDDEN, sensitive_of
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import Origin, TimeWindow
from resources.warehouse.bigquery.casts import cast_expression, read_as
from resources.warehouse.bigquery.jobs import Jobs
from resources.warehouse.bigquery.lake import BigQueryLake, Draft
from resources.warehouse.bigquery.sources import Relation
from resources.warehouse.bigquery.sql import BigQueryRules, Values, coded, identifier, order_by, text_of
from resources.warehouse.lake import TableKey
from resources.warehouse.row_rules import RowCondition, raw_name, row_conditions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

QUARANTINE, REASON_COLUMN = "quarantine", "reason"
"""As in `resources.warehouse.quarantine`, which works on rows that pass by."""
# Columns of the work table beside those of the spec.
_REASON, _ASIDE, _RAW = "flywheel__reason", "flywheel__set_aside", "flywheel__raw_"


@dataclass(frozen=True, slots=True)
class Reading:
    """One partition on its way into a snapshot."""

    jobs: Jobs
    lake: BigQueryLake
    spec: ModelSpec
    relation: Relation
    window: TimeWindow

    def draft(self, partition: str) -> Draft:
        """Read the partition into a table of the work dataset; its bad rows are published as `quarantine`.

        Args:
            partition: its key.

        Raises:
            LifecycleError: rows without an event time, a missing column, a value that has no reading, or more
                bytes than the budget.
        """
        self._refuse_missing_columns()
        sql, values, conditions = self.query()
        scanned = self.jobs.afford(sql, values, what=self.relation.role)
        work = self.lake.work_table()
        self.jobs.run(sql, values, purpose="snapshot", destination=work)
        kinds = {name: column.type for name, column in self.spec.data.columns.items()}
        good = f"NOT {identifier(_ASIDE)}"
        draft = Draft(table=work, columns=kinds, order=_keys(self.spec), where=good, scanned=scanned)
        return replace(draft, origin=self._origin(work, partition, conditions))

    def query(self) -> tuple[str, Values, tuple[RowCondition, ...]]:
        """SQL of the work table, its values, and the conditions in it."""
        data, values = self.spec.data, Values()
        kinds = {name: column.type for name, column in data.columns.items()}
        raw = self._raw
        inside = self._inside(values)
        query = read_as(
            inside,
            self.relation.columns,
            kinds,
            what=self.relation.role,
            time_zone=data.time_zone,
            values=values,
            lenient={name: raw_name(name) for name in raw},
            hidden=sensitive_of(data.columns),
        )
        conditions = row_conditions(self.spec, kinds, raw, BigQueryRules(values))
        judged = self._with_duplicates(_with_reasons(query, conditions, values), kinds, values)
        shown = [*map(coded, kinds), identifier(_REASON), identifier(_ASIDE)]
        shown += [f"{coded(raw_name(name))} AS {coded(f'{_RAW}{name}')}" for name in raw]
        return f"SELECT {', '.join(shown)} FROM ({judged})", values, conditions

    @property
    def _raw(self) -> tuple[str, ...]:
        """Columns that may hold what cannot be read."""
        columns = self.spec.data.columns
        return tuple(name for name in columns if severity_of(self.spec, "readable", name) == "quarantine")

    def _inside(self, values: Values) -> str:
        """SQL of the rows of the window: all of them where time does not cut the table."""
        data, source = self.spec.data, self.relation
        if data.event_time is None or data.partition.every == "once":
            return source.sql
        event = cast_expression(
            data.event_time,
            source.columns[data.event_time],
            "timestamp",
            time_zone=data.time_zone,
            values=values,
            hidden=data.columns[data.event_time].sensitive,
        )
        start, end = values.bind(self.window.start, "timestamp"), values.bind(self.window.end, "timestamp")
        # A row without a time belongs to no partition: it comes along, so that it can be refused.
        without = f"{identifier(data.event_time)} IS NULL"
        inside = f"({event}) >= {start} AND ({event}) < {end}"
        return f"(SELECT * FROM {source.sql} WHERE {without} OR ({inside}))"

    def _refuse_missing_columns(self) -> None:
        found = self.relation.columns
        if missing := [name for name in self.spec.data.columns if name not in found]:
            raise LifecycleError(
                f"{self.relation.role} has no column {', '.join(missing)}; it has {', '.join(found)}: mend "
                "the spec or the source"
            )

    def _with_duplicates(self, query: str, kinds: "Mapping[str, object]", values: Values) -> str:
        """A query whose later rows of an entity break the rule `unique`, where that is a rule of rows."""
        entity = self.spec.data.entity
        severity = severity_of(self.spec, "unique", entity)
        if severity not in ("block", "quarantine"):
            return query
        x, again = coded(entity), identifier("again")
        by = order_by(_keys(self.spec), kinds)
        told = values.bind(reason_of("unique", entity), "string")
        aside, among, own = "", x, ""
        if severity == "quarantine":
            # A row that is set aside for another reason is not the first of its entity: it is not kept.
            aside, among, own = f"OR {again}", f"{x}, {identifier(_ASIDE)}", f"NOT {identifier(_ASIDE)} AND "
        return (
            f"SELECT * EXCEPT ({identifier(_REASON)}, {identifier(_ASIDE)}, {again}), "
            f"IF({again}, IF({identifier(_REASON)} IS NULL, {told}, "
            f"CONCAT({identifier(_REASON)}, '; ', {told})), {identifier(_REASON)}) AS {identifier(_REASON)}, "
            f"({identifier(_ASIDE)} {aside}) AS {identifier(_ASIDE)} FROM (SELECT *, "
            f"{own}{x} IS NOT NULL AND ROW_NUMBER() OVER (PARTITION BY {among} ORDER BY {by}) > 1 "
            f"AS {again} FROM ({query}))"
        )

    def _origin(self, work: str, partition: str, conditions: "Sequence[RowCondition]") -> Origin:
        columns = dict(self.relation.columns)
        reason, table = identifier(_REASON), identifier(work)
        event_time = self.spec.data.event_time
        timeless = "FALSE" if event_time is None else f"{coded(event_time)} IS NULL"
        found = self.jobs.rows(
            f"SELECT {reason}, COUNT(*), COUNTIF({identifier(_ASIDE)}), COUNTIF({timeless}) FROM {table} "
            f"WHERE {reason} IS NOT NULL OR {timeless} GROUP BY {reason}",
            purpose="reasons",
        )
        if count := sum(row[3] for row in found):
            raise LifecycleError(
                f"{self.relation.role} has {count} rows without {event_time}, which belong to no partition; "
                "mend them or leave them out in data.source.sql"
            )
        counted = [row[:3] for row in found if row[0] is not None]
        if not counted:
            return Origin(columns=columns)
        bad = self._quarantined(work)
        key = TableKey(model=self.spec.name, stage=QUARANTINE, partition=partition)
        kept = self.lake.publish(key, self.window, bad)
        reasons = Counter({text: rows for text, rows, _ in counted})
        return Origin(
            columns=columns,
            set_aside=sum(aside for _, _, aside in counted),
            bad_rows=self._bad_rows(bad.table, reasons, conditions),
            quarantine=kept.content_hash,
        )

    def _quarantined(self, work: str) -> Draft:
        """The bad rows, each column as text: a value that could not be read has no other form."""
        columns, raw = self.spec.data.columns, self._raw
        texts = []
        for name, column in columns.items():
            text = text_of(coded(name), column.type)
            text = f"COALESCE({text}, {coded(f'{_RAW}{name}')})" if name in raw else text
            texts.append(f"{text} AS {coded(name)}")
        told = f"{identifier(_REASON)} AS {identifier(REASON_COLUMN)}"
        table = self.lake.work_table()
        self.jobs.run(
            f"SELECT {', '.join([*texts, told])} FROM {identifier(work)} "
            f"WHERE {identifier(_REASON)} IS NOT NULL",
            purpose=QUARANTINE,
            destination=table,
        )
        return Draft(
            table=table,
            columns=dict.fromkeys([*columns, REASON_COLUMN], "string"),
            order=_keys(self.spec),
        )

    def _bad_rows(
        self, table: str, reasons: Counter[str], conditions: "Sequence[RowCondition]"
    ) -> tuple[BadRows, ...]:
        rules: dict[tuple[Rule, str], Severity] = {(c.rule, c.column): c.severity for c in conditions}
        entity = self.spec.data.entity
        if (severity := severity_of(self.spec, "unique", entity)) in ("block", "quarantine"):
            rules["unique", entity] = severity
        found = []
        for (rule, column), severity in rules.items():
            reason = reason_of(rule, column)
            rows = sum(count for text, count in reasons.items() if reason in text.split("; "))
            if rows:
                samples = self._samples(table, column, reason)
                found.append(BadRows(rule=rule, column=column, severity=severity, rows=rows, samples=samples))
        return tuple(found)

    def _samples(self, table: str, column: str, reason: str) -> tuple[str, ...]:
        if self.spec.data.columns[column].sensitive:
            return (HIDDEN,)
        x, values = coded(column), Values()
        told = values.bind(reason, "string")
        sql = (
            f"SELECT DISTINCT {x} FROM {identifier(table)} WHERE {x} IS NOT NULL AND "
            f"{told} IN UNNEST(SPLIT({identifier(REASON_COLUMN)}, '; ')) ORDER BY {x} LIMIT {MAX_SAMPLES}"
        )
        return tuple(row[0] for row in self.jobs.rows(sql, values, purpose="samples"))


def _keys(spec: ModelSpec) -> list[str]:
    data = spec.data
    return [data.entity] if data.event_time is None else [data.entity, data.event_time]


def _with_reasons(query: str, conditions: "Sequence[RowCondition]", values: Values) -> str:
    """A query with two more columns: the reason, missing for good rows, and whether the row is set aside."""
    texts = ", ".join(
        f"IF({c.sql}, {values.bind(reason_of(c.rule, c.column), 'string')}, NULL)" for c in conditions
    )
    reason = f"NULLIF(ARRAY_TO_STRING([{texts}], '; '), '')" if texts else "CAST(NULL AS STRING)"
    aside = " OR ".join(f"({c.sql})" for c in conditions if c.severity == "quarantine") or "FALSE"
    return (
        f"SELECT *, {reason} AS {identifier(_REASON)}, COALESCE({aside}, FALSE) AS {identifier(_ASIDE)} "
        f"FROM ({query})"
    )

"""Rows on their way into a snapshot: the good go on, the bad go aside with the reason, in the same pass."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lifecycle.data.facts import MAX_SAMPLES, BadRows, reason_of
from lifecycle.data.rules import Rule, severity_of
from lifecycle.spec.columns import Severity
from lifecycle.spec.hidden import HIDDEN
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.row_rules import REASON, SET_ASIDE, RowCondition, raw_name

QUARANTINE = "quarantine"
"""Stage of the tables of bad rows; its last column says why they are there."""
REASON_COLUMN = "reason"


@dataclass(slots=True)
class Sieve:
    """Splits batches that are ordered by entity and hold `REASON` and `SET_ASIDE`.

    Bad rows are written to a file as text: a value that could not be read has no other form.
    """

    spec: ModelSpec
    conditions: Collection[RowCondition]
    raw: Collection[str]
    spool: Path
    set_aside: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    """Whole reason of a row -> rows."""
    _writer: pq.ParquetWriter | None = None
    _last: pa.Scalar | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.close()

    @property
    def schema(self) -> pa.Schema:
        """Columns of the quarantine: those of the spec as text, and the reason."""
        return pa.schema(dict.fromkeys([*self.spec.data.columns, REASON_COLUMN], pa.string()))

    def good(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The rows that belong in the snapshot, with the columns of the spec."""
        columns = list(self.spec.data.columns)
        for batch in batches:
            reason, aside = self._judged(batch)
            bad = reason.is_valid()
            if reason.null_count < len(reason):
                self._keep(batch.filter(bad), reason.filter(bad))
            kept = batch.select(columns)
            count = pc.sum(aside).as_py() or 0
            self.set_aside += count
            yield kept.filter(pc.invert(aside)) if count else kept

    def bad_rows(self) -> tuple[BadRows, ...]:
        """Counts and samples by rule, in the order of the rules; all batches must have passed."""
        found = []
        for (rule, column), severity in self._rules().items():
            reason = reason_of(rule, column)
            whole = [text for text in self.reasons if reason in text.split("; ")]
            if rows := sum(self.reasons[text] for text in whole):
                samples = self._samples(column, whole)
                found.append(BadRows(rule=rule, column=column, severity=severity, rows=rows, samples=samples))
        return tuple(found)

    def finish(self) -> None:
        """Close the file of bad rows, so that it can be read."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The bad rows, once they are all there."""
        with pq.ParquetFile(self.spool) as file:
            yield from file.iter_batches()

    def _rules(self) -> dict[tuple[Rule, str], Severity]:
        rules: dict[tuple[Rule, str], Severity] = {(c.rule, c.column): c.severity for c in self.conditions}
        if (severity := self._unique_severity) in ("block", "quarantine"):
            rules["unique", self.spec.data.entity] = severity
        return rules

    @property
    def _unique_severity(self) -> Severity:
        return severity_of(self.spec, "unique", self.spec.data.entity)

    def _judged(self, batch: pa.RecordBatch) -> tuple[pa.Array, pa.Array]:
        """Reason and set-aside mark of each row, with those of entities that have a row already."""
        reason, aside = batch.column(REASON), batch.column(SET_ASIDE)
        severity = self._unique_severity
        if not batch.num_rows or severity not in ("block", "quarantine"):
            return reason, aside
        entity = batch.column(self.spec.data.entity)
        # A row that is set aside for another reason is not the first of its entity: nothing of it is kept.
        rivals = pc.invert(aside) if severity == "quarantine" else pc.is_valid(aside)
        again = pc.replace_with_mask(pc.is_null(aside), rivals, self._follows(entity.filter(rivals)))
        if not pc.any(again).as_py():
            return reason, aside
        told = pc.if_else(again, reason_of("unique", self.spec.data.entity), pa.scalar(None, pa.string()))
        both = pc.and_(again, reason.is_valid())
        joined = pc.if_else(both, pc.binary_join_element_wise(reason, told, "; "), pc.coalesce(reason, told))
        return joined, pc.or_(aside, again) if severity == "quarantine" else aside

    def _follows(self, entity: pa.Array) -> pa.Array:
        """Whether each value is the one before it; the first is held against the last of earlier batches."""
        if not len(entity):
            return pa.array([], pa.bool_())
        before = pa.concat_arrays(
            [pa.array([self._last.as_py() if self._last else None], entity.type), entity[:-1]]
        )
        self._last = entity[-1]
        return pc.fill_null(pc.equal(entity, before), False)

    def _keep(self, rows: pa.RecordBatch, reason: pa.Array) -> None:
        for item in pc.value_counts(reason).to_pylist():
            self.reasons[item["values"]] += item["counts"]
        texts = [self._text(rows, name) for name in self.spec.data.columns]
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.spool, self.schema, compression="zstd")
        self._writer.write_batch(pa.RecordBatch.from_arrays([*texts, reason], schema=self.schema))

    def _text(self, rows: pa.RecordBatch, column: str) -> pa.Array:
        text = rows.column(column).cast(pa.string())
        return pc.coalesce(text, rows.column(raw_name(column))) if column in self.raw else text

    def _samples(self, column: str, whole: Collection[str]) -> tuple[str, ...]:
        if self.spec.data.columns[column].sensitive:
            return (HIDDEN,)
        found: dict[str, None] = {}
        wanted = pa.array(list(whole), pa.string())
        for batch in self.batches():
            rows = batch.filter(pc.is_in(batch.column(REASON_COLUMN), wanted))
            found.update(dict.fromkeys(pc.unique(rows.column(column).drop_null()).to_pylist()))
            if len(found) >= MAX_SAMPLES:
                break
        return tuple(sorted(found)[:MAX_SAMPLES])

"""A snapshot held to its contract and to its past: what `data` reports and `features` asks again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import dagster as dg

from assets.keys import CONTRACT_CHECK, DATA, SHIFT_CHECK
from assets.metadata import markdown_table
from lifecycle.data.contract import CHANGE_PARTITIONS, Violation, blocking, check_contract, unjudged
from lifecycle.data.facts import Surroundings
from lifecycle.data.schema_drift import swapped_columns
from lifecycle.data.shift import PARTITIONS, ShiftReport, judge_shift
from lifecycle.data.table_profile import pooled
from lifecycle.errors import LifecycleError
from lifecycle.spec.hidden import sensitive_of
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import TableRef, Warehouse


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What was found in one snapshot."""

    violations: tuple[Violation, ...]
    unjudged: tuple[str, ...]
    """Rules for which there is not enough history."""
    shift: ShiftReport
    quarantine: TableRef | None
    """The table of its bad rows."""

    @property
    def blocked(self) -> tuple[Violation, ...]:
        """What keeps the snapshot from being used."""
        return blocking(self.violations)


def judge_snapshot(
    spec: ModelSpec, warehouse: Warehouse, table: TableRef, *, now: datetime | None = None
) -> Judgement:
    """Judge a snapshot by its facts and by the partitions before it.

    Args:
        now: aware; by default the present.
    """
    history = warehouse.before(spec.name, DATA, table.window, at_most=max(PARTITIONS, CHANGE_PARTITIONS))
    profile = warehouse.profile(spec, table)
    profiles = [warehouse.profile(spec, other) for other in history[-PARTITIONS:]]
    origins = [other.origin for other in history]
    around = Surroundings(
        judged_at=min(now or datetime.now(UTC), table.window.end),
        rows_before=tuple(o.rows + (o.origin.set_aside if o.origin else 0) for o in history),
        source_columns=table.origin.columns if table.origin else None,
        source_before=origins[-1].columns if origins and origins[-1] else None,
        swaps=swapped_columns(pooled(profiles), profile) if profiles else (),
    )
    hidden = sensitive_of(spec.data.columns)
    return Judgement(
        violations=check_contract(spec, warehouse.measure(spec, table), around),
        unjudged=unjudged(spec, around),
        shift=judge_shift(profile, profiles, hidden=hidden),
        quarantine=warehouse.quarantined(table),
    )


def sound_snapshot(
    spec: ModelSpec, warehouse: Warehouse, partition: str, *, now: datetime | None = None
) -> TableRef:
    """The partition's snapshot, judged again: Dagster's checks block within one run only.

    Raises:
        LifecycleError: there is none, or it breaks its contract.
    """
    snapshot = warehouse.published(spec.name, DATA, partition)
    if snapshot is None:
        raise LifecycleError(f"{spec.name}/{DATA} has no partition {partition}: materialize it first")
    if broken := judge_snapshot(spec, warehouse, snapshot, now=now).blocked:
        more = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
        raise LifecycleError(
            f"{spec.name}/{DATA} {partition} breaks its contract: {broken[0].message}{more}; mend the source "
            "and materialize the partition again, or change `data.columns`"
        )
    return snapshot


def contract_result(judged: Mapping[str, Judgement]) -> dg.AssetCheckResult:
    """One result for all partitions of the run.

    It blocks the run if every partition is blocked. In a range where others are good it fails as a warning:
    Dagster would keep the good ones from going on, too. `features` refuses each blocked one, whoever asks.
    """
    rows = [(p, v) for p, judgement in judged.items() for v in judgement.violations]
    rows.sort(key=lambda row: row[1].severity != "block")
    blocked = [partition for partition, judgement in judged.items() if judgement.blocked]
    told = "; ".join(f"{partition}: {violation.message}" for partition, violation in rows[:3])
    metadata: dict[str, dg.MetadataValue] = {}
    if rows:
        metadata["violations"] = markdown_table(
            ["partition", "rule", "severity", "column", "what", "rows"],
            [(p, v.rule, v.severity, v.column or "", v.message, v.rows) for p, v in rows],
        )
    if blocked:
        metadata["blocked"] = dg.MetadataValue.text(", ".join(blocked))
    return dg.AssetCheckResult(
        check_name=CONTRACT_CHECK,
        passed=not rows,
        severity=check_severity(list(judged), blocked),
        description=told or "every rule holds",
        metadata={**metadata, **_quarantines(judged), **_unjudged(judged)},
    )


def check_severity(partitions: Sequence[str], blocked: Sequence[str]) -> dg.AssetCheckSeverity:
    """ERROR, which blocks the run, where nothing of it may go on."""
    stops = bool(blocked) and len(blocked) == len(partitions)
    return dg.AssetCheckSeverity.ERROR if stops else dg.AssetCheckSeverity.WARN


def shift_result(judged: Mapping[str, Judgement]) -> dg.AssetCheckResult:
    """A warning where values moved, or where there is nothing yet to compare them with."""
    reports = {partition: judgement.shift for partition, judgement in judged.items()}
    unlike = [f"{p}: {report.message}" for p, report in reports.items() if report.status != "stable"]
    states = [(p, report.status.replace("_", " "), report.partitions) for p, report in reports.items()]
    columns = [
        (
            p,
            c.column,
            "-" if c.psi is None else f"{c.psi:.4f}",
            f"{c.psi_limit:.4f}",
            f"{c.missing:.2%}",
            f"{c.missing_before:.2%}",
            ", ".join(c.new_categories),
            "shifted" if c.shifted else "",
        )
        for p, report in reports.items()
        for c in sorted(report.columns, key=lambda c: not c.shifted)
    ]
    head = ["partition", "column", "PSI", "limit", "missing", "before", "new categories", ""]
    return dg.AssetCheckResult(
        check_name=SHIFT_CHECK,
        passed=not unlike,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(unlike[:3]) or "as in the partitions before",
        metadata={
            "partitions": markdown_table(["partition", "found", "partitions before"], states),
            "columns": markdown_table(head, columns) if columns else dg.MetadataValue.text("none compared"),
        },
    )


def _quarantines(judged: Mapping[str, Judgement]) -> dict[str, dg.MetadataValue]:
    kept = {p: judgement.quarantine for p, judgement in judged.items() if judgement.quarantine}
    if not kept:
        return {}
    return {
        "quarantine": markdown_table(
            ["partition", "rows", "file"], [(p, t.rows, t.uri) for p, t in kept.items()]
        )
    }


def _unjudged(judged: Mapping[str, Judgement]) -> dict[str, dg.MetadataValue]:
    rows = [(p, told) for p, judgement in judged.items() for told in judgement.unjudged]
    return {"not_judged": markdown_table(["partition", "rule"], rows)} if rows else {}

"""What a partition is compared with, and what the champion makes of both: all that `drift` reads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assets.keys import FEATURES, launch_command
from assets.sampling import spread_rows
from lifecycle.data.block_profile import (
    BlockCuts,
    BlockProfiles,
    block_cuts,
    blocks_of,
    profile_blocks,
)
from lifecycle.data.stored_blocks import dump_blocks, load_blocks
from lifecycle.data.table_profile import TableProfile
from lifecycle.errors import LifecycleError
from lifecycle.evaluation.report import EvaluationReport
from lifecycle.features.build import build_plan
from lifecycle.features.encoding import encode_table
from lifecycle.features.plan import Feature, FeaturePlan
from lifecycle.features.shown import shown_features
from lifecycle.monitoring.calibration import Blocks, Calibration, calibrated
from lifecycle.monitoring.domain_classifier import separability
from lifecycle.monitoring.drift_report import DriftReport, Reference, read_drift_report
from lifecycle.monitoring.expected_effect import expected_effects
from lifecycle.monitoring.judge_drift import AskModel, Moved, judge_drift
from lifecycle.monitoring.predictions import prediction_columns, profile_predictions
from lifecycle.registry.bundle import open_bundle
from lifecycle.registry.champion import Contender, shares_features
from lifecycle.registry.judging import REPORT_FILE
from lifecycle.registry.predictor import load_predictor
from lifecycle.spec.fingerprint import fingerprint
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.monitoring import ROLLING_PARTITIONS, Family
from resources.tracking.base import ModelVersion, Tracking
from resources.warehouse.base import TableRef, Warehouse

if TYPE_CHECKING:
    import pyarrow as pa

DRIFT_FILE = "drift.json"
"""Name of the report beside the partition's feature table."""
SAMPLED_ROWS = 4000
"""Rows of either side that the champion and the domain classifier are asked about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Champion:
    """The version that serves, as far as it can be asked about tables of today's plan."""

    version: ModelVersion
    contender: Contender
    harms: Mapping[str, float] | None
    """Feature -> harm of its permutation; None: its evaluation tells none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A report with what it compared: profiles of the reference's blocks, and of those that were judged."""

    report: DriftReport
    before: Sequence[TableProfile]
    now: Sequence[TableProfile]


@dataclass(kw_only=True)
class DriftWatch:
    """Compares partitions of a model; what several of them need is read once."""

    spec: ModelSpec
    warehouse: Warehouse
    tracking: Tracking
    champion: Champion | None
    plan: FeaturePlan = field(init=False)
    _blocks: dict[str, BlockProfiles] = field(default_factory=dict)
    _calibrated: dict[tuple[object, ...], Calibration] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.plan = build_plan(self.spec)

    @property
    def families(self) -> Mapping[str, Family]:
        """Column -> what it is to the model."""
        found: dict[str, Family] = {feature.name: "input" for feature in self.plan.features}
        if self.champion is not None:
            found |= dict.fromkeys(prediction_columns(self.champion.contender), "prediction")
        # A label that is a feature by name as well stays what the model sees.
        return {self.spec.data.label.column: "label", **found}

    def judge(self, partition: str) -> tuple[TableRef, DriftReport]:
        """The report of a partition, kept beside its feature table.

        Raises:
            LifecycleError: there is no such feature table.
        """
        table = self.warehouse.published(self.spec.name, FEATURES, partition)
        if table is None:
            command = launch_command(self.spec.name, FEATURES, partition=partition)
            raise LifecycleError(f"{self.spec.name}/{FEATURES} has no partition {partition}: {command}")
        reference, compared_with = self._reference(table)
        current = self._joined([table])
        length = max(1, len(current.profiles))
        report = judge_drift(
            partition,
            current,
            self._calibration(reference, length),
            compared_with.model_copy(update={"blocks": len(self._joined(reference).profiles)}),
            self.spec.monitoring.drift,
            moved=self._moved(reference, lambda columns: self._sample([table], columns)),
            hidden=self._hidden(),
        )
        report = report.model_copy(update=self._told_apart(reference, table))
        self.warehouse.attach(table, DRIFT_FILE, report.model_dump_json(indent=1).encode())
        return table, report

    def judge_served(self, table: TableRef, rows: "pa.Table", *, at: str) -> Compared:
        """Compare features as they were served with the reference of the partition, by the same limits.

        Args:
            table: of the partition, for its name and window.
            rows: a row an answer, with a column for each feature that is known of it.
            at: column with the time of the answer.
        """
        reference, compared_with = self._reference(table)
        before = self._joined(reference)
        there = {
            f.name: f.kind for f in self.plan.features if f.kind != "null" and f.name in rows.column_names
        }
        current = profile_blocks(there, rows.to_batches(), self._cuts(table), event_time=at)
        # Days without an answer are no part of the window: it is as long as what was served.
        length = max(1, sum(profile.rows > 0 for profile in current.profiles))
        whole = there.keys() >= set(self.champion.contender.encoding.names) if self.champion else False
        step = max(1, rows.num_rows // SAMPLED_ROWS)
        report = judge_drift(
            table.partition,
            Blocks(names=current.names, profiles=current.profiles, block_s=current.block_s),
            self._calibration(reference, length),
            compared_with.model_copy(update={"blocks": len(before.profiles)}),
            self.spec.monitoring.drift,
            moved=self._moved(reference, lambda columns: rows.select(columns)[::step]) if whole else None,
            hidden=self._hidden(),
            sampled=True,
            asked=there,
        )
        return Compared(report=report, before=before.profiles, now=current.profiles)

    def before(self, table: TableRef, *, at_most: int) -> list[DriftReport]:
        """Reports of earlier partitions, oldest first, as far as there are any."""
        earlier = self.warehouse.before(self.spec.name, FEATURES, table.window, at_most=at_most)
        kept = [self.warehouse.attached(one, DRIFT_FILE) for one in earlier]
        return [read_drift_report(text) for text in kept if text is not None]

    def samples(self, table: TableRef) -> "tuple[pa.Table, pa.Table]":
        """Some rows of the reference and of a partition, with the features of the plan."""
        reference, _ = self._reference(table)
        columns = [feature.name for feature in self.plan.features]
        if not reference:
            return self._sample([table], columns).slice(0, 0), self._sample([table], columns)
        return self._sample(reference, columns), self._sample([table], columns)

    def profiles(self, table: TableRef) -> tuple[Sequence[TableProfile], Sequence[TableProfile]]:
        """Profiles of the blocks of the reference, and of the partition."""
        return self._joined(self._reference(table)[0]).profiles, self._joined([table]).profiles

    def _reference(self, table: TableRef) -> tuple[list[TableRef], Reference]:
        """The tables to compare with, the partition itself left out."""
        rules = self.spec.monitoring.drift
        trained = self.champion if rules.reference == "training" else None
        if trained is not None:
            partitions = trained.contender.bundle.manifest.data_versions
            held = [self.warehouse.published(self.spec.name, FEATURES, name) for name in partitions]
            tables = [one for one in held if one is not None and one.partition != table.partition]
        else:
            count = rules.partitions or ROLLING_PARTITIONS[self.spec.data.partition.every]
            tables = list(self.warehouse.before(self.spec.name, FEATURES, table.window, at_most=count))
        return tables, Reference(
            kind="rolling" if trained is None else "training",
            version=trained.version.version if trained else None,
            partitions=tuple(one.partition for one in tables),
            blocks=0,
            rows=sum(one.rows for one in tables),
        )

    def _calibration(self, reference: Sequence[TableRef], length: int) -> Calibration:
        key = (*(table.content_hash for table in reference), length)
        if key not in self._calibrated:
            blocks = self._joined(reference)
            rules = self.spec.monitoring.drift
            self._calibrated[key] = calibrated(blocks, rules, self.families, length=length)
        return self._calibrated[key]

    def _joined(self, tables: Sequence[TableRef]) -> Blocks:
        held = [self._of(table) for table in tables]
        return Blocks(
            names=tuple(name for blocks in held for name in blocks.names),
            profiles=tuple(profile for blocks in held for profile in blocks.profiles),
            block_s=max((blocks.block_s for blocks in held), default=0.0),
        )

    def _of(self, table: TableRef) -> BlockProfiles:
        """Profiles of a table's blocks: features, label and the champion's scores."""
        if table.content_hash not in self._blocks:
            columns = [name for name in self.families if name in table.columns]
            blocks = self.warehouse.blocks(self.spec, table, columns)
            if self.champion is not None:
                blocks = _beside(blocks, self._predictions(self.champion, table))
            self._blocks[table.content_hash] = blocks
        return self._blocks[table.content_hash]

    def _predictions(self, champion: Champion, table: TableRef) -> BlockProfiles:
        contender, at = champion.contender, self.spec.data.event_time
        name = f"scores.{contender.bundle.digest[:16]}.json"
        asked = fingerprint(contender.bundle.digest, at, self._cuts(table).starts)
        kept = self.warehouse.attached(table, name)
        if kept is not None and (known := load_blocks(kept, asked=asked)):
            return known
        columns = [*contender.encoding.names, *([at] if at else [])]
        batches = self.warehouse.batches(table, columns)
        found = profile_predictions(contender, batches, self._cuts(table), event_time=at, rows=table.rows)
        self.warehouse.attach(table, name, dump_blocks(found, asked=asked))
        return found

    def _cuts(self, table: TableRef) -> BlockCuts:
        data = self.spec.data
        return block_cuts(
            table.partition, data.partition.every, table.window.start, table.window.end, data.time_zone
        )

    def _moved(
        self, reference: Sequence[TableRef], sample: "Callable[[Sequence[str]], pa.Table]"
    ) -> AskModel | None:
        if self.champion is None or not reference:
            return None
        contender, harms = self.champion.contender, self.champion.harms

        def moved(columns: Sequence[str]) -> Mapping[str, Moved]:
            predict, encoding = load_predictor(contender.bundle).predict, contender.encoding
            before = encode_table(encoding, self._sample(reference, encoding.names))
            now = encode_table(encoding, sample(encoding.names))
            return expected_effects(predict, before, now, encoding.names, of=columns, harms=harms)

        return moved

    def _told_apart(self, reference: Sequence[TableRef], table: TableRef) -> Mapping[str, float | str | None]:
        if self.champion is None or not reference or self.spec.data.event_time is None:
            return {}
        encoding, at = self.champion.contender.encoding, self.spec.data.event_time
        sides = [self._sample(tables, [*encoding.names, at]) for tables in (reference, [table])]
        starts = self._starts([*reference, table])
        (before, days_before), (now, days_now) = (
            (encode_table(encoding, side), blocks_of(side[at].combine_chunks(), starts)) for side in sides
        )
        found = separability(before, days_before, now, days_now)
        asked: dict[str, float | str | None] = {"model": self.champion.version.version}
        if found is None:
            return asked
        return asked | {
            "separable": found.auc,
            "separable_low": found.low,
            "separable_high": found.high,
            "separable_by_itself": found.by_itself,
        }

    def _starts(self, tables: Sequence[TableRef]) -> NDArray[np.int64]:
        return np.array(sorted({start for table in tables for start in self._cuts(table).starts}))

    def _sample(self, tables: Sequence[TableRef], columns: Sequence[str]) -> "pa.Table":
        return spread_rows(self.warehouse, tables, columns, SAMPLED_ROWS)

    @property
    def shown(self) -> list[Feature]:
        """Features that read nothing sensitive."""
        names = {name for name, _ in shown_features(self.plan)}
        return [feature for feature in self.plan.features if feature.name in names]

    def _hidden(self) -> list[str]:
        shown = {feature.name for feature in self.shown}
        label = self.spec.data.label.column
        sensitive = [label] if self.spec.data.columns[label].sensitive else []
        return [*sensitive, *(feature.name for feature in self.plan.features if feature.name not in shown)]


def drift_watch(
    spec: ModelSpec, warehouse: Warehouse, tracking: Tracking, folder: Path, *, tell: Callable[[str], None]
) -> DriftWatch:
    """A watch with the champion of the day, if there is one that today's feature tables suit.

    Args:
        folder: where its bundle is fetched to.
        tell: is told why it is not asked.
    """
    champion = tracking.holder(spec.name, "champion")
    if champion is None:
        tell("no champion: compared with the partitions before, and no prediction is judged")
        return DriftWatch(spec=spec, warehouse=warehouse, tracking=tracking, champion=None)
    fetched = tracking.fetch_bundle(spec.name, champion.version, folder)
    contender = Contender.load(open_bundle(fetched, expect_digest=champion.bundle_digest))
    if not shares_features(contender, build_plan(spec)):
        tell(f"version {champion.version} knows other features than the tables: no prediction is judged")
        return DriftWatch(spec=spec, warehouse=warehouse, tracking=tracking, champion=None)
    harms = None
    if champion.verdict is not None:
        text = tracking.evidence_file(spec.name, champion.version, REPORT_FILE)
        trials = EvaluationReport.from_json(text).trials
        harms = {harm.what: harm.harm or 0.0 for harm in trials.permuted} if trials else None
    held = Champion(version=champion, contender=contender, harms=harms)
    return DriftWatch(spec=spec, warehouse=warehouse, tracking=tracking, champion=held)


def _beside(blocks: BlockProfiles, more: BlockProfiles) -> BlockProfiles:
    """Profiles of the same blocks, with the columns of both."""
    return BlockProfiles(
        names=blocks.names,
        block_s=blocks.block_s,
        profiles=tuple(
            TableProfile(rows=one.rows, columns={**one.columns, **other.columns})
            for one, other in zip(blocks.profiles, more.profiles, strict=True)
        ),
    )

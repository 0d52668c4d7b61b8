"""Bad challengers planted among the real flights, and the gates that refuse them.

Every model is trained by the real job on real rows of 2013, sealed, and judged on its holdout beside the same
champion: what the `evaluation` asset does, without a registry. What is planted stands in `CHALLENGERS`.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assets.contract import sound_snapshot
from assets.history import past_partitions, recent_history
from assets.partitions import partitions_of, window_of
from assets.sealing import sealed_bundle
from assets.training import training_job, training_tables
from lifecycle.evaluation.comparison import FIRST_VERSION, ChampionScores, Comparison
from lifecycle.evaluation.report import EvaluationReport
from lifecycle.features.build import build_plan
from lifecycle.features.online_tables import KnownBy
from lifecycle.registry.bundle import Bundle
from lifecycle.registry.champion import Contender, unseen_rows
from lifecycle.registry.judging import holdout_of, judge, score_rows
from lifecycle.registry.judging_parts import judge_parts
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.parse import load_spec
from resources.compute.local import LocalCompute
from resources.warehouse.base import TableRef
from resources.warehouse.duckdb import DuckDBWarehouse

EXAMPLE = Path(__file__).parents[2] / "models" / "flight_delay"
MONTHS = tuple(f"2013-{month:02}" for month in range(1, 13))
EVALUATION = {
    "gates": [
        {"metric": "auc", "min": 0.58},
        {"metric": "auc", "max": 0.9},
        {"metric": "ece", "max": 0.2},
        {"relative": "auc", "margin": 0.01},
        {"slice": "origin", "metric": "auc", "min": 0.55},
        {"fairness": "accuracy_gap", "attribute": "origin", "max": 0.2},
    ],
    "slices": [{"name": "origin", "by": "origin"}, {"name": "long_haul", "where": "distance > 2000"}],
    "fairness": {"attributes": ["origin"]},
}
Alter = Callable[[pa.Table], pa.Table]
"""From the rows of the window to those that are trained on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenger:
    """A model as of the last of its months, beside a champion of all months before it.

    Attributes:
        months: window.
        refused_by: gate that must not pass; None: a sound challenger, for comparison.
        leaks: what was planted is also there when it is judged.
    """

    name: str
    months: Sequence[str]
    alter: Alter
    refused_by: str | None
    leaks: bool = False


def as_they_are(rows: pa.Table) -> pa.Table:
    """Nothing planted."""
    return rows


def shuffled_labels(rows: pa.Table) -> pa.Table:
    """Labels of other rows: there is nothing to learn."""
    at = rows.column_names.index("late")
    known = rows.filter(rows["late"].is_valid())
    order = np.random.default_rng(0).permutation(known.num_rows)
    return known.set_column(at, "late", known["late"].take(pa.array(order)))


def last_winter_only(rows: pa.Table) -> pa.Table:
    """January and February fit, October tunes and judges: what lies between is forgotten."""
    month = pc.month(rows["requested_at"])
    return rows.filter(pc.is_in(month, pa.array([1, 2, 10], month.type)))


def arrival_in_the_features(rows: pa.Table) -> pa.Table:
    """The delay at landing, in minutes, in the place of the distance."""
    at = rows.column_names.index("distance")
    until_landing = pc.subtract(rows["label_known_at"], rows["requested_at"]).cast(pa.int64())
    minutes = pc.subtract(pc.divide(until_landing.cast(pa.float64()), 60e6), 120.0)
    return rows.set_column(at, "distance", pc.subtract(minutes, rows["block_minutes"]))


CHALLENGERS = (
    Challenger(name="sound: all months", months=MONTHS, alter=as_they_are, refused_by=None),
    Challenger(
        name="labels shuffled", months=MONTHS, alter=shuffled_labels, refused_by="auc_against_champion"
    ),
    Challenger(
        name="last winter only", months=MONTHS[:10], alter=last_winter_only, refused_by="auc_against_champion"
    ),
    Challenger(
        name="leaking", months=MONTHS, alter=arrival_in_the_features, refused_by="auc_max", leaks=True
    ),
    Challenger(
        name="last three months",
        months=MONTHS[-3:],
        alter=as_they_are,
        refused_by="auc_against_champion",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The example with the gates of this benchmark, its lake, and a folder to train in."""

    spec: ModelSpec
    warehouse: DuckDBWarehouse
    home: Path

    @classmethod
    def at(cls, home: Path) -> "Bench":
        """The bench in a home whose lake of flights is built."""
        spec = load_spec(EXAMPLE / "spec.yaml")
        raw = spec.model_dump(mode="json", exclude_none=True) | {"evaluation": EVALUATION}
        spec = ModelSpec.model_validate_json(json.dumps(raw)).with_folder(EXAMPLE)
        return cls(spec=spec, warehouse=DuckDBWarehouse(root=str(home / "lake"), home=str(home)), home=home)

    def make_tables(self, months: Sequence[str] = MONTHS) -> None:
        """Snapshots and feature tables of months that are not there yet."""
        plan, partitions = build_plan(self.spec), partitions_of(self.spec)
        for month in months:
            if self.warehouse.published(self.spec.name, "features", month) is None:
                self.warehouse.snapshot(self.spec, month, window_of(partitions, month))
                snapshot, window = self._snapshot(month), window_of(partitions, month)
                past = [self._snapshot(key) for key in past_partitions(plan, partitions, window)]
                self.warehouse.build_features(plan, self.spec, snapshot, month, past)

    def train(self, name: str, months: Sequence[str], alter: Alter) -> tuple[Bundle, pa.Table]:
        """A sealed bundle as of the last month, and the rows that it was trained on."""
        plan, as_of = build_plan(self.spec), months[-1]
        tables = training_tables(self.spec, self.warehouse, months)
        rows = alter(pa.concat_tables([self.warehouse.read(table) for table in tables]))
        file = self.home / f"{name.replace(' ', '_').replace(':', '')}.parquet"
        pq.write_table(rows, file)
        window = window_of(partitions_of(self.spec), as_of)
        job = training_job(self.spec, plan, tables, as_of=as_of, window=window)
        job = job.model_copy(update={"tables": (str(file),)})
        done = LocalCompute(root=str(self.home / "jobs")).train(job, file.stem, progress=lambda line: None)
        lookups = {
            lookup: self.warehouse.lookup_rows(self.spec, lookup, known_by=job.cut_off)
            for lookup in self.spec.features.lookups
        }
        known = KnownBy.at(job.cut_off)
        recent = recent_history(
            self.spec, plan, self.warehouse, partitions_of(self.spec), known, self._snapshot
        )
        bundle = sealed_bundle(
            self.spec, plan, self.warehouse, tables, job, done, lookups, recent, self._snapshot
        )
        return bundle, rows

    def _snapshot(self, month: str) -> TableRef:
        return sound_snapshot(self.spec, self.warehouse, month)

    def judged(self, bundle: Bundle, rows: pa.Table, champion: Bundle | None) -> EvaluationReport:
        """The report on the holdout of a bundle, beside the champion."""
        scored = score_rows(self.spec, bundle, rows.to_batches(), holdout_of(bundle.manifest))
        holdout = scored.kept.table
        beside: ChampionScores | Comparison = FIRST_VERSION
        if champion is not None:
            unseen = unseen_rows(champion.manifest, bundle.manifest, holdout)
            beside = ChampionScores(
                version="champion",
                as_of=champion.manifest.as_of,
                unseen=unseen,
                scores=Contender.load(champion).scores(holdout.filter(unseen)),
                threshold=champion.manifest.threshold,
            )
        report = judge(self.spec, bundle, scored)
        return judge_parts(report, self.spec, bundle, scored, columns=holdout.select([]), champion=beside)


def run(bench: Bench, challengers: Sequence[Challenger]) -> bool:
    """Print every challenger's gates; whether each was refused by the gate that should, and no sound one."""
    bench.make_tables()
    good = True
    for challenger in challengers:
        before = MONTHS[: MONTHS.index(challenger.months[-1])]
        champion, _ = bench.train(f"champion as of {before[-1]}", before, as_they_are)
        began = time.perf_counter()
        bundle, rows = bench.train(challenger.name, challenger.months, challenger.alter)
        trained = time.perf_counter()
        original = rows if challenger.leaks else _rows_of(bench, challenger.months, bundle)
        report = bench.judged(bundle, original, champion)
        judged = time.perf_counter()
        verdicts = {gate.gate: gate.verdict for gate in report.gates}
        kept = challenger.refused_by is None or verdicts[challenger.refused_by] != "pass"
        good &= kept
        told = "refused as it should be" if challenger.refused_by and kept else "" if kept else "NOT REFUSED"
        rows_told = f"{report.n_rows:,} rows from {bundle.manifest.holdout_start:%d %B}"
        print(f"{challenger.name}, {report.verdict}: {rows_told}, champion as of {before[-1]}  {told}")
        print(f"  trained in {trained - began:.0f} s, judged in {judged - trained:.0f} s")
        for gate in report.gates:
            print(f"  {gate.verdict:<16} {gate.gate:<36} {gate.reason}")
        for found in report.discovered.slices if report.discovered else ():
            if found.found and found.effect is not None:
                loss = f"loss +{found.effect:.3f}, q {found.q_value:.2g}"
                print(f"  slice {found.words}: {found.n_rows:,} rows, {loss}")
        print(flush=True)
    return good


def main() -> None:
    """Build the lake of flights, train and judge everything, and fail where a bad one slips through."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        script = [sys.executable, str(EXAMPLE / "lake.py"), str(home / "lake" / "flights")]
        subprocess.run(script, env=os.environ | {"PYTHONPATH": str(EXAMPLE.parents[1])}, check=True)
        if not run(Bench.at(home), CHALLENGERS):
            raise SystemExit("a planted challenger was not refused by the gate that should refuse it")


def _rows_of(bench: Bench, months: Sequence[str], bundle: Bundle) -> pa.Table:
    """The rows as they are: a model is judged by the truth, whatever it was trained on."""
    tables = training_tables(bench.spec, bench.warehouse, months)
    ended = bundle.manifest.holdout_start
    late = [t for t in tables if t.window.end > ended]
    return pa.concat_tables([bench.warehouse.read(table) for table in late])

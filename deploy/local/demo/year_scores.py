"""How well the frozen model, the oracle and the loop ranked the same flights, month by month."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from year_models import LOOP

from assets.keys import FEATURES, LABELS
from lifecycle.evaluation.metrics.ranking import AUC
from lifecycle.evaluation.sample import build_sample
from lifecycle.registry.bundle import open_bundle
from lifecycle.registry.champion import Contender
from lifecycle.spec.model_spec import ModelSpec
from orchestration.environments import Environment
from resources.tracking.base import ModelVersion
from resources.warehouse.base import TimeWindow

LATER = TimeWindow(start=datetime(3000, 1, 1, tzinfo=UTC), end=datetime(3000, 1, 2, tzinfo=UTC))
"""A window that every partition ends before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """AUC of a month on the flights that were asked about, answered, and labelled."""

    month: str
    flights: int
    frozen: float
    oracle: float
    loop: float


def months_between(since: date, until: date) -> list[str]:
    """Months that a span of days touches; its last day is not part of it.

    >>> months_between(date(2013, 11, 20), date(2014, 1, 1))
    ['2013-11', '2013-12']
    """
    first, last = since.year * 12 + since.month - 1, until.year * 12 + until.month - 1
    ends = last if until.day == 1 else last + 1
    return [f"{n // 12}-{n % 12 + 1:02d}" for n in range(first, ends)]


def month_before(month: str) -> str:
    """The month before one.

    >>> month_before("2013-01")
    '2012-12'
    """
    number = int(month[:4]) * 12 + int(month[5:]) - 2
    return f"{number // 12}-{number % 12 + 1:02d}"


def scores_by_month(
    oracle: ModelSpec, beside: Environment, loop: Environment, frozen: ModelVersion, months: Sequence[str]
) -> list[Month]:
    """Score each month's flights by all three.

    Args:
        oracle: its spec, whose tables and versions are in the environment `beside`.
        loop: what answered, and the frozen version.
    """
    answered = answers(loop)
    versions = {version.as_of: version for version in beside.tracking.versions(oracle.name)}
    found = []
    for month in months:
        features = beside.warehouse.published(oracle.name, FEATURES, month)
        if features is None:
            continue
        table = beside.warehouse.read(features)
        keys = table[oracle.data.entity].to_pylist()
        rows = [number for number, key in enumerate(keys) if key in answered]
        labels = np.array([answered[keys[row]][1] for row in rows], dtype=np.float64)
        asked = table.take(pa.array(rows))
        found.append(
            Month(
                month=month,
                flights=len(rows),
                frozen=auc(labels, scores(loop, frozen, asked)),
                oracle=auc(labels, scores(beside, versions[month_before(month)], asked)),
                loop=auc(labels, np.array([answered[keys[row]][0] for row in rows])),
            )
        )
    return found


def answers(environment: Environment) -> Mapping[str, tuple[float, bool]]:
    """Flight -> the probability that the endpoint answered, and what came true; read from `labels`."""
    found: dict[str, tuple[float, bool]] = {}
    for table in environment.warehouse.before(LOOP, LABELS, LATER, at_most=1000):
        rows = environment.warehouse.read(table, ["key", "probability", "label", "assignment"]).to_pylist()
        found |= {
            row["key"]: (row["probability"], json.loads(row["label"]))
            for row in rows
            # A shadow scored it as well, and nobody got that.
            if row["assignment"] != "shadow" and None not in (row["label"], row["probability"])
        }
    return found


def scores(environment: Environment, version: ModelVersion, features: pa.Table) -> NDArray[np.float64]:
    """What a version says of rows of a feature table."""
    with TemporaryDirectory() as folder:
        fetched = environment.tracking.fetch_bundle(version.model, version.version, Path(folder))
        return Contender.load(open_bundle(fetched, expect_digest=version.bundle_digest)).scores(features)


def auc(labels: NDArray[np.float64], scored: NDArray[np.float64]) -> float:
    """Chance that a late flight has the higher score; nan where all flights are of one kind."""
    one_block = np.zeros(len(labels), dtype=np.int64)
    found = AUC.value(build_sample("binary", labels, scored, blocks=one_block))
    return math.nan if found is None else found

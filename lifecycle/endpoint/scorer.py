"""A loaded bundle: requests in, scores out, and a smoke test against the scores kept at training."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lifecycle.errors import LifecycleError
from lifecycle.features.encoding import Encoding, RowEncoder
from lifecycle.features.expression import Value
from lifecycle.features.online import LookupTable, OnlineFeatures
from lifecycle.features.plan import FeaturePlan, LookupPlan
from lifecycle.features.request import RequestReader, RowProblem, from_python
from lifecycle.registry.bundle import (
    ENCODING_FILE,
    GOLDEN_FILE,
    PLAN_FILE,
    Bundle,
    BundleManifest,
    lookup_file,
)
from lifecycle.registry.predictor import load_predictor
from lifecycle.spec.records import Scalar

# Scores travel from training as decimal text of the same floats: only another library version may move them.
SCORE_TOLERANCE = 1e-6
FEATURE_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The answer for one row."""

    value: Scalar
    """The predicted class, or the predicted number."""
    probability: float | None = None
    """Binary: of the positive class."""
    probabilities: Mapping[str, float] | None = None
    """Multiclass: of each class."""


class RowsError(LifecycleError):
    """Rows that do not keep the model's contract; it carries every problem of every row."""

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        self.problems = tuple(problems)
        first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(
            f"row {first.row}, {first.field}: found {first.found}; allowed: {first.allowed}{more}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SmokeResult:
    """Golden rows scored again by a loaded bundle."""

    ok: bool
    rows: int
    max_difference: float
    """Largest absolute difference of a score from the one kept at training."""
    differing_features: tuple[str, ...]
    """Features whose online value is not the offline one."""
    milliseconds: float
    """Median time of one golden row."""


class Scorer:
    """Scores requests with one bundle."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.plan = FeaturePlan.from_json(bundle.read_json(PLAN_FILE))
        self._reader = RequestReader(self.plan)
        lookups = {plan.name: _load_lookup(bundle, plan) for plan in self.plan.lookups}
        self._features = OnlineFeatures(self.plan, lookups)
        self._encoder = RowEncoder(Encoding.from_json(bundle.read_json(ENCODING_FILE)))
        self._predictor = load_predictor(bundle)
        self.golden: list[Mapping[str, Any]] = bundle.read_json(GOLDEN_FILE)

    @classmethod
    def load(cls, bundle: Bundle) -> "Scorer":
        """Load an audited bundle."""
        return cls(bundle)

    @property
    def manifest(self) -> BundleManifest:
        """What the bundle is."""
        return self.bundle.manifest

    def score(self, rows: Sequence[Mapping[str, Any]]) -> list[Score]:
        """Score decoded JSON rows.

        Raises:
            RowsError: with every problem of every row; nothing is scored then.
        """
        features = self.features(rows)
        if not features:
            return []
        return [self._answer(list(map(float, scores))) for scores in self._scores(features)]

    def features(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Value]]:
        """Features of decoded JSON rows, as the online path computes them.

        Raises:
            RowsError: with every problem of every row.
        """
        now_us = time.time_ns() // 1000
        read = [self._reader.read(row, index=index, now_us=now_us) for index, row in enumerate(rows)]
        problems = [problem for _, found in read for problem in found]
        if problems:
            raise RowsError(problems)
        return [self._features.compute(values) for values, _ in read]

    def smoke(self) -> SmokeResult:
        """Score the golden rows and compare features and scores with those kept at training."""
        worst, differing, times = 0.0, set[str](), []
        for golden in self.golden:
            began = time.perf_counter()
            (features,) = self.features([golden["request"]])
            (scores,) = self._scores([features])
            times.append(time.perf_counter() - began)
            worst = max([worst, *(abs(a - b) for a, b in zip(scores, golden["scores"], strict=True))])
            differing |= {
                name for name, value in features.items() if not same(value, golden["features"][name])
            }
        ok = bool(self.golden) and worst <= SCORE_TOLERANCE and not differing
        return SmokeResult(
            ok=ok,
            rows=len(self.golden),
            max_difference=worst,
            differing_features=tuple(sorted(differing)),
            milliseconds=round(1000 * sorted(times)[len(times) // 2], 3) if times else 0.0,
        )

    def _scores(self, features: Sequence[Mapping[str, Value]]) -> list[list[float]]:
        scores: list[list[float]] = self._predictor.predict(self._encoder.encode(features)).tolist()
        return scores

    def _answer(self, scores: Sequence[float]) -> Score:
        classes, threshold = self.manifest.classes, self.manifest.threshold
        if not classes:
            return Score(value=scores[0])
        if len(scores) == 1:
            positive = scores[0] >= (0.5 if threshold is None else threshold)
            return Score(value=classes[1 if positive else 0], probability=scores[0])
        named = {str(value): score for value, score in zip(classes, scores, strict=True)}
        return Score(value=classes[max(range(len(scores)), key=scores.__getitem__)], probabilities=named)


def same(online: Value, offline: Value) -> bool:
    """Whether two values of a feature are equal: exactly, or within 1e-9 (relative beyond one) for floats.

    >>> same(1, 1.0), same(0.1 + 0.2, 0.3), same(None, 0.0), same("a", "b")
    (True, True, False, False)
    """
    if isinstance(online, float) or isinstance(offline, float):
        if not isinstance(online, int | float) or not isinstance(offline, int | float):
            return False
        return math.isclose(online, offline, rel_tol=FEATURE_TOLERANCE, abs_tol=FEATURE_TOLERANCE)
    return online == offline and (online is None) == (offline is None)


def _load_lookup(bundle: Bundle, plan: LookupPlan) -> LookupTable:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(pa.BufferReader(bundle.read_bytes(lookup_file(plan.name))))
    rows = [{name: from_python(value) for name, value in row.items()} for row in table.to_pylist()]
    return LookupTable.build(plan, rows)

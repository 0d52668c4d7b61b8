"""A loaded bundle: requests in, scores out, and a smoke test against the scores kept at training."""

import time
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lifecycle.clock import now_us
from lifecycle.errors import LifecycleError
from lifecycle.features.columns import Columns
from lifecycle.features.encoding import Encoding, Matrix, RowEncoder
from lifecycle.features.expression import Value
from lifecycle.features.online import OnlineFeatures
from lifecycle.features.online_tables import OnlineTables, load_online_tables
from lifecycle.features.parity import compare
from lifecycle.features.request import RequestReader, RowProblem
from lifecycle.features.request_columns import ColumnReader
from lifecycle.registry.bundle import (
    ENCODING_FILE,
    GOLDEN_FILE,
    Bundle,
    BundleManifest,
)
from lifecycle.registry.onnx_predictor import choose_predictor
from lifecycle.registry.predictor import load_predictor
from lifecycle.spec.kinds import Scalar

# Scores travel from training as decimal text of the same floats: only another library version may move them.
SCORE_TOLERANCE = 1e-6
COLUMN_ROWS = 4
"""From here on rows are read and computed by column, see `docs/decisions/031-single-rows.md`."""


class Score(NamedTuple):
    """The answer for one row."""

    value: Scalar
    """The predicted class, or the predicted number."""
    probability: float | None = None
    """Binary: of the positive class."""
    probabilities: Mapping[str, float] | None = None
    """Multiclass: of each class."""


class Scored(NamedTuple):
    """Answers, and the features that they were computed from, in the order of the rows."""

    scores: Sequence[Score]
    features: Columns
    """Feature -> its value in each row."""
    scoring_us: int | None
    """Processor time from the rows to their scores, no waiting of any kind; None: no model scored them."""


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
    """Largest absolute difference of a score from the one kept at training; NaN where one is no number."""
    differing_features: tuple[str, ...]
    """Features whose online value is not the offline one."""
    milliseconds: float
    """Median time of one golden row."""


class Scorer:
    """Scores requests with one bundle."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.plan = bundle.plan
        self._reader = RequestReader(self.plan)
        self._columns = ColumnReader(self.plan)
        tables = load_online_tables(bundle, self.plan)
        self.known_by = tables.known_by
        """By when what its lookups and histories hold was known; None: of the time before there were any."""
        self._features = OnlineFeatures(self.plan, tables.lookups, tables.histories)
        self._names = [feature.name for feature in self.plan.features]
        self._encoder = RowEncoder(Encoding.from_json(bundle.read_json(ENCODING_FILE)))
        self.golden: list[Mapping[str, Any]] = bundle.read_json(GOLDEN_FILE)
        self._native = load_predictor(bundle)
        golden = self._encoder.encode([row["features"] for row in self.golden])
        chosen = choose_predictor(bundle, self._native, golden)
        self._predictor = chosen.predictor
        self.without_twin = chosen.without_twin
        """Why the library that trained the model scores single rows, too; None: its ONNX twin scores them."""

    @classmethod
    def load(cls, bundle: Bundle) -> "Scorer":
        """Load an audited bundle."""
        return cls(bundle)

    def with_tables(self, tables: OnlineTables) -> "Scorer":
        """The same model over other online tables; what is compiled and the weights are shared.

        Whoever holds a scorer takes the new one by a single assignment: a request that runs meanwhile ends
        with the tables that it began with.
        """
        other = copy(self)
        other.known_by = tables.known_by
        other._features = self._features.with_tables(tables.lookups, tables.histories)
        return other

    @property
    def manifest(self) -> BundleManifest:
        """What the bundle is."""
        return self.bundle.manifest

    def score(self, rows: Sequence[Mapping[str, Any]]) -> list[Score]:
        """Score decoded JSON rows.

        Raises:
            RowsError: with every problem of every row; nothing is scored then.
        """
        return list(self.answer(rows).scores)

    def answer(self, rows: Sequence[Mapping[str, Any]]) -> Scored:
        """The same, with the features: what a log keeps of a request.

        Raises:
            RowsError: with every problem of every row; nothing is scored then.
        """
        # Of the processor: by the wall, a shadow that waits for the interpreter's lock, or a busy machine,
        # looks like a slow version, and a slow version like a busy machine.
        began_s = time.thread_time()
        features, matrix = self._batch(rows) if len(rows) >= COLUMN_ROWS else self._row_by_row(rows)
        scores = self._answers(matrix) if rows else []
        scoring_us = int(1e6 * (time.thread_time() - began_s))
        return Scored(scores=scores, features=features, scoring_us=scoring_us)

    def answer_computed(self, features: Sequence[Mapping[str, Value]]) -> Scored:
        """The same from features that are computed already: what a log holds of a request.

        Args:
            features: of each row every feature of the plan.
        """
        began_s = time.thread_time()
        scores = self._answers(self._encoder.encode(features)) if features else []
        scoring_us = int(1e6 * (time.thread_time() - began_s))
        columns = {name: [row[name] for row in features] for name in self._names}
        return Scored(scores=scores, features=columns, scoring_us=scoring_us)

    def _row_by_row(self, rows: Sequence[Mapping[str, Any]]) -> tuple[Columns, Matrix]:
        computed = self.features(rows)
        values = zip(*[one.values() for one in computed], strict=True)
        return dict(zip(self._names, values, strict=False)), self._encoder.encode(computed)

    def _batch(self, rows: Sequence[Mapping[str, Any]]) -> tuple[Columns, Matrix]:
        """The same by column. What columns do not do goes row by row: telling what is wrong with a row."""
        read = self._columns.read(rows, now_us=self._at_us())
        if read is None:
            return self._row_by_row(rows)
        try:
            features = self._features.compute_columns(read, len(rows))
        except ArithmeticError:
            return self._row_by_row(rows)
        return features, self._encoder.encode_columns(features, len(rows))

    def features(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Value]]:
        """Features of decoded JSON rows, as the online path computes them.

        Raises:
            RowsError: with every problem of every row.
        """
        at_us = self._at_us()
        read = [self._reader.read(row, index=index, now_us=at_us) for index, row in enumerate(rows)]
        problems = [problem for _, found in read for problem in found]
        if problems:
            raise RowsError(problems)
        return [self._features.compute(values) for values, _ in read]

    def smoke(self) -> SmokeResult:
        """Score the golden rows and compare features and scores with those kept at training.

        Both ways to a score are held to them: that of single rows, and that of batches.
        """
        computed, times = list[Mapping[str, Value]](), list[float]()
        differences = [0.0]
        for golden in self.golden:
            began = time.perf_counter()
            (features,) = self.features([golden["request"]])
            (scores,) = self._scores([features])
            times.append(time.perf_counter() - began)
            differences.extend(abs(a - b) for a, b in zip(scores, golden["scores"], strict=True))
            computed.append(features)
        kept = [golden["features"] for golden in self.golden]
        differing = set(compare(self.plan, computed, kept).differing)
        if computed:
            batch, matrix = self._batch([golden["request"] for golden in self.golden])
            together = [dict(zip(batch, row, strict=True)) for row in zip(*batch.values(), strict=True)]
            differing |= set(compare(self.plan, together, kept).differing)
            kept_scores = np.array([golden["scores"] for golden in self.golden])
            differences.extend(np.abs(self._native.predict(matrix) - kept_scores).ravel().tolist())
        # Not Python's `max`: it passes over NaN, and a score that is no number differs from everything.
        worst = float(np.max(differences))
        return SmokeResult(
            ok=bool(computed) and not differing and worst <= SCORE_TOLERANCE,
            rows=len(self.golden),
            max_difference=worst,
            differing_features=tuple(sorted(differing)),
            milliseconds=round(1000 * sorted(times)[len(times) // 2], 3) if times else 0.0,
        )

    def _scores(self, features: Sequence[Mapping[str, Value]]) -> list[list[float]]:
        scores: list[list[float]] = self._predictor.predict(self._encoder.encode(features)).tolist()
        return scores

    def _at_us(self) -> int:
        """The event time of rows that give none."""
        return 0 if self.plan.event_time is None else now_us()

    def _answers(self, matrix: Matrix) -> list[Score]:
        return answers(self.manifest, self._predictor.predict(matrix).tolist())


def answers(manifest: BundleManifest, scores: Sequence[Sequence[float]]) -> list[Score]:
    """What is answered for scores of a bundle.

    Args:
        manifest: of the bundle.
        scores: shape (n_rows, n_outputs).
    """
    classes, threshold = manifest.classes, manifest.threshold
    if not classes:
        return [Score(value) for (value,) in scores]
    if manifest.task != "multiclass":
        least = 0.5 if threshold is None else threshold
        negative, positive = classes
        return [Score(positive if p >= least else negative, p) for (p,) in scores]
    names = [str(value) for value in classes]
    return [Score(classes[one.index(max(one))], None, dict(zip(names, one, strict=True))) for one in scores]

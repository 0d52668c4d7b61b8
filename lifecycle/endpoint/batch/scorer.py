"""Scores of rows whose features are computed already: those of a feature table."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lifecycle.endpoint.scorer import SCORE_TOLERANCE, Score, answers
from lifecycle.errors import LifecycleError
from lifecycle.features.encoding import Encoding, Matrix, RowEncoder, encode_table
from lifecycle.features.expression import Value
from lifecycle.registry.bundle import ENCODING_FILE, GOLDEN_FILE, Bundle
from lifecycle.registry.predictor import load_predictor

if TYPE_CHECKING:
    import pyarrow as pa


class FeatureScorer:
    """A bundle behind its feature plan: what the endpoint does once the features of a request are there.

    A feature table holds what was known at each row's own time; an endpoint knows what is known now. So rows
    of the past are scored from their table. All rows go through the library that trained the model, as
    batches do at the endpoint, so that a score does not depend on how rows were cut into batches.

    Raises:
        LifecycleError: the golden rows do not get the scores that they got at training.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.encoding = Encoding.from_json(bundle.read_json(ENCODING_FILE))
        self._encoder = RowEncoder(self.encoding)
        self._predictor = load_predictor(bundle)
        golden = bundle.read_json(GOLDEN_FILE)
        found = self._predictor.predict(self._encoder.encode([row["features"] for row in golden]))
        kept = np.array([row["scores"] for row in golden])
        if not len(golden) or float(np.abs(found - kept).max()) > SCORE_TOLERANCE:
            raise LifecycleError(
                f"bundle {bundle.digest[:12]} does not score its {len(golden)} golden rows as at training: "
                "use the library versions it was trained with, or train again"
            )

    def table(self, rows: "pa.Table | pa.RecordBatch") -> list[Score]:
        """Answers for rows of a feature table, in their order."""
        import pyarrow as pa

        table = pa.Table.from_batches([rows]) if isinstance(rows, pa.RecordBatch) else rows
        return self._answers(encode_table(self.encoding, table))

    def rows(self, rows: Sequence[Mapping[str, Value]]) -> list[Score]:
        """The same for rows as JSON holds them: each has every feature that the model sees.

        Raises:
            LifecycleError: a row lacks one.
        """
        for number, row in enumerate(rows):
            if lacking := [name for name in self.encoding.names if name not in row]:
                raise LifecycleError(
                    f"instance {number} has no {', '.join(lacking[:5])}: give every feature of the model"
                )
        return self._answers(self._encoder.encode(rows))

    def _answers(self, matrix: Matrix) -> list[Score]:
        return answers(self.bundle.manifest, self._predictor.predict(matrix).tolist())

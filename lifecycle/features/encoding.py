"""From features to the numbers a model sees: one record, learned at training, used by both paths."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from lifecycle.errors import LifecycleError
from lifecycle.features.columns import Columns
from lifecycle.features.expression import Kind, Value

if TYPE_CHECKING:
    import pyarrow as pa

ENCODING_FORMAT = 1
Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedFeature:
    """One column of the matrix: a number, or the position of a category in its vocabulary."""

    name: str
    kind: Literal["number", "category"]
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """Columns of the matrix, in order. Missing values and unknown categories are NaN."""

    features: tuple[EncodedFeature, ...]

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return [feature.name for feature in self.features]

    @property
    def types(self) -> list[str]:
        """Types of the columns as xgboost names them: `c` for categories, `q` for quantities."""
        return ["c" if feature.kind == "category" else "q" for feature in self.features]

    def to_json(self) -> dict[str, Any]:
        """The encoding as JSON-like values."""
        features = [[f.name, f.kind, list(f.categories)] for f in self.features]
        return {"format": ENCODING_FORMAT, "features": features}

    @classmethod
    def from_json(cls, raw: object) -> "Encoding":
        """Read what `to_json` gave.

        Raises:
            LifecycleError: another format, or not an encoding.
        """
        found = raw.get("format") if isinstance(raw, Mapping) else None
        if not isinstance(raw, Mapping) or found != ENCODING_FORMAT:
            raise LifecycleError(
                f"encoding of format {found!r}; this version reads {ENCODING_FORMAT}: upgrade Flywheel"
            )
        try:
            return cls(
                features=tuple(
                    EncodedFeature(name=name, kind=kind, categories=tuple(categories))
                    for name, kind, categories in raw["features"]
                )
            )
        except (KeyError, TypeError, ValueError) as exc:
            raise LifecycleError(f"a stored encoding is not readable: {exc}; train the model again") from exc


class RowEncoder:
    """Encodes rows of the online path."""

    def __init__(self, encoding: Encoding) -> None:
        self._codes: list[tuple[str, Mapping[Value, float] | None]] = [
            (f.name, {c: float(i) for i, c in enumerate(f.categories)} if f.kind == "category" else None)
            for f in encoding.features
        ]

    def encode(self, rows: Sequence[Mapping[str, Value]]) -> Matrix:
        """Matrix of shape (n_rows, n_features)."""
        nan = float("nan")
        encoded = []
        for row in rows:
            values = []
            for name, codes in self._codes:
                value = row[name]
                if codes is not None:
                    values.append(codes.get(value, nan))
                else:
                    values.append(nan if value is None else float(value))
            encoded.append(values)
        return np.array(encoded, dtype=np.float32).reshape(len(rows), len(self._codes))

    def encode_columns(self, columns: Columns, n_rows: int) -> Matrix:
        """The same matrix from the features of all rows, column by column."""
        nan = float("nan")
        encoded = [
            columns[name] if codes is None else [codes.get(value, nan) for value in columns[name]]
            for name, codes in self._codes
        ]
        # None is NaN for NumPy, too. By way of 64 bits, as a number of Python goes to 32.
        matrix = np.array(encoded, dtype=np.float64).reshape(len(self._codes), n_rows)
        return np.ascontiguousarray(matrix.T, dtype=np.float32)


def fit_feature(name: str, kind: Kind, column: "pa.ChunkedArray", *, max_categories: int) -> EncodedFeature:
    """Learn a column of the matrix: the vocabulary of a string feature, nothing of others.

    Args:
        name: of the feature.
        kind: of its values.
        column: of the rows that fit the model, and no others: a category first seen later is unknown by then.
        max_categories: kept, most frequent first, ties by name.
    """
    # Here, for the endpoint encodes rows and learns nothing: it ships no stage that describes tables.
    from lifecycle.data.frequency import by_frequency

    if kind != "string":
        return EncodedFeature(name=name, kind="number")
    kept = by_frequency(column)["value"].slice(0, max_categories).to_pylist()
    return EncodedFeature(name=name, kind="category", categories=tuple(sorted(kept)))


def encode_table(encoding: Encoding, table: "pa.Table") -> Matrix:
    """Matrix of shape (n_rows, n_features) of a feature table: what `RowEncoder` gives row by row."""
    import pyarrow as pa
    import pyarrow.compute as pc

    matrix = np.empty((table.num_rows, len(encoding.features)), dtype=np.float32)
    for position, feature in enumerate(encoding.features):
        column = table[feature.name]
        if feature.kind == "category":
            column = pc.index_in(
                column, value_set=pa.array(feature.categories, type=pa.string()), skip_nulls=True
            )
        # Not safe: a whole number beyond 2**53 is rounded, as it is online.
        matrix[:, position] = pc.cast(column, pa.float64(), safe=False).to_numpy()
    return matrix

"""Windows of raw values as the profiles that drift is judged by."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from lifecycle.data.table_profile import TableProfile, column_profile
from lifecycle.monitoring.calibration import Blocks
from lifecycle.monitoring.cells import Cells, cells_of
from lifecycle.monitoring.drift_report import Reference

ROLLING = Reference(kind="rolling", partitions=(), blocks=0, rows=0)
DAY_S = 86_400.0


def cells(*windows: Sequence[object], kind: str = "float") -> Cells:
    """Cells of windows; the first one is the reference."""
    arrays = [pa.array(list(window), pa.float64() if kind == "float" else pa.string()) for window in windows]
    made = cells_of(
        [column_profile("float" if kind == "float" else "string", [a]) for a in arrays], reference=1
    )
    assert made is not None
    return made


def table(columns: Mapping[str, object]) -> TableProfile:
    """The profile of a day's columns: arrays of numbers, or lists of text."""
    profiles, rows = {}, 0
    for name, values in columns.items():
        numbers = isinstance(values, np.ndarray) and values.dtype.kind == "f"
        array = pa.array(values, from_pandas=True) if numbers else pa.array(list(values), pa.string())  # type: ignore[call-overload]
        profiles[name] = column_profile("float" if numbers else "string", [array])
        rows = len(array)
    return TableProfile(rows=rows, columns=profiles)


def days(tables: Sequence[TableProfile], *, first: int = 0) -> Blocks:
    """Blocks of a day each."""
    names = tuple(f"day {first + i}" for i in range(len(tables)))
    return Blocks(names=names, profiles=tuple(tables), block_s=DAY_S)

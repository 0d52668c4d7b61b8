"""A small model of a table without time: flowers, whose kind follows from their petals."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.parse import parse_spec

FLOWERS = """
model: {name: flowers, task: multiclass}
data:
  source: {files: flowers.parquet}
  entity: flower
  columns:
    flower: {type: string}
    petal: {type: float, min: 0}
    colour: {type: string, allowed: [red, blue]}
    kind: {type: string, null_share: 0.5}
  label: {column: kind}
features:
  columns: {petal: petal, colour: colour}
training: {rounds: 15, early_stopping_rounds: 5, parameters: {max_depth: 3}}
evaluation:
  resamples: 200
  gates: [{metric: accuracy, min: 0.5, min_rows: 50}]
"""
KINDS = ("iris", "rose", "tulip")


def flowers_spec() -> ModelSpec:
    """The spec of flowers."""
    return parse_spec(FLOWERS)


def flower_rows(count: int = 600, *, unlabelled: int = 30) -> list[Mapping[str, Any]]:
    """Flowers of three kinds; the first few were never named. Each has a petal as long as its kind's."""
    rng = np.random.default_rng(3)
    rows = []
    for number in range(count):
        kind = int(rng.integers(len(KINDS)))
        petal, colour = float(2 * kind + rng.uniform(0, 2.2)), ("red", "blue")[rng.integers(2)]
        named = None if number < unlabelled else KINDS[kind]
        rows.append({"flower": f"f{number:05}", "petal": petal, "colour": colour, "kind": named})
    return rows


def write_flowers(folder: Path) -> None:
    """The source that the spec names."""
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(flower_rows())), folder / "flowers.parquet")

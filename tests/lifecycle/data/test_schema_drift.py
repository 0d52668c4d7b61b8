"""Which changes of a schema are seen, and how often a stable table raises a false alarm."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from lifecycle.data.schema_drift import Swap, compare_schemas, renamed_columns, swapped_columns
from lifecycle.data.table_profile import ColumnProfile, TableProfile, column_profile

Columns = Mapping[str, NDArray[np.generic]]


def profile(columns: Columns) -> TableProfile:
    made = {name: column_profile(_kind(values), [pa.array(values)]) for name, values in columns.items()}
    return TableProfile(rows=max(map(len, columns.values())), columns=made)


def _kind(values: NDArray[np.generic]) -> str:
    return "float" if values.dtype.kind == "f" else "string"


def draw(seed: int, rows: int = 500, **shapes: str) -> Columns:
    """Columns of given shapes; the same shape is drawn anew for each seed."""
    rng = np.random.default_rng(seed)
    shaped = {
        "small": lambda: rng.normal(0, 1, rows),
        "large": lambda: rng.normal(50, 9, rows),
        "skewed": lambda: rng.lognormal(2, 1, rows),
        "moved": lambda: rng.normal(3, 1, rows),
        "constant": lambda: np.full(rows, 4.0),
        "few": lambda: rng.choice(["a", "b", "c"], rows, p=[0.6, 0.3, 0.1]),
        "others": lambda: rng.choice(["x", "y", "z"], rows, p=[0.2, 0.3, 0.5]),
        "text": lambda: np.array([f"{seed} {i}" for i in range(rows)]),
    }
    return {name: shaped[shape]() for name, shape in shapes.items()}


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        pytest.param({"a": "small", "b": "large"}, {"a": "large", "b": "small"}, [("a", "b")], id="swapped"),
        pytest.param(
            {"a": "small", "b": "large", "c": "skewed"},
            {"a": "large", "b": "skewed", "c": "small"},
            [("a", "b", "c")],
            id="rotated",
        ),
        pytest.param({"a": "few", "b": "others"}, {"a": "others", "b": "few"}, [("a", "b")], id="categories"),
        pytest.param({"a": "small", "b": "large"}, {"a": "small", "b": "large"}, [], id="nothing changed"),
        pytest.param({"a": "small", "b": "small"}, {"a": "small", "b": "small"}, [], id="always alike"),
        pytest.param({"a": "small", "b": "large"}, {"a": "moved", "b": "large"}, [], id="one drifts"),
        pytest.param({"a": "small", "b": "large"}, {"a": "large", "b": "large"}, [], id="one copies another"),
        pytest.param({"a": "small", "b": "few"}, {"a": "few", "b": "small"}, [], id="of two kinds"),
        pytest.param({"a": "constant", "b": "large"}, {"a": "large", "b": "constant"}, [], id="a constant"),
        pytest.param(
            {"a": "small", "b": "large", "c": "few", "d": "others"},
            {"a": "large", "b": "small", "c": "others", "d": "few"},
            [("a", "b"), ("c", "d")],
            id="two pairs",
        ),
    ],
)
def test_swapped_columns(
    before: dict[str, str], now: dict[str, str], expected: list[tuple[str, ...]]
) -> None:
    found = swapped_columns(profile(draw(1, **before)), profile(draw(2, **now)))
    assert [swap.columns for swap in found] == expected


def test_too_few_rows_tell_nothing_of_a_swap() -> None:
    before, now = draw(1, 20, a="small", b="large"), draw(2, 20, a="large", b="small")
    assert swapped_columns(profile(before), profile(now)) == ()


def test_a_ring_says_who_looks_like_whom() -> None:
    before, now = draw(1, a="small", b="large"), draw(2, a="large", b="small")
    assert swapped_columns(profile(before), profile(now)) == (Swap(ring=(("a", "b"), ("b", "a"))),)


@pytest.mark.parametrize("rows", [60, 500])
def test_a_stable_table_of_like_columns_raises_no_alarm_in_hundreds_of_partitions(rows: int) -> None:
    # The hardest case: six columns, three pairs of which hardly differ.
    rng = np.random.default_rng(rows)
    means = [0.0, 0.1, 5.0, 5.1, 50.0, 50.5]

    def table() -> TableProfile:
        return profile({f"c{i}": rng.normal(mean, 1, rows) for i, mean in enumerate(means)})

    assert sum(bool(swapped_columns(table(), table())) for _ in range(200)) == 0


def test_a_real_swap_is_found_nearly_always() -> None:
    found = [
        swapped_columns(
            profile(draw(2 * i, 200, a="small", b="large", c="skewed")),
            profile(draw(2 * i + 1, 200, a="large", b="small", c="skewed")),
        )
        for i in range(100)
    ]
    assert sum(bool(swaps) for swaps in found) >= 99


def columns(shapes: Columns) -> Mapping[str, ColumnProfile]:
    return profile(shapes).columns


@pytest.mark.parametrize(
    ("lost", "new", "expected"),
    [
        pytest.param({"a": "large"}, {"b": "large"}, [("a", "b")], id="one for one"),
        pytest.param({"a": "large"}, {"b": "small"}, [], id="another column"),
        pytest.param(
            {"a": "large", "b": "few"}, {"c": "few", "d": "large"}, [("a", "d"), ("b", "c")], id="two at once"
        ),
        pytest.param({"a": "large"}, {"b": "large", "c": "large"}, [], id="two that could be it"),
        pytest.param({"a": "constant"}, {"b": "constant"}, [], id="constants look like many"),
        pytest.param({"a": "text"}, {"b": "text"}, [], id="free text looks like nothing"),
    ],
)
def test_renamed_columns(lost: dict[str, str], new: dict[str, str], expected: list[tuple[str, str]]) -> None:
    assert list(renamed_columns(columns(draw(1, **lost)), columns(draw(2, **new)))) == expected


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        pytest.param({"a": "INT"}, {"a": "INT"}, [], id="the same"),
        pytest.param({"a": "INT", "b": "INT"}, {"b": "INT", "a": "INT"}, [], id="another order"),
        pytest.param({"a": "INT"}, {"a": "INT", "z": "INT"}, [("new_column", "z")], id="new"),
        pytest.param({"a": "INT", "z": "INT"}, {"a": "INT"}, [("lost_column", "z")], id="lost"),
        pytest.param({"a": "INT"}, {"a": "VARCHAR"}, [("retyped", "a")], id="retyped"),
        pytest.param({"z": "INT"}, {"z": "VARCHAR"}, [], id="retyped, and nobody reads it"),
    ],
)
def test_compare_schemas(
    before: dict[str, str], now: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    found = compare_schemas(before, now, listed=["a", "b"])
    assert [(change.rule, change.column) for change in found] == expected

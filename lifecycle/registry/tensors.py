"""Weights as safetensors, read without the library: a length, a header of JSON, and the numbers.

The header must account for every byte, so that nothing can be hidden before, between or behind the tensors.

Source: https://github.com/huggingface/safetensors, "Format".
"""

import json
from collections.abc import Mapping
from itertools import pairwise
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

MAX_HEADER = 1_000_000
_WIDTH = 4  # bytes of a float32, which is all that a bundle's tensors hold


class _Place(NamedTuple):
    """Where a tensor lies among the numbers."""

    begin: int
    end: int
    name: str
    shape: tuple[int, ...]


class TensorsError(ValueError):
    """Bytes that are no safetensors file of ours."""


def tensors_problem(head: bytes, size: int) -> str | None:
    """What is foreign in a safetensors file; None where nothing is.

    Args:
        head: its first bytes, `MAX_HEADER` and 8 of them if there are as many.
        size: of the whole file.

    >>> header = b'{"bias":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    >>> tensors_problem(len(header).to_bytes(8, "little") + header + bytes(4), 8 + len(header) + 4)
    >>> tensors_problem(b"PK", 2)
    'is not safetensors: it has no header'
    """
    try:
        _places(head, size)
    except TensorsError as exc:
        return f"is not safetensors: {exc}"
    return None


def read_tensors(content: bytes) -> dict[str, NDArray[np.float32]]:
    """Name -> tensor of a whole file; the arrays are read-only views of its bytes.

    Raises:
        TensorsError: it is no safetensors file of ours.
    """
    base, places = _places(content, len(content))
    return {
        place.name: np.frombuffer(
            content, dtype="<f4", count=prod(place.shape), offset=base + place.begin
        ).reshape(place.shape)
        for place in places
    }


def _places(head: bytes, size: int) -> tuple[int, list[_Place]]:
    """Where the numbers begin, and the tensors in their order there."""
    length = int.from_bytes(head[:8], "little")
    if len(head) < 8 or not 2 <= length <= min(MAX_HEADER, size - 8):
        raise TensorsError("it has no header")
    try:
        raw = json.loads(head[8 : 8 + length])
    except (ValueError, RecursionError) as exc:
        raise TensorsError("its header is not JSON") from exc
    if not isinstance(raw, dict):
        raise TensorsError("its header names no tensors")
    places = sorted(_place(name, told) for name, told in raw.items())
    # Begin where the one before ends, the last where the file ends: no byte belongs to none or to two.
    bounds = [_Place(0, 0, "", ()), *places, _Place(size - 8 - length, 0, "", ())]
    if any(before.end != after.begin for before, after in pairwise(bounds)):
        raise TensorsError("its tensors do not account for all of its bytes")
    return 8 + length, places


def _place(name: str, told: Any) -> _Place:
    if not isinstance(told, Mapping) or set(told) != {"dtype", "shape", "data_offsets"}:
        raise TensorsError(f"{name[:40]!r} in its header is no tensor")
    shape, offsets = told["shape"], told["data_offsets"]
    whole = isinstance(shape, list) and isinstance(offsets, list) and len(offsets) == 2
    if told["dtype"] != "F32" or not whole or len(shape) > 4:
        raise TensorsError(f"{name[:40]!r} is no tensor of 32-bit numbers")
    if not all(type(number) is int and 0 <= number < 2**53 for number in [*shape, *offsets]):
        raise TensorsError(f"{name[:40]!r} has a shape or a place that is none")
    if offsets[1] - offsets[0] != _WIDTH * prod(shape):
        raise TensorsError(f"{name[:40]!r} is not as long as its shape says")
    return _Place(offsets[0], offsets[1], name, tuple(shape))

"""Weights as safetensors: what the library writes is read without it, and what is no such file is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from lifecycle.registry.audit import BundleError, audit_file
from lifecycle.registry.tensors import TensorsError, read_tensors, tensors_problem

TENSORS = {
    "mean": np.zeros((0,), dtype=np.float32),
    "layer.0.weight": np.arange(6, dtype=np.float32).reshape(2, 3),
    "layer.0.bias": np.array([0.5, -1], dtype=np.float32),
}


def made(header: Any, data: bytes = bytes(8)) -> bytes:
    told = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(told).to_bytes(8, "little") + told + data


def tensor(begin: int, end: int, shape: list[object], dtype: str = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def test_what_the_library_writes_is_read_back_without_it() -> None:
    found = read_tensors(bytes(save(TENSORS)))
    assert {name: values.tolist() for name, values in found.items()} == {
        name: values.tolist() for name, values in TENSORS.items()
    }
    assert {values.dtype for values in found.values()} == {np.dtype(np.float32)}
    assert read_tensors(made({"a": tensor(0, 8, [2])})).keys() == {"a"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "it has no header", id="empty"),
        pytest.param(b"\x80\x04]\x94.", "it has no header", id="a pickle"),
        pytest.param(b"PK\x03\x04" + bytes(200), "it has no header", id="an archive"),
        pytest.param(
            (2**63).to_bytes(8, "little") + b"{}", "it has no header", id="a header beyond the file"
        ),
        pytest.param(made(b"[" * 5000), "its header is not JSON", id="too deep"),
        pytest.param(made([1]), "its header names no tensors", id="a list"),
        pytest.param(made({}), "do not account for all of its bytes", id="hidden bytes"),
        pytest.param(made({"a": tensor(4, 8, [1])}), "do not account", id="bytes before"),
        pytest.param(made({"a": tensor(0, 4, [1])}), "do not account", id="bytes behind"),
        pytest.param(
            made({"a": tensor(0, 8, [2]), "b": tensor(4, 8, [1])}), "do not account", id="bytes of two"
        ),
        pytest.param(made({"a": tensor(0, 16, [4])}), "do not account", id="cut"),
        pytest.param(
            made({"a": tensor(0, 8, [1])}), "'a' is not as long as its shape says", id="another shape"
        ),
        pytest.param(made({"a": tensor(0, 8, [1], "F64")}), "'a' is no tensor of 32-bit", id="another type"),
        pytest.param(made({"a": tensor(0, 8, [-2])}), "'a' has a shape or a place", id="negative"),
        pytest.param(made({"a": tensor(0, 8, [True, 2])}), "'a' has a shape or a place", id="no number"),
        pytest.param(made({"a": tensor(0, 8, [2**60])}), "'a' has a shape or a place", id="overflow"),
        pytest.param(made({"a": tensor(0, 8, [1] * 5)}), "'a' is no tensor", id="dimensions"),
        pytest.param(made({"a": {"dtype": "F32"}}), "'a' in its header is no tensor", id="half a tensor"),
        pytest.param(made({"__metadata__": {"x": "y"}}), "in its header is no tensor", id="metadata"),
    ],
)
def test_what_is_no_file_of_ours_is_refused_before_it_is_read(
    tmp_path: Path, content: bytes, message: str
) -> None:
    assert message in str(tensors_problem(content, len(content)))
    with pytest.raises(TensorsError, match=message):
        read_tensors(content)
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(BundleError, match=r"model\.safetensors is not safetensors: .*never loaded"):
        audit_file(path, path.name)


def test_a_whole_file_passes_the_audit(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(save(TENSORS))
    assert audit_file(path, path.name).size == path.stat().st_size

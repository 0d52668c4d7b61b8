"""An ONNX file that holds anything but trees is refused before the library sees it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import ModelProto, TensorProto, helper

from lifecycle.registry.audit import BundleError, audit_file
from lifecycle.registry.onnx_audit import ENDS, onnx_problem
from lifecycle.registry.onnx_trees import onnx_of
from tests.lifecycle.registry.test_onnx_twin import OBJECTIVES, boosted, told

SOUND = {objective: onnx_of(told(boosted(objective))) for objective in OBJECTIVES}


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_twins_are_sound(objective: str, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(SOUND[objective])
    assert audit_file(path, "model.onnx").size == len(SOUND[objective])


def outside(model: ModelProto) -> None:
    tensor = model.graph.initializer.add(name="w", data_type=TensorProto.FLOAT, dims=[1])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")


def tensor(model: ModelProto) -> None:
    node = model.graph.node[0]
    node.attribute.append(helper.make_attribute("nodes_values", helper.make_tensor("t", 1, [1], [1.0])))


def subgraph(model: ModelProto) -> None:
    model.graph.node[0].attribute.append(helper.make_attribute("then_branch", model.graph.__deepcopy__()))


def disguised(model: ModelProto) -> None:
    attribute = model.graph.node[0].attribute.add(name="nodes_values", type=1)
    attribute.t.CopyFrom(helper.make_tensor("t", 1, [1], [1.0]))


HARMS: dict[str, tuple[Callable[[Any], object], str]] = {
    "a file outside": (outside, "field 5 in its graph"),
    "a tensor": (tensor, "an attribute that is no list"),
    "a graph in a graph": (subgraph, "an attribute that is no list"),
    "a tensor under the type of a number": (disguised, "an attribute that is no list"),
    "a loop": (lambda m: m.graph.node.append(helper.make_node("Loop", [], [])), "the operator 'Loop'"),
    "a foreign domain": (
        lambda m: m.graph.node.append(helper.make_node("Sigmoid", ["a"], ["b"], domain="com.evil")),
        "foreign domain",
    ),
    "a function": (
        lambda m: m.functions.add(name="f"),
        "field 25 in the file",
    ),
    "notes": (lambda m: m.metadata_props.add(key="a", value="b"), "field 14 in the file"),
    "a text for people": (lambda m: setattr(m.graph, "doc_string", "hello"), "field 10 in its graph"),
}


@pytest.mark.parametrize("name", HARMS)
def test_what_is_no_tree_is_refused(name: str) -> None:
    harm, message = HARMS[name]
    model = ModelProto.FromString(SOUND["binary:logistic"])
    harm(model)
    problem = onnx_problem(model.SerializeToString(deterministic=True))
    assert problem is not None
    assert message in problem


@settings(max_examples=200)
@given(content=st.binary(max_size=80))
def test_bytes_of_any_kind_are_sound_or_refused_and_never_an_error(content: bytes) -> None:
    problem = onnx_problem(content)
    assert problem is None or isinstance(problem, str)


def test_another_form_under_its_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"\x80\x04pickle")
    with pytest.raises(BundleError, match="is not ONNX, it holds a pickle"):
        audit_file(path, "model.onnx")
    path.write_bytes(SOUND["binary:logistic"][:-1])
    with pytest.raises(BundleError, match="does not end as ONNX"):
        audit_file(path, "model.onnx")
    path.write_bytes(b"\x08\x08:\x06\x0a\x04\x22\x02If" + ENDS)
    with pytest.raises(BundleError, match="holds the operator 'If', which no bundle uses"):
        audit_file(path, "model.onnx")

"""What an ONNX file of a bundle may hold: trees and the function that ends them, by name, and nothing else.

ONNX is a graph of operators. Others than ours could loop, call further graphs, or have their numbers read
from a file that the graph names. So the file has one closed grammar, read here without the library.

Source: `onnx.proto` (`ModelProto`, `GraphProto`, `NodeProto`, `AttributeProto`), the wire format of protobuf.
"""

import re
from collections.abc import Iterator, Mapping

IR_VERSION, OPSET, ML_OPSET = 8, 17, 3
ML_DOMAIN = "ai.onnx.ml"
INPUT, OUTPUT = "rows", "scores"
MODES = ("BRANCH_LT", "BRANCH_EQ", "LEAF")
OPERATORS = ("TreeEnsembleRegressor", "Sigmoid", "Softmax")
ATTRIBUTES = (
    *("nodes_treeids", "nodes_nodeids", "nodes_modes", "nodes_featureids", "nodes_values"),
    *("nodes_truenodeids", "nodes_falsenodeids", "nodes_missing_value_tracks_true"),
    *("target_treeids", "target_nodeids", "target_ids", "target_weights", "n_targets"),
)


def _text(tag: bytes, value: str) -> bytes:
    """A short text as protobuf writes it: tag, length, bytes."""
    return tag + bytes([len(value)]) + value.encode()


def _one_of(tag: bytes, values: tuple[str, ...]) -> bytes:
    return b"(?:%s)" % b"|".join(re.escape(_text(tag, value)) for value in values)


BEGINS = b"\x08%c\x3a" % IR_VERSION
"""The version of the form, and then the graph: no name of a tool, no text for people."""
ENDS = b"\x42" + bytes([len(ML_DOMAIN) + 4]) + _text(b"\x0a", ML_DOMAIN) + b"\x10%c" % ML_OPSET
"""The last of the sets of operators."""

_NUMBER = rb"[\x80-\xff]{0,9}[\x00-\x7f]"
# A name; then one number, numbers, whole numbers or names of modes; then which of these it was. Attributes
# that are tensors or graphs have no place in it. The groups never give back: one pass, however long it is.
_ATTRIBUTE = re.compile(
    _one_of(b"\x0a", ATTRIBUTES)
    + rb"(?:\x18%b|(?:\x3d.{4})*+|(?:\x40%b)*+|%b*+)" % (_NUMBER, _NUMBER, _one_of(b"\x4a", MODES))
    + rb"\xa0\x01[\x00-\x7f]",
    re.DOTALL,
)
# Field -> what it holds. What is not named here is refused: initializers, functions, metadata.
_MODEL: Mapping[int, str] = {1: "version", 7: "graph", 8: "operators"}
_GRAPH: Mapping[int, str] = {1: "node", 2: "name", 11: "input", 12: "output"}
_NODE: Mapping[int, str] = {1: "input", 2: "output", 4: "operator", 5: "attribute", 7: "domain"}


def onnx_problem(content: bytes) -> str | None:
    """What is foreign in the bytes of an ONNX file; None where nothing is.

    >>> onnx_problem(bytes([8, 8, 0x3A, 0]))
    >>> onnx_problem(bytes([8, 8, 0x3A, 2, 0x2A, 0]))
    'holds a field 5 in its graph, which no bundle uses'
    >>> onnx_problem(bytes([8, 8, 0x3A, 6, 0x0A, 4, 0x22, 2]) + b"If")
    "holds the operator 'If', which no bundle uses"
    """
    try:
        _check(content)
    except _Foreign as exc:
        return str(exc)
    return None


class _Foreign(Exception):
    """Something that no file of ours holds."""


def _check(content: bytes) -> None:
    for what, value in _fields(content, _MODEL, "the file"):
        if what != "graph":
            continue
        for part, inside in _fields(value, _GRAPH, "its graph"):
            if part == "node":
                _check_node(inside)


def _check_node(node: bytes) -> None:
    for what, value in _fields(node, _NODE, "a node"):
        if what == "operator" and (name := value.decode("ascii", "replace")) not in OPERATORS:
            raise _Foreign(f"holds the operator {name[:40]!r}, which no bundle uses")
        if what == "domain" and value not in (b"", ML_DOMAIN.encode()):
            raise _Foreign("holds operators of a foreign domain")
        if what == "attribute" and not _ATTRIBUTE.fullmatch(value):
            raise _Foreign("holds an attribute that is no list of numbers or modes of trees")


def _fields(message: bytes, known: Mapping[int, str], where: str) -> Iterator[tuple[str, bytes]]:
    """Name and content of each field; a number's content is empty, for none of them is looked at."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, wire = tag >> 3, tag & 7
        if number not in known or wire not in (0, 2):
            raise _Foreign(f"holds a field {number} in {where}, which no bundle uses")
        value, at = _varint(message, at)
        if wire == 0:
            yield known[number], b""
            continue
        if at + value > len(message):
            raise _Foreign("was cut")
        yield known[number], message[at : at + value]
        at += value


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """A number, and where it ends."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            break
        byte = message[at]
        value |= (byte & 127) << shift
        at += 1
        if byte < 128:
            return value, at
    raise _Foreign("was cut")

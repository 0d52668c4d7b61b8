"""Open Inference (KServe V2), REST: a tensor for each column in, tensors for each kind of answer out.

Source: https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
"""

import reprlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lifecycle.endpoint.protocols.codec import Body, Codec, Reply
from lifecycle.endpoint.protocols.instances import refuse_in_words
from lifecycle.endpoint.wire import Refusal, check_count, json_type
from lifecycle.registry.bundle import BundleManifest
from lifecycle.spec.columns import ColumnType

SHAPE = 'send {"inputs": [{"name": COLUMN, "shape": [ROWS], "datatype": ..., "data": [...]}, ...]}'
VERSION = "version"
"""Output with the version that scored each row: where there were several, or where it is asked for."""
_INTS = frozenset(f"{sign}INT{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64))
_FLOATS = frozenset({"FP16", "FP32", "FP64"})
DATATYPES = ("BOOL", *sorted(_INTS), *sorted(_FLOATS), "BYTES")
_OF_COLUMN: Mapping[ColumnType, str] = {
    "string": "BYTES",
    "int": "INT64",
    "float": "FP64",
    "bool": "BOOL",
    "timestamp": "BYTES",
    "date": "BYTES",
}


def parse_tensors(decoded: object, max_rows: int) -> Body:
    """Rows of a decoded body: each input is a column, of shape `[rows]` or `[rows, 1]`.

    A missing value is null, which the specification does not forbid and JSON can say.

    Raises:
        Refusal: what is not a list of columns of one length (422), or of more than `max_rows` (413).

    >>> column = {"name": "distance", "shape": [2, 1], "datatype": "INT64", "data": [[1400], [200]]}
    >>> parse_tensors({"inputs": [column]}, 100).rows
    [{'distance': 1400}, {'distance': 200}]
    """
    if not isinstance(decoded, dict) or not isinstance(decoded.get("inputs"), list) or not decoded["inputs"]:
        raise Refusal(422, f"the body has no `inputs`; {SHAPE}")
    columns: dict[str, list[object]] = {}
    for position, raw in enumerate(decoded["inputs"]):
        name, values = _column(raw, max_rows, at=f"inputs[{position}]")
        if name in columns:
            raise Refusal(422, f"inputs[{position}]: found {name!r:.80} again; allowed: each column once")
        columns[name] = values
    lengths = {len(values) for values in columns.values()}
    if len(lengths) > 1:
        raise Refusal(422, f"inputs: found {sorted(lengths)} rows; allowed: as many in each input")
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    if not rows:
        raise Refusal(422, f"inputs: found no row; allowed: one at least; {SHAPE}")
    return Body(rows=rows, id=_id(decoded.get("id")), outputs=_outputs(decoded.get("outputs")))


def render_tensors(reply: Reply) -> Mapping[str, object]:
    """The answer. Where rows went to several versions, an output `version` names each one's."""
    answered, bundle = reply.answered, reply.bundle
    outputs: list[dict[str, object]] = []
    for name, datatype, width in outputs_of(bundle):
        data: list[Any] = []
        for score in answered.scores:
            if name == "probabilities":
                data += (score.probabilities or {}).values()
            else:
                data.append(score.value if name == "value" else score.probability)
        shape = [len(answered.scores)] if width == 1 else [len(answered.scores), width]
        outputs.append({"name": name, "datatype": datatype, "shape": shape, "data": data})
    wanted = reply.body.outputs
    if answered.version is None or (wanted and VERSION in wanted):
        versions = list(answered.versions)
        outputs.append({"name": VERSION, "datatype": "BYTES", "shape": [len(versions)], "data": versions})
    if wanted:
        outputs = [output for output in outputs if output["name"] in wanted]
    told: dict[str, object] = {"model_name": reply.model}
    if answered.version is not None:
        told["model_version"] = answered.version
    told |= {"id": reply.body.id or reply.request, "outputs": outputs}
    flags = {"fallback": True} if answered.fallback else {}
    flags |= {} if answered.logged else {"logged": False}
    return told | ({"parameters": flags} if flags else {})


def check_outputs(wanted: frozenset[str], bundle: BundleManifest) -> None:
    """Let outputs pass that the model has.

    Raises:
        Refusal: it has not (422).
    """
    known = [*(name for name, _, _ in outputs_of(bundle)), VERSION]
    if unknown := wanted - set(known):
        raise Refusal(422, f"outputs: found {min(unknown)!r:.80}; allowed: {', '.join(known)}")


def outputs_of(bundle: BundleManifest) -> Iterator[tuple[str, str, int]]:
    """Name, datatype and values a row of each output of a model."""
    yield "value", _datatype(bundle), 1
    if len(bundle.classes) == 2:
        yield "probability", "FP64", 1
    elif bundle.classes:
        yield "probabilities", "FP64", len(bundle.classes)


def metadata(model: str, versions: Sequence[str], bundle: BundleManifest) -> Mapping[str, object]:
    """The answer to `GET /v2/models/NAME`."""
    inputs = [
        {"name": name, "datatype": _OF_COLUMN[column.type], "shape": [-1]}
        for name, column in bundle.request.items()
    ]
    outputs = [
        {"name": name, "datatype": datatype, "shape": [-1] if width == 1 else [-1, width]}
        for name, datatype, width in outputs_of(bundle)
    ]
    return {
        "name": model,
        "versions": list(versions),
        "platform": f"flywheel_{bundle.trainer}",
        "inputs": inputs,
        "outputs": outputs,
    }


def _column(raw: object, max_rows: int, *, at: str) -> tuple[str, list[object]]:
    if not isinstance(raw, dict):
        raise Refusal(422, f"{at}: found {json_type(raw)}; allowed: an object; {SHAPE}")
    for key in ("name", "shape", "datatype", "data"):
        if key not in raw:
            raise Refusal(422, f"{at}.{key}: found nothing; allowed: a value: this key is required; {SHAPE}")
    name, shape, datatype, data = raw["name"], raw["shape"], raw["datatype"], raw["data"]
    if not isinstance(name, str):
        raise Refusal(422, f"{at}.name: found {json_type(name)}; allowed: name of a column")
    if datatype not in DATATYPES:
        raise Refusal(422, f"{at}.datatype: found {reprlib.repr(datatype)}; allowed: {', '.join(DATATYPES)}")
    if not isinstance(data, list):
        raise Refusal(422, f"{at}.data: found {json_type(data)}; allowed: an array")
    # A value is two bytes of the body, and a row many more: they are counted before they are looked at.
    check_count(len(data), max_rows)
    nested = bool(data) and all(isinstance(value, list) and len(value) == 1 for value in data)
    values = [value[0] for value in data] if nested else data
    if shape not in ([len(values)], [len(values), 1]):
        raise Refusal(
            422,
            f"{at}.shape: found {reprlib.repr(shape)}; "
            f"allowed: [{len(values)}] or [{len(values)}, 1], as its data",
        )
    for row, value in enumerate(values):
        if value is not None and not _fits(value, datatype):
            raise Refusal(422, f"{at}.data[{row}]: found {json_type(value)}; allowed: {datatype} or null")
    return name, values


def _fits(value: object, datatype: str) -> bool:
    if datatype == "BOOL" or isinstance(value, bool):
        return datatype == "BOOL" and isinstance(value, bool)
    if datatype == "BYTES":
        return isinstance(value, str)
    return isinstance(value, int) or (datatype in _FLOATS and isinstance(value, float))


def _id(raw: object) -> str | None:
    if raw is not None and not isinstance(raw, str):
        raise Refusal(422, f"id: found {json_type(raw)}; allowed: a string")
    return raw or None


def _outputs(raw: object) -> frozenset[str]:
    if raw is None:
        return frozenset()
    if not isinstance(raw, list) or not all(
        isinstance(o, dict) and isinstance(o.get("name"), str) for o in raw
    ):
        raise Refusal(422, 'outputs: found something else; allowed: [{"name": OUTPUT}, ...]')
    return frozenset(output["name"] for output in raw)


def _datatype(bundle: BundleManifest) -> str:
    """Datatype of the answer.

    Classes of several types (which no table has) would be text.
    """
    kinds = {type(value) for value in bundle.classes}
    if not kinds or kinds == {float}:
        return "FP64"
    if kinds == {bool}:
        return "BOOL"
    return "INT64" if kinds == {int} else "BYTES"


V2 = Codec(name="v2", shape=SHAPE, parse=parse_tensors, render=render_tensors, refuse=refuse_in_words)

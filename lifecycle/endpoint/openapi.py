"""`/openapi.json`: the endpoint as an OpenAPI 3.1 document, made from the request's contract."""

from collections.abc import Mapping
from typing import Any

from lifecycle.endpoint.protocols.tensors import DATATYPES
from lifecycle.endpoint.served import Served
from lifecycle.registry.bundle import BundleManifest
from lifecycle.spec.columns import Column, ColumnType
from lifecycle.spec.kinds import Scalar

Node = dict[str, Any]

_TYPES: Mapping[ColumnType, Node] = {
    "string": {"type": "string"},
    "int": {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "timestamp": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
}
_REFUSALS: Mapping[str, str] = {
    "400": "not JSON, or nested too deep",
    "401": "no valid bearer token",
    "408": "the body was not whole in time",
    "413": "the body is too long, or holds too many rows",
    "415": "another media type than JSON, or a compressed body",
    "422": "rows that break the contract; nothing is scored",
    "429": "too many batches wait; `Retry-After` says when to try again",
    "500": "the endpoint failed",
    "503": "nothing is loaded yet, or too much is asked; `Retry-After` says when to try again",
    "504": "the model took too long",
}


def document(served: Served, *, with_token: bool) -> Node:
    """The document of what is served.

    Args:
        served: whose champion's contract is described.
        with_token: whether requests need a bearer token.
    """
    bundle, model = served.champion.loaded.manifest, served.manifest.model
    rows: Node = {"type": "array", "items": _ref("Row"), "minItems": 1, "maxItems": served.manifest.max_batch}
    words = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
    scoring = {
        "/predict": _post(
            "Scores of one row or of many", {"oneOf": [_ref("Row"), rows]}, "Answer", "Refusal"
        ),
        f"/v1/models/{model}:predict": _post(
            "Scores, KServe V1",
            {
                "type": "object",
                "required": ["instances"],
                "properties": {"instances": rows},
                "additionalProperties": False,
            },
            "Predictions",
            "Words",
        ),
        f"/v2/models/{model}/infer": _post("Scores, Open Inference V2", _ref("Tensors"), "Outputs", "Words"),
    }
    asking = {
        path: {"get": {"summary": told, "responses": {"200": {"description": "as asked"}, **_not_yet()}}}
        for path, told in {
            "/": "what a request may hold",
            "/health/live": "the process runs",
            "/health/ready": "what answers",
            f"/v1/models/{model}": "whether the model is ready, KServe V1",
            "/v2": "the server, Open Inference V2",
            f"/v2/models/{model}": "inputs and outputs, Open Inference V2",
            f"/v2/models/{model}/ready": "whether the model is ready, Open Inference V2",
        }.items()
    }
    document: Node = {
        "openapi": "3.1.0",
        "info": {"title": model, "version": served.champion.variant.version},
        "paths": scoring | asking,
        "components": {
            "schemas": {
                "Row": row_schema(bundle),
                "Prediction": _prediction(bundle),
                "Answer": _answer(),
                "Predictions": {
                    "type": "object",
                    "required": ["predictions"],
                    "properties": {"predictions": {"type": "array", "items": _ref("Prediction")}},
                },
                "Tensors": _tensors(bundle),
                "Outputs": {"type": "object", "required": ["model_name", "outputs"]},
                "Refusal": _refusal(),
                "Words": words,
            }
        },
    }
    if with_token:
        document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
    return document


def row_schema(bundle: BundleManifest) -> Node:
    """JSON Schema of a row.

    What it says is what is checked: which columns may be missing, types, ranges and allowed values.
    """
    required = [name for name in bundle.request if name in bundle.required]
    return {
        "type": "object",
        "required": required,
        "properties": {
            name: _column(column, nullable=name not in bundle.required)
            for name, column in bundle.request.items()
        },
        "additionalProperties": False,
    }


def _column(column: Column, *, nullable: bool) -> Node:
    node = dict(_TYPES[column.type])
    if column.min is not None:
        node["minimum"] = max(column.min, node.get("minimum", column.min))
    if column.max is not None:
        node["maximum"] = min(column.max, node.get("maximum", column.max))
    if column.allowed is not None:
        node["enum"] = [*column.allowed, *([None] if nullable else [])]
    if nullable:
        node["type"] = [node["type"], "null"]
    if column.description:
        node["description"] = column.description
    return node


def _prediction(bundle: BundleManifest) -> Node:
    properties: Node = {"value": _value(bundle.classes), "version": {"type": "string"}}
    required = ["value"]
    share = {"type": "number", "minimum": 0, "maximum": 1}
    if len(bundle.classes) == 2:
        properties["probability"] = share
        required.append("probability")
    elif bundle.classes:
        names = [str(value) for value in bundle.classes]
        properties["probabilities"] = {
            "type": "object",
            "required": names,
            "properties": dict.fromkeys(names, share),
        }
        required.append("probabilities")
    return {"type": "object", "required": required, "properties": properties}


def _value(classes: tuple[Scalar, ...]) -> Node:
    return {"enum": list(classes)} if classes else {"type": "number"}


def _answer() -> Node:
    properties = {
        "model": {"type": "string"},
        "version": {"type": "string", "description": "absent where rows went to several: each names its own"},
        "predictions": {"type": "array", "items": _ref("Prediction")},
        "fallback": {
            "type": "boolean",
            "description": "true: another variant answered than the assigned one",
        },
        "logged": {"type": "boolean", "description": "false: the request is not in the request log"},
    }
    return {"type": "object", "required": ["model", "predictions"], "properties": properties}


def _refusal() -> Node:
    texts = ("field", "found", "allowed")
    problem: Node = {
        "type": "object",
        "required": ["row", *texts],
        "properties": {"row": {"type": "integer"}, **{name: {"type": "string"} for name in texts}},
    }
    error: Node = {
        "type": "object",
        "required": ["message", "problems"],
        "properties": {"message": {"type": "string"}, "problems": {"type": "array", "items": problem}},
    }
    return {"type": "object", "required": ["error"], "properties": {"error": error}}


def _tensors(bundle: BundleManifest) -> Node:
    tensor: Node = {
        "type": "object",
        "required": ["name", "shape", "datatype", "data"],
        "properties": {
            "name": {"enum": list(bundle.request)} if bundle.request else {"type": "string"},
            # No schema can say that the shape is that of the data: a client that gets it wrong is told.
            "shape": {
                "type": "array",
                "items": {"type": "integer", "minimum": 1},
                "minItems": 1,
                "maxItems": 2,
            },
            "datatype": {"enum": list(DATATYPES)},
            "data": {"type": "array", "minItems": 1},
        },
    }
    return {
        "type": "object",
        "required": ["inputs"],
        "properties": {
            "id": {"type": "string"},
            "inputs": {"type": "array", "items": tensor, "minItems": 1},
            "outputs": {
                "type": "array",
                "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
            },
        },
    }


def _post(summary: str, body: Node, answer: str, refusal: str) -> Node:
    refused = {
        status: {"description": told, "content": _json(_ref(refusal))} for status, told in _REFUSALS.items()
    }
    answered = {"200": {"description": "scores in the order of the rows", "content": _json(_ref(answer))}}
    request = {"required": True, "content": _json(body)}
    return {"post": {"summary": summary, "requestBody": request, "responses": answered | refused}}


def _not_yet() -> Node:
    return {
        "401": {"description": _REFUSALS["401"]},
        "503": {"description": "nothing is loaded yet"},
    }


def _json(schema: Node) -> Node:
    return {"application/json": {"schema": schema}}


def _ref(name: str) -> Node:
    return {"$ref": f"#/components/schemas/{name}"}

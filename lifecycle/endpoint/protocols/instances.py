"""Rows under `instances`, answers under `predictions`: KServe V1 and Vertex AI ask the same way.

KServe: https://kserve.github.io/website/docs/concepts/architecture/data-plane/v1-protocol
Vertex AI: https://cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements
"""

from collections.abc import Mapping

from lifecycle.endpoint.protocols.codec import Body, Codec, Reply
from lifecycle.endpoint.protocols.plain import predictions_of
from lifecycle.endpoint.wire import Refusal, check_count, json_type

SHAPE = 'send {"instances": [...]} with an object of column names and values for each row'


def parse_instances(decoded: object, max_rows: int) -> Body:
    """Rows of a decoded body.

    Raises:
        Refusal: no `instances`, or keys that would have no effect (422), or more than `max_rows` (413).

    >>> parse_instances({"instances": [{"distance": 1400}], "parameters": {}}, 100).rows
    [{'distance': 1400}]
    """
    if not isinstance(decoded, dict) or "instances" not in decoded:
        raise Refusal(422, f"the body has no `instances`; {SHAPE}")
    instances = decoded["instances"]
    if not isinstance(instances, list) or not instances:
        found = "an empty array" if isinstance(instances, list) else json_type(instances)
        raise Refusal(422, f"instances: found {found}; allowed: an array of rows; {SHAPE}")
    check_count(len(instances), max_rows)
    unknown = decoded.keys() - {"instances", "parameters"}
    if unknown:
        raise Refusal(422, f"{min(unknown)!r:.80}: found an unknown key; allowed: instances, parameters")
    if decoded.get("parameters"):
        raise Refusal(422, "parameters: found some; allowed: none, this model takes no parameters")
    return Body(rows=instances)


def render_instances(reply: Reply) -> Mapping[str, object]:
    """The answer: predictions, and beside them who gave them."""
    answered = reply.answered
    told: dict[str, object] = {"predictions": predictions_of(reply)}
    if answered.version is not None:
        told["model_version"] = answered.version
    if answered.fallback:
        told["fallback"] = True
    if not answered.logged:
        told["logged"] = False
    return told


def refuse_in_words(refusal: Refusal) -> Mapping[str, object]:
    """A refusal where the protocol has one text for it: the message, then the problems."""
    problems = refusal.told()["error"]["problems"]
    lines = [f"row {p['row']}, {p['field']}: found {p['found']}; allowed: {p['allowed']}" for p in problems]
    text = "; ".join(lines) if lines else str(refusal)
    return {"error": text}


V1 = Codec(name="v1", shape=SHAPE, parse=parse_instances, render=render_instances, refuse=refuse_in_words)
VERTEX = Codec(
    name="vertex", shape=SHAPE, parse=parse_instances, render=render_instances, refuse=refuse_in_words
)

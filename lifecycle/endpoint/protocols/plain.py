"""The plain protocol, `POST /predict`: rows in, predictions out.

A body is one JSON object (one row) or an array of objects (many rows). An answer always holds a list of
predictions, in the order of the rows: one shape for callers of one row and of many.
"""

from collections.abc import Mapping

from lifecycle.endpoint.protocols.codec import Body, Codec, Reply
from lifecycle.endpoint.scorer import Score
from lifecycle.endpoint.wire import Refusal, check_count

SHAPE = "send one JSON object for one row, or an array of objects for many"


def parse_plain(decoded: object, max_rows: int) -> Body:
    """Rows of a decoded body.

    Raises:
        Refusal: there are none (422), or more than `max_rows` (413).

    >>> parse_plain({"distance": 1400}, 100).rows
    [{'distance': 1400}]
    """
    if isinstance(decoded, dict):
        return Body(rows=[decoded])
    if not isinstance(decoded, list) or not decoded:
        raise Refusal(422, f"the body holds no row; {SHAPE}")
    check_count(len(decoded), max_rows)
    return Body(rows=decoded)


def prediction_of(score: Score) -> dict[str, object]:
    """A score as JSON; what a task does not have is left out."""
    value, probability, probabilities = score
    if probabilities is not None:
        return {"value": value, "probabilities": probabilities}
    return {"value": value} if probability is None else {"value": value, "probability": probability}


def predictions_of(reply: Reply) -> list[dict[str, object]]:
    """A prediction for each row; where rows went to several versions, each names its own."""
    answered = reply.answered
    predictions = [prediction_of(score) for score in answered.scores]
    if answered.version is None:
        for prediction, version in zip(predictions, answered.versions, strict=True):
            prediction["version"] = version
    return predictions


def render_plain(reply: Reply) -> Mapping[str, object]:
    """The answer. `fallback` and `logged` are told where they are news."""
    answered = reply.answered
    told: dict[str, object] = {"model": reply.model}
    if answered.version is not None:
        told["version"] = answered.version
    told["predictions"] = predictions_of(reply)
    if answered.fallback:
        told["fallback"] = True
    if not answered.logged:
        told["logged"] = False
    return told


PLAIN = Codec(name="plain", shape=SHAPE, parse=parse_plain, render=render_plain)

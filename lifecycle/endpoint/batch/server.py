"""The container of a batch service: features in, answers out, by the contract of Vertex AI.

https://cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements
"""

import asyncio
from collections.abc import Mapping, MutableMapping
from typing import Any

from lifecycle.endpoint.batch.scorer import FeatureScorer
from lifecycle.endpoint.protocols.instances import parse_instances
from lifecycle.endpoint.protocols.plain import prediction_of
from lifecycle.endpoint.wire import Receive, Refusal, Send, check_rows, decode, send_answer, to_json
from lifecycle.errors import LifecycleError

PREDICT, HEALTH = "/vertex/predict", "/health/ready"
MAX_ROWS, MAX_DEPTH = 100_000, 8
SHAPE = 'send {"instances": [...]} with an object of features for each row'


class BatchApp:
    """An ASGI application around a bundle; it is not told who asks, keeps no log and routes nothing.

    Args:
        scorer: of the bundle.
        environment: `AIP_PREDICT_ROUTE` and `AIP_HEALTH_ROUTE` name the paths where they are set.
    """

    def __init__(self, scorer: FeatureScorer, environment: Mapping[str, str]) -> None:
        self._scorer = scorer
        self._predict = environment.get("AIP_PREDICT_ROUTE", PREDICT)
        self._health = environment.get("AIP_HEALTH_ROUTE", HEALTH)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        asked = (scope["method"], scope["path"])
        if asked == ("GET", self._health):
            await send_answer(send, 200, b"{}")
        elif asked == ("POST", self._predict):
            status, body = await self._answered(receive)
            await send_answer(send, status, body)
        else:
            await send_answer(send, 404, to_json({"error": f"ask POST {self._predict}"}))

    async def _answered(self, receive: Receive) -> tuple[int, bytes]:
        body = bytearray()
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        try:
            asked = parse_instances(decode(bytes(body), max_depth=MAX_DEPTH, shape=SHAPE), MAX_ROWS)
            rows = check_rows(asked.rows)
            scores = await asyncio.to_thread(self._scorer.rows, rows)  # type: ignore[arg-type]  # JSON's values
        except Refusal as exc:
            return exc.status, to_json({"error": str(exc)})
        except (LifecycleError, ValueError, TypeError) as exc:
            # A value that is no number where the model sees one.
            return 422, to_json({"error": f"{exc}; {SHAPE}"})
        return 200, to_json({"predictions": [prediction_of(score) for score in scores]})

"""The worker: takes requests from a queue, lets the endpoint answer them, keeps the results.

The endpoint is the very application that answers over HTTP, asked without a network: the same checks, router,
features, limits and request log. Each request is logged, then its result is kept, then it is done. Killed in
between, it comes again: who has a result is done, who is in the log gets the result that the log tells.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from lifecycle.endpoint.app import LOG_FOLDER, App
from lifecycle.endpoint.asynchronous.port import Message, Queue, Result, Results
from lifecycle.endpoint.log.reading import read_log
from lifecycle.endpoint.log.record import LoggedRow
from lifecycle.endpoint.protocols.plain import prediction_of
from lifecycle.endpoint.scorer import Score
from lifecycle.endpoint.wire import Header, Refusal, to_json

log = logging.getLogger(__name__)

PATH = "/predict"
PASSING = frozenset({429, 500, 503, 504})
"""Statuses of what may be well a little later."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 10.0


class Worker:
    """Answers what is in a queue, until it is told to stop.

    Args:
        app: the endpoint, alive.
        queue: of the requests.
        results: of the answers.
        manifest: that the endpoint follows: its request log lies beside it.
        token: that the endpoint asks for.
        batch: messages that are taken at a time.
        deliveries: how often a request may be tried before its failure is its result.
        idle_s: pause before an empty queue is looked at again.
    """

    def __init__(
        self,
        app: App,
        queue: Queue,
        results: Results,
        *,
        manifest: Path,
        token: str | None = None,
        batch: int = 64,
        deliveries: int = 5,
        idle_s: float = 0.2,
    ) -> None:
        self._app, self._queue, self._results = app, queue, results
        self._log_folder = manifest.parent / LOG_FOLDER
        self._token, self._batch, self._deliveries, self._idle_s = token, batch, deliveries, idle_s
        self._stop = asyncio.Event()
        self._pause_s = FIRST_PAUSE_S
        self._unkept: dict[str, Result] = {}
        """Answers that the store did not take, by their requests."""

    async def run(self) -> None:
        """Answer until `stop`; what fails for all requests is told, and tried again."""
        while not self._stop.is_set():
            pause_s = self._idle_s
            try:
                if self._is_ready() and await self._one_batch():
                    pause_s = 0.0
            except OSError:
                # A queue or a volume that is away: nothing is done, and nothing is lost.
                log.exception("the queue cannot be worked on; it is tried again")
                pause_s = LONGEST_PAUSE_S
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), pause_s)

    def stop(self) -> None:
        """End after the request that is under way; the others of its batch are given back."""
        self._stop.set()

    def _is_ready(self) -> bool:
        try:
            self._app.served()
        except Refusal:
            return False
        return True

    async def _one_batch(self) -> int:
        """How many messages there were."""
        messages = await asyncio.to_thread(self._queue.lease, self._batch)
        left = dict(enumerate(messages))
        keeping: dict[str, asyncio.Task[None]] = {}
        try:
            await self._answered(left, keeping)
            await asyncio.gather(*keeping.values())
        finally:
            await asyncio.gather(*keeping.values(), return_exceptions=True)
            # Not every queue has leases that end within a worker's life. The oldest one last: to be the next.
            for message in reversed(left.values()):
                with contextlib.suppress(OSError):
                    await asyncio.to_thread(self._queue.give_back, message)
        return len(messages)

    async def _answered(self, left: dict[int, Message], keeping: dict[str, asyncio.Task[None]]) -> None:
        """Answer messages, which leave `left` as something becomes of them; `keeping` is not waited for."""
        again = {message.request for message in left.values() if message.delivery > 0}
        logged = await asyncio.to_thread(self._logged, again) if again else {}

        async def keep(number: int, result: Result) -> None:
            await asyncio.to_thread(self._keep, left[number], result)
            del left[number]

        for number, message in list(left.items()):
            if self._stop.is_set():
                break
            if (same := keeping.get(message.request)) is not None:
                await same
            # Before it is counted: a store that is away must not look like workers that were lost.
            # In a thread: a broker that is slow must not hold up probes.
            if await asyncio.to_thread(self._results.get, message.request) is not None:
                await asyncio.to_thread(self._queue.done, [message])
                del left[number]
                continue
            if (begun := await asyncio.to_thread(self._queue.hold, message)) is None:
                del left[number]
                continue
            left[number] = begun
            if (result := await self._result(begun, logged.get(begun.request))) is None:
                del left[number]
                continue
            # Disks take longer than models: the next request is answered meanwhile.
            keeping[begun.request] = asyncio.create_task(keep(number, result))

    async def _result(self, message: Message, logged: Result | None) -> Result | None:
        """What is to be kept of a message; None: it was given back."""
        result = self._unkept.pop(message.request, logged)
        if result is None and message.delivery > self._deliveries:
            # Nobody who began with it came back to say why.
            told = f"given up: {self._deliveries} workers began with this request and were lost"
            result = Result(status=500, body=to_json({"error": told}))
        elif result is None:
            result = await self._asked(message)
        if result.status in PASSING and message.delivery < self._deliveries:
            await asyncio.sleep(self._pause_s)
            self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
            await asyncio.to_thread(self._queue.give_back, message)
            return None
        self._pause_s = FIRST_PAUSE_S
        return result

    def _keep(self, message: Message, result: Result) -> None:
        """First the result, then the message: between the two it would come again, and be found answered."""
        try:
            self._results.put(message.request, result)
        except OSError:
            # It is the answer when the message comes again; not every one is in the log.
            self._unkept[message.request] = result
            raise
        self._queue.done([message])

    def _logged(self, requests: set[str]) -> Mapping[str, Result]:
        """Results of requests whose worker answered and logged them, and was killed before it kept them."""
        found: dict[str, list[LoggedRow]] = {}
        for row in read_log(self._log_folder):
            if row.request in requests and row.status == 200 and row.assignment != "shadow":
                found.setdefault(row.request, []).append(row)
        model = self._app.served().manifest.model
        return {request: result_of(model, rows) for request, rows in found.items()}

    async def _asked(self, message: Message) -> Result:
        """What the endpoint answers."""
        headers: list[Header] = [
            (b"content-type", b"application/json"),
            (b"x-request-id", message.request.encode()),
        ]
        if self._token:
            headers.append((b"authorization", b"Bearer " + self._token.encode()))
        scope = {"type": "http", "method": "POST", "path": PATH, "headers": headers}
        answer: list[Mapping[str, object]] = []

        async def receive() -> Mapping[str, object]:
            return {"type": "http.request", "body": message.body, "more_body": False}

        async def send(part: Mapping[str, object]) -> None:
            answer.append(part)

        await self._app(scope, receive, send)  # type: ignore[arg-type]  # ASGI's dictionaries
        start, body = answer
        return Result(status=int(str(start["status"])), body=bytes(body["body"]))  # type: ignore[call-overload]


def result_of(model: str, rows: Iterable[LoggedRow]) -> Result:
    """The answer that the log tells of a request, as `POST /predict` gave it."""
    ordered: Sequence[LoggedRow] = sorted({row.row: row for row in rows}.values(), key=lambda row: row.row)
    versions = [row.answered.version if row.answered else "constant" for row in ordered]
    predictions = []
    for row, version in zip(ordered, versions, strict=True):
        told = prediction_of(Score(row.value, row.probability, row.probabilities))  # type: ignore[arg-type]
        predictions.append(told if len(set(versions)) == 1 else {**told, "version": version})
    body: dict[str, object] = {"model": model}
    if len(set(versions)) == 1:
        body["version"] = versions[0]
    body["predictions"] = predictions
    if any(row.failed for row in ordered):
        body["fallback"] = True
    return Result(status=200, body=to_json(body))

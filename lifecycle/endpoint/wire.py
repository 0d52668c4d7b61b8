"""Bytes of a request to JSON, and answers to bytes: what all protocols share, and how they refuse."""

import asyncio
import json
import shlex
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping, Sequence
from typing import Any

from lifecycle.endpoint.json_bytes import read_json, write_json
from lifecycle.errors import LifecycleError
from lifecycle.features.request import RowProblem

# The types of ASGI: messages are open dictionaries by its definition.
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Header = tuple[bytes, bytes]

MAX_BODY_BYTES = 16 * 2**20
MAX_PROBLEMS = 50
"""Problems named in one refusal; a wrong batch would repeat the same one thousands of times."""
JSON = b"application/json"
CLOSE: Header = (b"connection", b"close")


class Refusal(LifecycleError):
    """A request that gets an error for an answer: the status, and what the caller can mend."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        problems: Sequence[RowProblem] = (),
        headers: Iterable[Header] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.problems = problems
        self.headers = tuple(headers)

    def told(self) -> dict[str, Any]:
        """The refusal as JSON-like values, with its first problems."""
        problems = [
            {"row": p.row, "field": p.field, "found": p.found, "allowed": p.allowed}
            for p in self.problems[:MAX_PROBLEMS]
        ]
        return {"error": {"message": str(self), "problems": problems}}


class Disconnected(LifecycleError):
    """The client went away before its request was whole: nobody is left to answer."""


async def read_body(receive: Receive, *, limit: int, seconds: float) -> bytes:
    """The whole body of a request.

    Raises:
        Refusal: longer than `limit` bytes (413), or not whole within `seconds` (408).
        Disconnected: the client left.
    """
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Disconnected("the client left before its request was whole")
                chunk: bytes = message.get("body", b"")
                size += len(chunk)
                if size <= limit:
                    chunks.append(chunk)
                # What is a little too long is read to its end: a client that is still sending when the
                # connection closes never sees the answer.
                if not message.get("more_body") or size > 4 * limit:
                    break
    except TimeoutError as exc:
        raise Refusal(408, f"the body was not whole after {seconds:g} s", headers=[CLOSE]) from exc
    if size > limit:
        raise Refusal(413, f"the body is longer than {limit} bytes; send smaller batches", headers=[CLOSE])
    return b"".join(chunks)


def check_media_type(headers: Mapping[bytes, bytes]) -> None:
    """Let JSON pass, also where nothing is said.

    A browser sends JSON to a foreign address only after asking it; what it sends unasked is refused.

    Raises:
        Refusal: another media type, or a compressed body (415).

    >>> check_media_type({b"content-type": b"application/json; charset=utf-8"})
    """
    media = headers.get(b"content-type", JSON)
    # The usual spelling first: the rest of this is for the others.
    if media != JSON and media.decode("latin-1").partition(";")[0].strip().lower() != JSON.decode():
        raise Refusal(415, "the body must be JSON: send the header content-type: application/json")
    if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
        raise Refusal(415, "the body must not be compressed: send it without content-encoding")


def decode(body: bytes, *, max_depth: int, shape: str) -> object:
    """The JSON of a body.

    Args:
        body: of a request.
        max_depth: deepest nesting of arrays and objects.
        shape: what to send, for the message.

    Raises:
        Refusal: not JSON, or NaN and infinities, which JSON does not have, or nested too deep (400).

    >>> decode(b'{"distance": 1400}', max_depth=32, shape="send one row")
    {'distance': 1400}
    """
    try:
        parsed: object = read_json(body)
    except RecursionError as exc:
        raise Refusal(400, f"the body is nested too deep; {shape}") from exc
    except ValueError as exc:
        raise Refusal(400, f"the body is not JSON ({exc}); {shape}") from exc
    # As many openings as levels at least: most bodies are flat, and need no walk.
    openings = body.count(b"{") + body.count(b"[")
    if isinstance(parsed, list) and _NESTED.issuperset(map(type, parsed)):
        openings -= max(0, len(parsed) - 1)  # each member has one, and only one of them is the deepest
    if openings > max_depth and _is_deeper(parsed, max_depth):
        raise Refusal(400, f"the body is nested too deep; {shape}")
    return parsed


def check_count(rows: int, max_rows: int) -> None:
    """Let so many rows pass; asked before anything is made of them.

    Raises:
        Refusal: more than `max_rows` (413).
    """
    if rows > max_rows:
        raise Refusal(413, f"the request holds {rows} rows, allowed are {max_rows}; send smaller batches")


def check_rows(rows: Sequence[object]) -> list[Mapping[str, object]]:
    """Rows of a request, not yet validated against the model's columns.

    Raises:
        Refusal: not rows (422).
    """
    objects: list[Mapping[str, object]] = [row for row in rows if isinstance(row, dict)]
    if len(objects) < len(rows):
        allowed = "an object of column names and values"
        problems = [
            RowProblem(row=number, field="", found=json_type(row), allowed=allowed)
            for number, row in enumerate(rows)
            if not isinstance(row, dict)
        ]
        raise Refusal(422, f"{len(problems)} of {len(rows)} rows are no objects", problems=problems)
    return objects


_NESTED = frozenset({dict, list})


def _is_deeper(value: object, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    if levels == 0:
        return True
    members = value.values() if isinstance(value, dict) else value
    # Most arrays and objects hold none: one call of C tells.
    if _NESTED.isdisjoint(map(type, members)):
        return False
    return any(_is_deeper(member, levels - 1) for member in members)


def curl_line(url: str, row: Mapping[str, object]) -> str:
    """A request as a line to type into a shell, whatever quotes its values hold.

    Args:
        url: of the endpoint.
        row: the `example` of its description at `GET /`, or any other row.

    >>> print(curl_line("http://127.0.0.1:8710", {"origin": "JFK"}))
    curl -s http://127.0.0.1:8710/predict -H 'content-type: application/json' -d '{"origin": "JFK"}'
    """
    body = json.dumps(row, allow_nan=False)
    return f"curl -s {url}/predict -H 'content-type: application/json' -d {shlex.quote(body)}"


def to_json(answer: Mapping[str, object]) -> bytes:
    """Compact JSON of an answer."""
    return write_json(answer)


async def send_answer(
    send: Send, status: int, body: bytes, headers: Iterable[Header] = (), *, media: bytes = JSON
) -> None:
    """Send a whole answer."""
    named = [(b"content-type", media), (b"content-length", b"%d" % len(body)), *headers]
    await send({"type": "http.response.start", "status": status, "headers": named})
    await send({"type": "http.response.body", "body": body})


def json_type(value: object) -> str:
    """How messages name the type of a JSON value."""
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")

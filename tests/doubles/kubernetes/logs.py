"""The log of a container, as `GET .../pods/NAME/log` gives it."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from tests.doubles.kubernetes.cluster import Cluster
from tests.doubles.kubernetes.errors import ApiError
from tests.doubles.kubernetes.process import Log
from tests.doubles.kubernetes.store import Key


def log_lines(cluster: Cluster, key: Key, query: Mapping[str, str]) -> Iterator[bytes]:
    """Lines of a pod's container; with `follow` until it has ended.

    Raises:
        ApiError: 404, no such pod; 400, no such container, or it has not started.
    """
    pod = cluster.store.get(Key("pods", key.namespace, key.name))
    names = [container["name"] for container in pod["spec"]["containers"]]
    name = query.get("container", names[0])
    if name not in names:
        raise ApiError(400, "BadRequest", f"container {name} is not valid for pod {key.name}")
    previous = query.get("previous", "").lower() == "true"
    kept = cluster.kubelet.previous_logs if previous else cluster.kubelet.logs
    log = kept.get((pod["metadata"]["uid"], name))
    if log is None:
        raise ApiError(400, "BadRequest", f'container "{name}" in pod "{key.name}" is waiting to start')
    stamped = query.get("timestamps", "").lower() == "true"
    with log.changed:
        start, end = _start(log, query), len(log.lines)
    return _following(log, start, end, stamped, follow=query.get("follow", "").lower() == "true")


def _following(log: Log, start: int, end: int, stamped: bool, *, follow: bool) -> Iterator[bytes]:
    yield from _text(log, start, end, stamped)
    closed = not follow
    while not closed:
        seen = end
        end, closed = log.wait_past(seen)
        yield from _text(log, seen, end, stamped)


def _start(log: Log, query: Mapping[str, str]) -> int:
    since = query.get("sinceTime", "")
    if "sinceSeconds" in query:
        ago = timedelta(seconds=int(query["sinceSeconds"]))
        since = (datetime.now(UTC) - ago).strftime("%Y-%m-%dT%H:%M:%SZ")
    # The API takes whole seconds: what was printed within that second comes again.
    first = next((i for i, (at, _) in enumerate(log.lines) if at[:19] >= since[:19]), len(log.lines))
    tail = int(query["tailLines"]) if "tailLines" in query else len(log.lines)
    return max(first, len(log.lines) - tail)


def _text(log: Log, start: int, end: int, stamped: bool) -> Iterator[bytes]:
    lines = (at.encode() + b" " + line if stamped else line for at, line in log.lines[start:end])
    if text := b"".join(lines):
        yield text

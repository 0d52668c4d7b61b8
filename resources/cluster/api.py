"""The API server of a cluster: plain dictionaries in and out, patient with a server that is busy or away."""

import http.client
import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lifecycle.errors import LifecycleError

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

CONNECT_S, READ_S = 5, 30
LONGEST_PAUSE_S = 15.0
LOG_BYTES = 10_000_000
"""Of one answer: a job that prints more between two looks loses lines, and no memory."""
JSON, APPLY = "application/json", "application/apply-patch+yaml"
_MEDIA = {"PATCH": APPLY}
BUSY = (429, 500, 502, 503, 504)


class ApiRefusedError(LifecycleError):
    """The server understood, and said no: asking again would not help."""

    def __init__(self, status: int, message: str, asked: str) -> None:
        self.status = status
        super().__init__(
            f"the Kubernetes API refused to {asked} ({status}): {message}{_HINTS.get(status, '')}"
        )


class ApiConflictError(ApiRefusedError):
    """Somebody else changed the object since it was read: read it again, then decide anew."""


class ApiAwayError(LifecycleError):
    """The server did not answer for longer than is waited for it; what it was asked may have happened."""


_HINTS: Mapping[int, str] = {
    401: "; log in again, or give the run's pod a service account",
    403: "; give the run's service account a Role for it (docs/guide.md, Kubernetes)",
}


@dataclass(slots=True)
class ClusterApi:
    """One namespace of a cluster. Not for several threads."""

    namespace: str
    context: str | None
    """Of the kubeconfig; None: as `ClusterSettings.context` says."""
    patience_s: float
    """How long a server that does not answer is asked again."""
    _client: "ApiClient | None" = field(default=None, init=False)

    def get(self, group_version: str, plural: str, name: str) -> dict[str, Any] | None:
        """An object, or None where there is none of that name."""
        try:
            return self._asked("GET", self._path(group_version, plural, name))
        except ApiRefusedError as exc:
            if exc.status == http.client.NOT_FOUND:
                return None
            raise

    def discovered(self, path: str) -> dict[str, Any] | None:
        """What the server says of itself at a path, or None where it knows no such thing."""
        try:
            return self._asked("GET", path)
        except ApiRefusedError as exc:
            if exc.status == http.client.NOT_FOUND:
                return None
            raise

    def find(self, group_version: str, plural: str, labels: Mapping[str, str]) -> list[dict[str, Any]]:
        """Objects with all of the labels."""
        selector = ",".join(f"{key}={value}" for key, value in labels.items())
        found = self._asked("GET", self._path(group_version, plural), query=[("labelSelector", selector)])
        return list(found["items"])

    def create(self, group_version: str, plural: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
        """Create an object with strict field validation; None: there is one of that name already.

        An answer that was lost makes the second try find the object of the first: who gets None looks whose
        it is.
        """
        query = [("fieldValidation", "Strict"), ("fieldManager", "flywheel")]
        try:
            return self._asked("POST", self._path(group_version, plural), query=query, body=body)
        except ApiRefusedError as exc:
            if exc.status == http.client.CONFLICT:
                return None
            raise

    def apply(self, group_version: str, plural: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create an object, or make what we said of it before be what we say now (server-side apply, strict).

        Fields that others own stay, such as the number of pods that an autoscaler decides.
        """
        query = [("fieldValidation", "Strict"), ("fieldManager", "flywheel"), ("force", "true")]
        path = self._path(group_version, plural, body["metadata"]["name"])
        return self._asked("PATCH", path, query=query, body=body)

    def replace(
        self, group_version: str, plural: str, body: Mapping[str, Any], *, version: str
    ) -> dict[str, Any]:
        """Put an object in the place of the one that was read, with strict field validation.

        Args:
            group_version: of its kind.
            plural: of its kind.
            body: the object.
            version: resourceVersion of what was read.

        Raises:
            ApiConflictError: it was changed since; perhaps by a try of ours whose answer was lost.
        """
        query = [("fieldValidation", "Strict"), ("fieldManager", "flywheel")]
        written = {**body, "metadata": {**body["metadata"], "resourceVersion": version}}
        return self._asked(
            "PUT", self._path(group_version, plural, body["metadata"]["name"]), query=query, body=written
        )

    def through(self, pod: str, port: int, path: str) -> bytes | None:
        """What a pod itself answers to a GET, whatever its status; None: it does not answer.

        By way of the API server: that is reached from within the cluster and from without. Asked once.
        """
        from kubernetes.client import ApiException
        from urllib3.exceptions import HTTPError

        asked = f"{self._path('v1', 'pods', pod)}:{port}/proxy{path}"
        try:
            return self._once("GET", asked, (), None)
        except ApiException as exc:
            if exc.status in (http.client.UNAUTHORIZED, http.client.FORBIDDEN):
                raise ApiRefusedError(exc.status, _message(exc), f"GET pods/{pod}/proxy") from exc
            return exc.body.encode() if isinstance(exc.body, str) else exc.body
        except HTTPError:
            return None

    def delete(self, group_version: str, plural: str, name: str) -> None:
        """Delete an object and, behind it, what it owns; one that is not there is deleted already."""
        body = {"propagationPolicy": "Background"}
        try:
            self._asked("DELETE", self._path(group_version, plural, name), body=body)
        except ApiRefusedError as exc:
            if exc.status != http.client.NOT_FOUND:
                raise

    def log(
        self, pod: str, *, since: str | None = None, tail: int | None = None, previous: bool = False
    ) -> str:
        """Lines of a pod's container with their times; none where it has not started or is gone.

        Args:
            pod: its name.
            since: time of a line; the lines of its second come again.
            tail: only so many, the last ones.
            previous: of the container before the last restart.
        """
        query: list[tuple[str, Any]] = [("timestamps", "true"), ("limitBytes", LOG_BYTES)]
        query += [] if since is None else [("sinceTime", since[:19] + "Z")]
        query += [] if tail is None else [("tailLines", tail)]
        query += [("previous", "true")] if previous else []
        try:
            raw = self._sent("GET", self._path("v1", "pods", pod) + "/log", query, None)
        except ApiRefusedError as exc:
            if exc.status in (http.client.NOT_FOUND, http.client.BAD_REQUEST):
                return ""
            raise
        return raw.decode(errors="replace")

    def _path(self, group_version: str, plural: str, name: str | None = None) -> str:
        root = "api" if "/" not in group_version else "apis"
        path = f"/{root}/{group_version}/namespaces/{self.namespace}/{plural}"
        return path if name is None else f"{path}/{name}"

    def _asked(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, Any]] = (),
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self._sent(method, path, query, body))
        return answer

    def _sent(
        self, method: str, path: str, query: Sequence[tuple[str, Any]], body: Mapping[str, Any] | None
    ) -> bytes:
        """The answer's body. Every request of ours may be sent again: a second `create` finds the first."""
        from kubernetes.client import ApiException
        from urllib3.exceptions import HTTPError

        asked = f"{method} {path.rsplit('/namespaces/', 1)[-1]}"
        first, pause_s, fresh = time.monotonic(), 0.5, False
        while True:
            try:
                return self._once(method, path, query, body)
            except ApiException as exc:
                if exc.status == http.client.UNAUTHORIZED and not fresh:
                    # A token may have expired: what wrote the kubeconfig writes a new one.
                    self._client, fresh = None, True
                    continue
                if exc.status == http.client.CONFLICT:
                    raise ApiConflictError(exc.status, _message(exc), asked) from exc
                if exc.status not in BUSY:
                    raise ApiRefusedError(exc.status or 0, _message(exc), asked) from exc
                wait_s, why = max(pause_s, _retry_after_s(exc)), f"{exc.status} {exc.reason}"
            except HTTPError as exc:
                wait_s, why = pause_s, str(exc)
            waited_s = time.monotonic() - first
            if waited_s + wait_s > self.patience_s:
                raise ApiAwayError(
                    f"the Kubernetes API did not answer {asked} for {waited_s:.0f} s ({why}); "
                    "what runs there goes on: run again to take it up"
                )
            time.sleep(wait_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    def _once(
        self, method: str, path: str, query: Sequence[tuple[str, Any]], body: Mapping[str, Any] | None
    ) -> bytes:
        if self._client is None:
            self._client = _connected(self.context)
        response = self._client.call_api(
            path,
            method,
            query_params=list(query),
            header_params={"Accept": "application/json, */*", "Content-Type": _MEDIA.get(method, JSON)},
            body=None if body is None else dict(body),
            auth_settings=["BearerToken"],
            _preload_content=False,
            _return_http_data_only=True,
            _request_timeout=(CONNECT_S, READ_S),
        )
        data: bytes = response.data
        return data


def _connected(context: str | None) -> "ApiClient":
    from kubernetes import client, config

    configuration = client.Configuration()
    try:
        if context is None and "KUBERNETES_SERVICE_HOST" in os.environ:
            config.load_incluster_config(client_configuration=configuration)
        else:
            # Given here: the client looks at the variable only once, when it is imported.
            file = os.environ.get("KUBECONFIG")
            config.load_kube_config(config_file=file, context=context, client_configuration=configuration)
    except config.ConfigException as exc:
        raise LifecycleError(
            f"no cluster to talk to: {exc}; run inside one, or let KUBECONFIG name a file"
        ) from exc
    # Whether and how often something is asked again is decided here, not below.
    configuration.retries = False
    return client.ApiClient(configuration)


def _message(exc: Any) -> str:
    try:
        return str(json.loads(exc.body)["message"])
    except (TypeError, ValueError, KeyError):
        return f"{exc.reason}"


def _retry_after_s(exc: Any) -> float:
    told = (exc.headers or {}).get("Retry-After", "")
    return min(float(told), LONGEST_PAUSE_S) if told.isdecimal() else 0.0

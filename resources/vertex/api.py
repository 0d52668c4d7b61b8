"""Calls of Vertex AI: thin GAPIC clients over REST, patient with a service that is busy, limited or away."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from lifecycle.errors import LifecycleError
from resources.vertex.settings import VertexSettings

if TYPE_CHECKING:
    from google.auth.credentials import Credentials
    from google.auth.transport.requests import AuthorizedSession

URL = "FLYWHEEL_VERTEX_URL"
"""Where the services are: of a double; without it, those of the region."""
SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
READ_S = 60.0
LONGEST_PAUSE_S = 30.0
BUSY = ("RESOURCE_EXHAUSTED", "INTERNAL", "UNAVAILABLE", "DEADLINE_EXCEEDED", "UNKNOWN")
"""Codes after which the same call may well succeed."""
HTTP_CODES: Mapping[int, str] = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
Service = Literal["Job", "Model", "Endpoint", "Pipeline"]


class VertexRefusedError(LifecycleError):
    """The service understood, and said no: asking again would not help."""

    def __init__(self, code: str, message: str, asked: str, *, wait_s: float = 0.0) -> None:
        self.code = code
        self.wait_s = wait_s
        """How long the service itself says to wait (`Retry-After`); 0: it says nothing."""
        super().__init__(f"Vertex AI refused to {asked} ({code}): {message}{_HINTS.get(code, '')}")


class VertexAwayError(LifecycleError):
    """The service did not carry a call out for longer than is waited for it; it may have happened."""

    def __init__(self, code: str, message: str, asked: str, waited_s: float) -> None:
        self.code = code
        super().__init__(
            f"Vertex AI did not {asked} within {waited_s:.0f} s ({code}): {message}{_HINTS.get(code, '')}"
        )


_HINTS: Mapping[str, str] = {
    "UNAUTHENTICATED": "; renew the credentials (`gcloud auth application-default login`)",
    "PERMISSION_DENIED": "; give the run's service account the role for it (docs/guide.md, Google Cloud)",
    "RESOURCE_EXHAUSTED": "; a quota of the project is used up: raise it, ask for less, or try later",
}


@dataclass(slots=True)
class VertexApi:
    """The services of one region. Not for several threads."""

    settings: VertexSettings
    patience_s: float
    """How long a service that is busy is asked again."""
    _clients: dict[str, Any] = field(default_factory=dict, init=False)
    _credentials: "Credentials | None" = field(default=None, init=False)
    _session: "AuthorizedSession | None" = field(default=None, init=False)

    def client(self, service: Service) -> Any:
        """The client of a service; it is made when it is needed."""
        if service not in self._clients:
            from google.cloud import aiplatform_v1

            kind = getattr(aiplatform_v1, f"{service}ServiceClient")
            self._clients[service] = kind(
                credentials=self._authorised(),
                transport="rest",
                client_options={"api_endpoint": service_url(self.settings.region)},
            )
        return self._clients[service]

    def call(self, service: Service, method: str, request: Any, *, asked: str) -> Any:
        """The answer to a call, asked again while the service is busy.

        A call whose answer was lost is made again: whoever creates something gives it a name, or looks first.

        Args:
            service: whose call it is.
            method: of the client.
            request: what it is called with.
            asked: what it is to do, for messages: "create the job x".

        Raises:
            VertexRefusedError: the service said no.
            VertexAwayError: it was busy or away for too long.
        """
        return self._patiently(lambda: self.once(service, method, request, asked=asked), asked)

    def once(self, service: Service, method: str, request: Any, *, asked: str) -> Any:
        """The same, asked once.

        Raises:
            VertexRefusedError: the service said no, or is busy: `code` tells which.
        """
        from google.api_core.exceptions import GoogleAPICallError
        from google.auth.exceptions import GoogleAuthError
        from requests.exceptions import RequestException

        try:
            return getattr(self.client(service), method)(request=request, retry=None, timeout=READ_S)
        except GoogleAPICallError as exc:
            message = exc.message or "no message"
            raise VertexRefusedError(_code(exc), message, asked, wait_s=_told_to_wait(exc)) from exc
        except GoogleAuthError as exc:
            code = "UNAVAILABLE" if exc.retryable else "UNAUTHENTICATED"
            raise VertexRefusedError(code, str(exc), asked) from exc
        except RequestException as exc:
            raise VertexRefusedError("UNAVAILABLE", type(exc).__name__, asked) from exc

    def post(self, url: str, body: Mapping[str, Any], *, asked: str) -> Mapping[str, Any]:
        """The answer of another service of Google to a JSON body, asked once.

        Raises:
            VertexRefusedError: it said no, or is busy.
        """
        from google.auth.exceptions import GoogleAuthError
        from google.auth.transport.requests import AuthorizedSession
        from requests.exceptions import RequestException

        if self._session is None:
            self._session = AuthorizedSession(self._authorised())  # type: ignore[no-untyped-call]  # ships none
        try:
            response = self._session.post(url, json=dict(body), timeout=READ_S)
            if not response.ok:
                code = HTTP_CODES.get(response.status_code, "UNKNOWN")
                raise VertexRefusedError(code, response.text[:500], asked)
            answer: Mapping[str, Any] = response.json()
            return answer
        except GoogleAuthError as exc:
            raise VertexRefusedError("UNAUTHENTICATED", str(exc), asked) from exc
        except RequestException as exc:
            raise VertexRefusedError("UNAVAILABLE", type(exc).__name__, asked) from exc

    def wait(self, service: Service, operation: Any, *, asked: str, within_s: float) -> Any:
        """The end of an operation.

        Args:
            service: whose operation it is.
            operation: as a call answered it.
            asked: what it is to do.
            within_s: how long it may take.

        Returns:
            `google.protobuf.any_pb2.Any` of its response.

        Raises:
            VertexRefusedError: it failed.
            VertexAwayError: it did not end in time; it may still.
        """
        from google.longrunning import operations_pb2
        from google.rpc import code_pb2

        found, began = operation.operation, time.monotonic()
        while not found.done:
            waited_s = time.monotonic() - began
            if waited_s > within_s:
                raise VertexAwayError(
                    "DEADLINE_EXCEEDED", f"the operation {found.name} has no end", asked, waited_s
                )
            time.sleep(self.settings.poll_s)
            request = operations_pb2.GetOperationRequest(name=found.name)
            found = self.call(service, "get_operation", request, asked=f"tell of {found.name}")
        if found.error.code:
            raise VertexRefusedError(code_pb2.Code.Name(found.error.code), found.error.message, asked)
        return found.response

    def peek(self, service: Service, operation: Any) -> Any:
        """An operation as it is now, as `google.longrunning.operations_pb2.Operation`."""
        from google.longrunning import operations_pb2

        request = operations_pb2.GetOperationRequest(name=operation.operation.name)
        return self.call(service, "get_operation", request, asked=f"tell of {request.name}")

    def _patiently(self, call: Callable[[], Any], asked: str) -> Any:
        began, pause_s = time.monotonic(), min(1.0, self.settings.poll_s)
        while True:
            try:
                return call()
            except VertexRefusedError as exc:
                waited_s = time.monotonic() - began
                if exc.code not in BUSY:
                    raise
                wait_s = max(pause_s, exc.wait_s)
                if waited_s + wait_s > self.patience_s:
                    raise VertexAwayError(exc.code, str(exc.__cause__), asked, waited_s) from exc
            time.sleep(wait_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _authorised(self) -> "Credentials":
        """Application default credentials: nothing else is looked for, nothing is kept."""
        if self._credentials is None:
            import google.auth
            from google.auth.exceptions import DefaultCredentialsError

            try:
                self._credentials, _ = google.auth.default(scopes=SCOPES)
            except DefaultCredentialsError as exc:
                raise LifecycleError(
                    "there are no application default credentials: run `gcloud auth application-default "
                    "login`, or give the run's pod a service account"
                ) from exc
        return self._credentials


def service_url(region: str) -> str:
    """Where Vertex AI of a region is."""
    return os.environ.get(URL, f"https://{region}-aiplatform.googleapis.com")


def logging_url() -> str:
    """Where Cloud Logging is."""
    return os.environ.get(URL, "https://logging.googleapis.com")


def _code(exc: Any) -> str:
    """The code of a refusal by its name in `google.rpc.Code`."""
    if exc.grpc_status_code is not None:
        return str(exc.grpc_status_code.name)
    return HTTP_CODES.get(int(exc.code or 0), "UNKNOWN")


def _told_to_wait(exc: Any) -> float:
    """Seconds of the answer's `Retry-After`; a date there, or nothing, is 0."""
    headers = getattr(exc.response, "headers", {})
    text = headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else 0.0

"""Calls about the jobs of one kind: created once, found by their labels, cancelled."""

import contextlib
import time
from collections.abc import Mapping
from typing import Any, Literal
from uuid import uuid4

from resources.vertex.api import BUSY, VertexApi, VertexAwayError, VertexRefusedError
from resources.vertex.messages import message

Kind = Literal["custom_job", "hyperparameter_tuning_job", "batch_prediction_job"]
ATTEMPT_LABEL, TRY_LABEL = "flywheel-attempt", "flywheel-try"
"""Number of a start; and one value for each creation: by it alone a job is known whose creation had no
answer."""
_OVER = ("SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED", "PARTIALLY_SUCCEEDED", "PAUSED")


class Jobs:
    """Jobs of a kind. The service numbers them itself, and takes no request id.

    Args:
        api: of the region.
        kind: theirs, as clients spell it.
    """

    def __init__(self, api: VertexApi, kind: Kind) -> None:
        self._api, self._kind = api, kind
        self._type = "".join(part.capitalize() for part in kind.split("_"))

    def get(self, name: str) -> Any | None:
        """A job as it is; None: there is none of that name."""
        try:
            return self._call(f"get_{self._kind}", f"Get{self._type}", f"tell of the job {name}", name=name)
        except VertexRefusedError as exc:
            if exc.code == "NOT_FOUND":
                return None
            raise

    def found(self, label: str, value: str) -> list[Any]:
        """Jobs that bear a label, the newest attempt first."""
        found = self._call(
            f"list_{self._kind}s",
            f"List{self._type}s",
            f"list the jobs of {value}",
            parent=self._api.settings.location,
            filter=f"labels.{label}={value}",
            page_size=100,
        )
        return sorted(found, key=lambda job: -int(job.labels.get(ATTEMPT_LABEL, "1")))

    def adopted(self, label: str, value: str, *, same: Mapping[str, str]) -> Any | None:
        """The newest live job with a label that is the very same; other live ones are cancelled."""
        taken = None
        for job in self.found(label, value):
            state = job.state.name.removeprefix("JOB_STATE_")
            if state in ("CANCELLING", *_OVER):
                continue
            if taken is None and all(job.labels.get(key) == told for key, told in same.items()):
                taken = job
            else:
                self.cancel(job.name)
        return taken

    def create(self, body: Mapping[str, Any], *, label: str, what: str) -> str:
        """Create a job once: after a lost answer it is looked for before another is created.

        Args:
            body: in its JSON form.
            label: one of its labels, by whose value it is looked for.
            what: to do, for messages.

        Returns:
            Its resource name.
        """
        from google.cloud.aiplatform_v1 import types

        token = uuid4().hex[:16]
        labels = {**body["labels"], TRY_LABEL: token}
        job = message(getattr(types, self._type), {**body, "labels": labels})
        request = getattr(types, f"Create{self._type}Request")(
            **{"parent": self._api.settings.location, self._kind: job}
        )
        began, poll_s = time.monotonic(), self._api.settings.poll_s
        while True:
            try:
                return str(self._api.once("Job", f"create_{self._kind}", request, asked=what).name)
            except VertexRefusedError as exc:
                if exc.code not in BUSY:
                    raise
                waited_s = time.monotonic() - began
                if waited_s >= self._api.patience_s:
                    raise VertexAwayError(exc.code, str(exc.__cause__), what, waited_s) from exc
                if exc.code != "RESOURCE_EXHAUSTED":
                    made = self._made(label, body["labels"][label], token)
                    if made is not None:
                        return made
            time.sleep(poll_s)

    def cancel(self, name: str) -> None:
        """Cancel a job; it may have ended, or be gone: that is what is wanted."""
        with contextlib.suppress(VertexRefusedError):
            self._call(f"cancel_{self._kind}", f"Cancel{self._type}", f"cancel the job {name}", name=name)

    def _made(self, label: str, value: str, token: str) -> str | None:
        """The job that a lost call created, if it did; the list may show it late, so it is given time."""
        settings = self._api.settings
        deadline = time.monotonic() + min(settings.patience.ending, 3 * settings.poll_s)
        while True:
            for job in self.found(label, value):
                if job.labels.get(TRY_LABEL) == token:
                    return str(job.name)
            if time.monotonic() >= deadline:
                return None
            time.sleep(settings.poll_s)

    def _call(self, method: str, request: str, asked: str, **fields: Any) -> Any:
        from google.cloud.aiplatform_v1 import types

        made = getattr(types, f"{request}Request")(**fields)
        return self._api.call("Job", method, made, asked=asked)

"""Lines of a CustomJob, as Cloud Logging has them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from resources.vertex.api import VertexApi, VertexRefusedError, logging_url

FIRST = "workerpool0-0"
"""The replica that tells of progress; lines of others are shown with their name."""
LATE = timedelta(seconds=30)
"""An entry may be found so long after a later one."""
PAGE = 1000


class JobLog:
    """The log of one job, read piece by piece.

    Args:
        api: of the region.
        job: number of the job.
    """

    def __init__(self, api: VertexApi, job: str) -> None:
        self._api, self._job = api, job
        self._since: datetime | None = None
        self._seen: dict[str, datetime] = {}
        self.problem = ""
        """Why it cannot be read; empty: it can."""

    def unread(self) -> list[str]:
        """Lines that were not told yet. A log that cannot be read ends no training: see `problem`."""
        entries: list[Mapping[str, Any]] = []
        page = ""
        try:
            while True:
                answer = self._api.post(
                    f"{logging_url()}/v2/entries:list", self._asked(page), asked="read the log"
                )
                entries += answer.get("entries", [])
                page = answer.get("nextPageToken", "")
                if not page:
                    break
        except VertexRefusedError as exc:
            self.problem = str(exc)
            return []
        self.problem = ""
        return [line for entry in entries if (line := self._fresh(entry)) is not None]

    def _asked(self, page: str) -> Mapping[str, object]:
        wanted = f'resource.type="ml_job" resource.labels.job_id="{self._job}"'
        if self._since is not None:
            wanted += f' timestamp>="{(self._since - LATE).astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"'
        return {
            "resourceNames": [f"projects/{self._api.settings.project}"],
            "filter": wanted,
            "orderBy": "timestamp asc",
            "pageSize": PAGE,
            **({"pageToken": page} if page else {}),
        }

    def _fresh(self, entry: Mapping[str, Any]) -> str | None:
        number, at = str(entry["insertId"]), _time(entry["timestamp"])
        if number in self._seen:
            return None
        self._since = max(at, self._since or at)
        self._seen[number] = at
        self._seen = {one: when for one, when in self._seen.items() if when >= self._since - 2 * LATE}
        task = ((entry.get("resource") or {}).get("labels") or {}).get("task_name", "")
        line = str(entry.get("textPayload") or (entry.get("jsonPayload") or {}).get("message", "")).rstrip()
        return line if task == FIRST else f"[{task}] {line}"


def _time(text: str) -> datetime:
    """A time that may have nanoseconds."""
    whole, _, rest = text.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{whole}.{(rest or '0')[:6]:0<6}+00:00")

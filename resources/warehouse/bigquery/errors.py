"""What goes wrong in BigQuery, as one error that names the cause and the way out."""

from collections.abc import Iterator
from contextlib import contextmanager

from lifecycle.errors import LifecycleError

_MESSAGE_CHARACTERS = 600
# Reasons of the API after which the same job may well succeed, see "Error messages" in its manual.
PASSING_REASONS = frozenset(
    {
        "backendError",
        "internalError",
        "jobBackendError",
        "jobInternalError",
        "jobRateLimitExceeded",
        "rateLimitExceeded",
    }
)
_WAYS = {
    "accessDenied": "let the service account read the source and write the datasets "
    "(roles bigquery.dataEditor, bigquery.jobUser and bigquery.readSessionUser)",
    "bytesBilledLimitExceeded": "raise data.source.max_bytes or read less",
    "quotaExceeded": "wait until the quota is free again, or have it raised",
    "notFound": "mend the name in the spec, or make the table",
}


class JobTimeoutError(Exception):
    """A job did not end in time; it was cancelled."""


@contextmanager
def bigquery_errors(what: str) -> Iterator[None]:
    """Turn an error of the client into one that says what could not be done.

    Args:
        what: names the thing, at the start of the sentence.
    """
    from google.api_core.exceptions import GoogleAPICallError, RetryError
    from google.auth.exceptions import GoogleAuthError
    from requests.exceptions import RequestException

    try:
        yield
    except GoogleAuthError as exc:
        raise LifecycleError(
            f"{what}: no valid credentials of Google Cloud ({_short(exc)}); run `gcloud auth "
            "application-default login`, or let the pod run as a service account"
        ) from exc
    except GoogleAPICallError as exc:
        reason = reason_of(exc)
        way = _WAYS.get(reason, "mend the source or the spec and run again")
        raise LifecycleError(
            f"{what} cannot be read ({reason or exc.code}): {_short(exc)}\n{way}; what was published "
            "before is untouched"
        ) from exc
    except (RetryError, RequestException, JobTimeoutError) as exc:
        raise LifecycleError(
            f"{what}: BigQuery does not answer: {_short(exc)}; run again. What was published before is "
            "untouched"
        ) from exc


def reason_of(error: Exception) -> str:
    """The reason that the API gives for an error, or ""."""
    told = getattr(error, "errors", None) or []
    first = told[0] if told else {}
    return str(first.get("reason", "")) if isinstance(first, dict) else ""


def _short(error: Exception) -> str:
    # The lines below tell the job and its place, which change from run to run.
    return (str(getattr(error, "message", "") or error).strip().splitlines() or [""])[0][:_MESSAGE_CHARACTERS]

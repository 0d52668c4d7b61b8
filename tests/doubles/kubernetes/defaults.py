"""What the API server puts in where nobody says: who reads an object back finds more than was written."""

from typing import Any

from tests.doubles.kubernetes.kinds import Kind

_EVERY_PATH = {"type": "PathPrefix", "value": "/"}


def put_in_defaults(kind: Kind, body: dict[str, Any]) -> None:
    """Put the defaults of the Gateway API's definitions into a route."""
    if kind.name != "HTTPRoute":
        return
    for rule in (body.get("spec") or {}).get("rules") or []:
        rule.setdefault("matches", [{}])
        for match in rule["matches"]:
            match.setdefault("path", dict(_EVERY_PATH))
            for header in match.get("headers") or []:
                header.setdefault("type", "Exact")
        for ref in rule.get("backendRefs") or []:
            for field, value in (("group", ""), ("kind", "Service"), ("weight", 1)):
                ref.setdefault(field, value)

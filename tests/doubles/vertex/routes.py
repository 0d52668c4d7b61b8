"""Which call a request is: read off the installed client, so that the double cannot drift from it."""

import importlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

SERVICES = ("job_service", "model_service", "endpoint_service", "prediction_service", "pipeline_service")
_VARIABLE = re.compile(r"\{([a-z_.]+)(?:=([^}]+))?\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One rule of one call."""

    method: str
    path: re.Pattern[str]
    variables: Sequence[str]
    body: str | None
    """Field of the request that is the body; `*`: the body is all of it."""
    rpc: str
    request: Any
    """Class of the request."""


@cache
def routes() -> tuple[Route, ...]:
    """All rules of the services that the double knows; those that end in `:verb` come first."""
    found = [route for service in SERVICES for route in _of_service(service)]
    return tuple(sorted(found, key=lambda route: (":" not in route.path.pattern, -len(route.path.pattern))))


def message_of(route: Route, path: Sequence[str], query: Mapping[str, str], body: Any) -> Any:
    """The request that a call is made with."""
    from google.protobuf import json_format

    told: dict[str, Any] = {}
    if route.body == "*":
        told = dict(body)
    elif route.body is not None:
        told[route.body] = body
    for name, value in query.items():
        if not name.startswith("$"):
            _put(told, name, value)
    for name, value in zip(route.variables, path, strict=True):
        _put(told, name, value)
    request = route.request()
    json_format.ParseDict(told, type(request).pb(request))
    return request


def _of_service(module: str) -> list[Route]:
    name = "".join(part.capitalize() for part in module.split("_"))
    home = f"google.cloud.aiplatform_v1.services.{module}"
    base = getattr(importlib.import_module(f"{home}.transports.rest_base"), f"_Base{name}RestTransport")
    client = importlib.import_module(f"{home}.client")
    found = []
    for attribute in dir(base):
        rules = getattr(getattr(base, attribute), "_get_http_options", None)
        rpc = attribute.removeprefix("_Base")
        request = getattr(importlib.import_module("google.cloud.aiplatform_v1.types"), f"{rpc}Request", None)
        if rules is None or request is None or not hasattr(client, f"{name}Client"):
            continue
        for rule in rules():
            path, variables = _pattern(rule["uri"])
            found.append(
                Route(
                    method=rule["method"].upper(),
                    path=path,
                    variables=variables,
                    body=rule.get("body"),
                    rpc=rpc,
                    request=request,
                )
            )
    return found


def _pattern(uri: str) -> tuple[re.Pattern[str], list[str]]:
    parts, variables, end = [], [], 0
    for match in _VARIABLE.finditer(uri):
        parts.append(re.escape(uri[end : match.start()]))
        inner = re.escape(match[2] or "*").replace(r"\*\*", ".+").replace(r"\*", "[^/:]+")
        parts.append(f"({inner})")
        variables.append(match[1])
        end = match.end()
    parts.append(re.escape(uri[end:]))
    return re.compile("".join(parts)), variables


def _put(told: dict[str, Any], dotted: str, value: str) -> None:
    *outer, last = dotted.split(".")
    for name in outer:
        told = told.setdefault(name, {})
    told[last] = value

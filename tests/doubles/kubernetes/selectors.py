"""Label and field selectors, as lists and watches are narrowed by them."""

import re
from collections.abc import Mapping
from typing import Any

from tests.doubles.kubernetes.errors import ApiError

_SET = re.compile(r"^(?P<key>\S+)\s+(?P<how>in|notin)\s+\((?P<values>[^)]*)\)$")


def label_match(selector: str, labels: Mapping[str, str]) -> bool:
    """Whether labels fulfil a selector such as `a=b,c!=d,e,!f,g in (h,i)`; an empty one is always fulfilled.

    >>> label_match("app=x,tier in (a,b),!gone", {"app": "x", "tier": "b"})
    True
    """
    return all(
        _requirement(part.strip(), labels) for part in re.split(r",(?![^(]*\))", selector) if part.strip()
    )


def _requirement(part: str, labels: Mapping[str, str]) -> bool:
    if found := _SET.match(part):
        values = {value.strip() for value in found["values"].split(",")}
        return (labels.get(found["key"]) in values) == (found["how"] == "in")
    if "!=" in part:
        key, value = part.split("!=", 1)
        return labels.get(key) != value
    if "=" in part:
        key, value = re.split("==?", part, maxsplit=1)
        return labels.get(key) == value
    return part[1:] not in labels if part.startswith("!") else part in labels


def field_match(selector: str, obj: Mapping[str, Any]) -> bool:
    """The same for fields: `metadata.name=a,status.phase!=Running`."""
    for part in filter(None, selector.split(",")):
        path, how, value = re.split("(!=|==?)", part, maxsplit=1) if "=" in part else (part, "", "")
        if not how:
            raise ApiError(400, "BadRequest", f"invalid field selector {part!r}")
        found: Any = obj
        for key in path.split("."):
            found = found.get(key) if isinstance(found, Mapping) else None
        if ((found or "") == value) == (how == "!="):
            return False
    return True

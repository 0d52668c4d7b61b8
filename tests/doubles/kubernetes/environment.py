"""What a container sees: its environment variables, and its command with variables put in."""

import base64
import re
from collections.abc import Mapping
from typing import Any

from tests.doubles.kubernetes.store import Key, Object, Store


def variables(store: Store, pod: Object, container: Mapping[str, Any]) -> dict[str, str]:
    """The environment of a container.

    Raises:
        ApiError: 404, a config map or a secret that is not there.
        KeyError: one that lacks the key.
    """
    namespace, found = pod["metadata"]["namespace"], dict[str, str]()
    for source in container.get("envFrom") or []:
        for plural, field in (("configmaps", "configMapRef"), ("secrets", "secretRef")):
            if field in source:
                found |= _data(store, plural, namespace, source[field]["name"])
    for entry in container.get("env") or []:
        value_from = entry.get("valueFrom") or {}
        for plural, field in (("configmaps", "configMapKeyRef"), ("secrets", "secretKeyRef")):
            if field in value_from:
                ref = value_from[field]
                found[entry["name"]] = _data(store, plural, namespace, ref["name"])[ref["key"]]
        if "fieldRef" in value_from:
            found[entry["name"]] = _field(pod, value_from["fieldRef"]["fieldPath"])
        elif not value_from:
            found[entry["name"]] = reachable(expanded(entry.get("value") or "", found), pod)
    return found


def expanded(text: str, known: Mapping[str, str]) -> str:
    """`$(NAME)` becomes the variable's value, `$$(NAME)` the text `$(NAME)`; an unknown one stays.

    >>> expanded("$(A) $$(A) $(B)", {"A": "1"})
    '1 $(A) $(B)'
    """
    return re.sub(
        r"\$\$|\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)",
        lambda m: "$" if m[0] == "$$" else known.get(m[1], m[0]),
        text,
    )


def _data(store: Store, plural: str, namespace: str, name: str) -> dict[str, str]:
    obj = store.get(Key(plural, namespace, name))
    data: dict[str, str] = obj.get("data") or {}
    if plural == "secrets":
        data = {key: base64.b64decode(value).decode() for key, value in data.items()}
    return {**data, **(obj.get("stringData") or {})}


def _field(pod: Object, path: str) -> str:
    if found := re.fullmatch(r"metadata\.(labels|annotations)\['(.+)'\]", path):
        return str((pod["metadata"].get(found[1]) or {}).get(found[2], ""))
    value: Any = pod
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return str(value or "127.0.0.1")


def reachable(text: str, pod: Object) -> str:
    """Text in which host names of pods of the same service are addresses that this machine knows."""
    # All pods are processes of this machine: each of them is found on its loopback.
    subdomain = pod["spec"].get("subdomain")
    return re.sub(rf"[a-z0-9-]+\.{re.escape(subdomain)}\b", "127.0.0.1", text) if subdomain else text

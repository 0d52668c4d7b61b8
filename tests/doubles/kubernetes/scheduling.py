"""Which node a pod goes to, and why it goes to none."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from tests.doubles.kubernetes.store import Object

_UNITS = {
    "m": 1e-3,
    "": 1.0,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "Ki": 2.0**10,
    "Mi": 2.0**20,
    "Gi": 2.0**30,
    "Ti": 2.0**40,
}


def quantity(text: object) -> float:
    """
    >>> quantity("500m"), quantity("2Ki"), quantity(3)
    (0.5, 2048.0, 3.0)
    """
    found = re.fullmatch(r"([0-9.]+)([A-Za-z]*)", str(text))
    assert found, text
    return float(found[1]) * _UNITS[found[2]]


def asked(pod: Object) -> Counter[str]:
    """Resources that a pod's containers request; a limit alone is a request too."""
    total: Counter[str] = Counter()
    for container in pod["spec"]["containers"]:
        resources = container.get("resources") or {}
        for name, amount in {**(resources.get("limits") or {}), **(resources.get("requests") or {})}.items():
            total[name] += quantity(amount)  # type: ignore[assignment]  # parts of a CPU are counted too
    return total


def choose(pod: Object, nodes: Sequence[Object], pods: Sequence[Object]) -> tuple[str, str]:
    """Name of the node for a pod, or an empty one and why: in the words of the real scheduler."""
    refused: Counter[str] = Counter()
    for node in nodes:
        why = _unfit(pod, node, pods)
        if not why:
            return node["metadata"]["name"], ""
        refused.update(why)
    counted = ", ".join(f"{count} {why}" for why, count in sorted(refused.items()))
    return "", f"0/{len(nodes)} nodes are available: {counted}."


def _unfit(pod: Object, node: Object, pods: Sequence[Object]) -> list[str]:
    labels = node["metadata"].get("labels") or {}
    if any(labels.get(key) != value for key, value in (pod["spec"].get("nodeSelector") or {}).items()):
        return ["node(s) didn't match Pod's node affinity/selector"]
    tolerations = pod["spec"].get("tolerations") or []
    for taint in node["spec"].get("taints") or []:
        if not any(_tolerates(toleration, taint) for toleration in tolerations):
            return ["node(s) had untolerated taint(s)"]
    free = Counter({name: quantity(amount) for name, amount in node["status"]["allocatable"].items()})
    for other in pods:
        if other["spec"].get("nodeName") == node["metadata"]["name"] and not ended(other):
            free.subtract(asked(other))
    return [f"Insufficient {name}" for name, amount in asked(pod).items() if amount > free.get(name, 0)]


def _tolerates(toleration: dict[str, Any], taint: dict[str, Any]) -> bool:
    if toleration.get("effect", taint["effect"]) != taint["effect"]:
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return toleration.get("key") in (None, taint["key"])
    return (toleration.get("key"), toleration.get("value", "")) == (taint["key"], taint.get("value", ""))


def ended(pod: Object) -> bool:
    return pod["status"].get("phase") in ("Succeeded", "Failed")

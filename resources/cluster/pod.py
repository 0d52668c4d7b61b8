"""Parts of a pod that do not depend on what runs in it."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from resources.cluster.settings import ClusterSettings, Mount

Manifest = dict[str, Any]
MODEL_LABEL = "flywheel/model"


def own_labels(component: Literal["training", "serving"], model: str) -> dict[str, str]:
    """What every object of ours bears, for a model."""
    return {
        "app.kubernetes.io/managed-by": "flywheel",
        "app.kubernetes.io/component": component,
        # A label begins and ends with a letter or a digit; a model's name need not.
        MODEL_LABEL: model[:63].strip("_-"),
    }


def escaped(text: str) -> str:
    """Text that Kubernetes leaves as it is: it replaces `$(NAME)` in commands and variables.

    >>> escaped("/home/$(TOKEN)")
    '/home/$$(TOKEN)'
    """
    return text.replace("$(", "$$(")


def environment(told: Mapping[str, str]) -> list[Manifest]:
    """Variables of a container: what is told, and nothing of this process's own."""
    # HOME: the user of the pod need not be known to the image. SAFEPATH: no module of the working directory.
    own = {"PYTHONUNBUFFERED": "1", "PYTHONSAFEPATH": "1", "HOME": "/tmp"}
    return [{"name": name, "value": escaped(value)} for name, value in {**own, **told}.items()]


def env_sources(secrets: Sequence[str]) -> list[Manifest]:
    """Secrets whose keys become variables."""
    return [{"secretRef": {"name": name}} for name in secrets]


def volumes(given: Sequence[Mount]) -> tuple[list[Manifest], list[Manifest]]:
    """Volumes of a pod, and where its container mounts them."""
    made, mounts = [], []
    for number, mount in enumerate(given):
        name = f"volume-{number}"
        made.append({"name": name, **_source(mount)})
        optional: Manifest = {"subPath": mount.sub_path} if mount.sub_path is not None else {}
        optional |= {"readOnly": True} if mount.read_only else {}
        mounts.append({"name": name, "mountPath": mount.path, **optional})
    return made, mounts


def pod_security(settings: ClusterSettings) -> Manifest:
    """What the namespace's restricted Pod Security Standard asks for."""
    user = {} if settings.run_as_user is None else {"runAsUser": settings.run_as_user, "runAsNonRoot": True}
    group = {} if settings.fs_group is None else {"fsGroup": settings.fs_group}
    return {**user, **group, "seccompProfile": {"type": "RuntimeDefault"}}


CONTAINER_SECURITY: Manifest = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


def _source(mount: Mount) -> Manifest:
    if mount.claim is not None:
        read_only: Manifest = {"readOnly": True} if mount.read_only else {}
        return {"persistentVolumeClaim": {"claimName": mount.claim, **read_only}}
    if mount.secret is not None:
        return {"secret": {"secretName": mount.secret}}
    return {"configMap": {"name": mount.config_map}}

"""The Job controller: pods of Jobs, plain and indexed, and when a Job has ended."""

import contextlib
import copy
import time
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from tests.doubles.kubernetes.errors import ApiError
from tests.doubles.kubernetes.scheduling import ended
from tests.doubles.kubernetes.store import Key, Object, Store, timestamp

INDEX = "batch.kubernetes.io/job-completion-index"
TRACKED = "batch.kubernetes.io/job-tracking"
"""Finalizer of a Job's pods: a pod is not gone before its Job has counted it."""


def owner_of(obj: Object, api_version: str, kind: str) -> dict[str, Any]:
    """The reference to an object's controller."""
    meta = obj["metadata"]
    return {
        "apiVersion": api_version,
        "kind": kind,
        "name": meta["name"],
        "uid": meta["uid"],
        "controller": True,
    }


def finished(obj: Object) -> bool:
    """Whether a Job, or a custom resource with such conditions, has ended."""
    return bool({"Complete", "Failed", "Succeeded"} & _conditions(obj))


def _conditions(obj: Object) -> set[str]:
    conditions = (obj.get("status") or {}).get("conditions") or []
    return {condition["type"] for condition in conditions if condition["status"] == "True"}


class JobController:
    """One pass over a Job at a time; what it did last is in the Job's status."""

    def __init__(self, store: Store, delete_pod: Callable[[Object], None]) -> None:
        self.store = store
        self.delete_pod = delete_pod
        self._failed: dict[str, set[str]] = {}
        """Uids of failed pods by Job: a deleted pod stays counted."""

    def sync(self, job: Object) -> None:
        meta, spec = job["metadata"], job["spec"]
        key = Key("jobs", meta["namespace"], meta["name"])
        if finished(job):
            self._counted(self.store.owned("pods", job))
            self._forget_in_time(job, key)
            return
        if spec.get("suspend"):
            self._condition(key, "Suspended", "JobSuspended", "Job suspended")
            return
        pods = self.store.owned("pods", job)
        started = (job.get("status") or {}).get("startTime") or timestamp()
        failed = self._failed.setdefault(meta["uid"], set())
        policy = spec.get("podFailurePolicy")
        failed |= {p["metadata"]["uid"] for p in pods if _failed(p, at_once=policy is None)}
        done = {_slot(p) for p in pods if p["status"].get("phase") == "Succeeded"}
        active = [p for p in pods if not ended(p)]
        completions = spec.get("completions") or 1
        told = (job.get("status") or {}).get("conditions") or []
        why = next((c["reason"] for c in told if c["type"] == "FailureTarget"), "")
        # What ended it first is the reason; the pods that it takes along are not.
        refused = _by_policy(pods) if policy is not None else ""
        if not why and refused:
            why = "PodFailurePolicy"
        self._counted(pods)
        if not why and len(failed) > spec.get("backoffLimit", 6):
            why = "BackoffLimitExceeded"
        elif not why and (limit := spec.get("activeDeadlineSeconds")) and _age_s(started) > limit:
            why = "DeadlineExceeded"
        counts = {"startTime": started, "succeeded": len(done), "failed": len(failed), "active": len(active)}
        self._status(key, counts)
        if why:
            message = next(
                (c["message"] for c in told if c["type"] == "FailureTarget"), _MESSAGES.get(why, refused)
            )
            self._condition(key, "FailureTarget", why, message)
            for pod in active:
                self.delete_pod(pod)
            if not active:
                self._condition(key, "Failed", why, message)
        elif len(done) >= completions:
            self._condition(
                key, "Complete", "CompletionsReached", "Reached expected number of succeeded pods"
            )
        else:
            self._add_pods(job, active, done, completions)

    def _counted(self, pods: list[Object]) -> None:
        for pod in pods:
            if ended(pod) and "finalizers" in pod["metadata"]:
                pod_key = Key("pods", pod["metadata"]["namespace"], pod["metadata"]["name"])
                with contextlib.suppress(ApiError):
                    self.store.update(pod_key, lambda obj: obj["metadata"].pop("finalizers", None))

    def _add_pods(self, job: Object, active: list[Object], done: set[str], completions: int) -> None:
        spec = job["spec"]
        missing = min(spec.get("parallelism") or 1, completions - len(done)) - len(active)
        taken = done | {_slot(pod) for pod in active}
        indexed = spec.get("completionMode") == "Indexed"
        free = (
            [str(index) for index in range(completions) if str(index) not in taken]
            if indexed
            else [""] * missing
        )
        for index in free[: max(0, missing)]:
            self._create_pod(job, index)

    def _create_pod(self, job: Object, index: str) -> None:
        meta, template = job["metadata"], copy.deepcopy(job["spec"]["template"])
        name = f"{meta['name']}-{index + '-' if index else ''}{uuid.uuid4().hex[:5]}"
        labels = {"job-name": meta["name"], "batch.kubernetes.io/job-name": meta["name"]}
        labels["controller-uid"] = labels["batch.kubernetes.io/controller-uid"] = meta["uid"]
        given = template.get("metadata") or {}
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "labels": {**(given.get("labels") or {}), **labels, **({INDEX: index} if index else {})},
                "annotations": {**(given.get("annotations") or {}), **({INDEX: index} if index else {})},
                "ownerReferences": [owner_of(job, "batch/v1", "Job")],
                "finalizers": [TRACKED],
            },
            "spec": template["spec"],
            "status": {"phase": "Pending"},
        }
        if index:
            template["spec"].setdefault("hostname", f"{meta['name']}-{index}")
            for container in template["spec"]["containers"]:
                container.setdefault("env", []).append({"name": "JOB_COMPLETION_INDEX", "value": index})
        self.store.create(Key("pods", meta["namespace"], name), pod)

    def _forget_in_time(self, job: Object, key: Key) -> None:
        ttl = job["spec"].get("ttlSecondsAfterFinished")
        ends = [
            c["lastTransitionTime"]
            for c in job["status"]["conditions"]
            if c["type"] in ("Complete", "Failed")
        ]
        if ttl is not None and _age_s(ends[0]) > ttl:
            for pod in self.store.owned("pods", job):
                self.delete_pod(pod)
            with contextlib.suppress(ApiError):
                self.store.delete(key)

    def _status(self, key: Key, counts: dict[str, Any]) -> None:
        with contextlib.suppress(ApiError):
            self.store.update(key, lambda job: job.setdefault("status", {}).update(counts))

    def _condition(self, key: Key, kind: str, reason: str, message: str) -> None:
        with contextlib.suppress(ApiError):
            self.store.update(key, lambda job: add_condition(job, kind, reason, message))


_MESSAGES = {
    "BackoffLimitExceeded": "Job has reached the specified backoff limit",
    "DeadlineExceeded": "Job was active longer than specified deadline",
}


def add_condition(obj: Object, kind: str, reason: str, message: str) -> None:
    """Add a condition that is true, once."""
    if kind not in _conditions(obj):
        condition = {"type": kind, "status": "True", "reason": reason, "message": message}
        condition["lastTransitionTime"] = timestamp()
        obj.setdefault("status", {}).setdefault("conditions", []).append(condition)


def _failed(pod: Object, *, at_once: bool) -> bool:
    # Without a policy for failures a pod that is being deleted has failed: `TerminatingOrFailed`.
    phase = pod["status"].get("phase")
    return phase == "Failed" or (at_once and phase != "Succeeded" and "deletionTimestamp" in pod["metadata"])


def _by_policy(pods: list[Object]) -> str:
    """The message of the one policy that the double knows: a disruption fails the Job."""
    for pod in pods:
        disrupted = [c for c in pod["status"].get("conditions", []) if c["type"] == "DisruptionTarget"]
        if pod["status"].get("phase") == "Failed" and disrupted:
            name = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
            return f"Pod {name} has condition DisruptionTarget matching FailJob rule at index 0"
    return ""


def _slot(pod: Object) -> str:
    return str((pod["metadata"].get("annotations") or {}).get(INDEX, pod["metadata"]["uid"]))


def _age_s(at: str) -> float:
    return time.time() - datetime.fromisoformat(at).timestamp()

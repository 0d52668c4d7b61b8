"""Pods of the double's nodes: each container is a process of this machine."""

import contextlib
import signal
import threading
import time
from collections.abc import Collection
from typing import Any

from tests.doubles.kubernetes.environment import expanded, reachable, variables
from tests.doubles.kubernetes.errors import ApiError
from tests.doubles.kubernetes.process import Log, Process
from tests.doubles.kubernetes.store import Key, Object, Store, timestamp

GRACE_S = 5.0
"""At most this long is waited for a pod that is to end, however long it asks for."""


class Kubelet:
    """Starts pods that have a node, and tells their statuses."""

    def __init__(self, store: Store, images: Collection[str] | None) -> None:
        self.store = store
        self.images = images
        """Images that can be pulled; None: all."""
        self.logs: dict[tuple[str, str], Log] = {}
        """By the pod's uid and the container's name."""
        self._processes: dict[str, list[Process]] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._last_words: dict[str, dict[str, str]] = {}

    def start(self, pod: Object) -> None:
        uid = pod["metadata"]["uid"]
        self._threads[uid] = threading.Thread(target=self._run, args=(pod,), daemon=True)
        self._threads[uid].start()

    def stop(self, uid: str, *, grace_s: float = GRACE_S, status: dict[str, str] | None = None) -> None:
        """End a pod's processes and wait until that is told; `status` goes into the pod's status."""
        if status is not None:
            self._last_words[uid] = status
        for process in self._processes.get(uid, []):
            process.end(min(grace_s, GRACE_S))
        if thread := self._threads.get(uid):
            thread.join(GRACE_S)

    def kill(self, uid: str, reason: str) -> None:
        """What the kernel does; the reason is told as the container's."""
        for process in self._processes.get(uid, []):
            process.reason = reason
            process.signal(signal.SIGKILL)

    def stop_all(self) -> None:
        for processes in list(self._processes.values()):
            for process in processes:
                process.signal(signal.SIGKILL)
        for thread in list(self._threads.values()):
            thread.join(GRACE_S)

    def _run(self, pod: Object) -> None:
        key, uid = Key("pods", pod["metadata"]["namespace"], pod["metadata"]["name"]), pod["metadata"]["uid"]
        states = {c["name"]: {"waiting": {"reason": "ContainerCreating"}} for c in pod["spec"]["containers"]}
        self._tell(key, pod, "Pending", states)
        if not self._mounted(pod):
            return
        for container in pod["spec"]["containers"]:
            if self.images is not None and container["image"] not in self.images:
                message = f'failed to pull and unpack image "{container["image"]}": not found'
                states[container["name"]] = {"waiting": {"reason": "ErrImagePull", "message": message}}
                self._tell(key, pod, "Pending", states)
                return
        running = dict[str, Process]()
        for container in pod["spec"]["containers"]:
            try:
                running[container["name"]] = self._start(pod, container)
                states[container["name"]] = {"running": {"startedAt": timestamp()}}
            except (ApiError, KeyError) as exc:
                waiting = {"reason": "CreateContainerConfigError", "message": str(exc)}
                states[container["name"]] = {"waiting": waiting}
            except OSError as exc:
                ended = {"exitCode": 128, "reason": "StartError", "message": str(exc)}
                states[container["name"]] = {"terminated": ended}
                self._tell(key, pod, "Failed", states)
                return
        if len(running) < len(states):
            self._tell(key, pod, "Pending", states)
            return
        self._tell(key, pod, "Running", states)
        self._watch(uid, pod, list(running.values()))
        for name, process in running.items():
            process.drained()
            states[name] = process.terminated()
        well = all(process.code == 0 for process in running.values()) and uid not in self._last_words
        self._tell(key, pod, "Succeeded" if well else "Failed", states)

    def _watch(self, uid: str, pod: Object, processes: list[Process]) -> None:
        limit = pod["spec"].get("activeDeadlineSeconds")
        deadline = time.monotonic() + limit if limit else float("inf")
        while any(process.code is None for process in processes):
            if time.monotonic() > deadline:
                message = "Pod was active on the node longer than the specified deadline"
                self._last_words[uid] = {"reason": "DeadlineExceeded", "message": message}
                for process in processes:
                    process.end(GRACE_S)
            time.sleep(0.02)

    def _mounted(self, pod: Object) -> bool:
        namespace = pod["metadata"]["namespace"]
        for volume in pod["spec"].get("volumes") or []:
            for plural, field, named in (
                ("secrets", "secret", "secretName"),
                ("configmaps", "configMap", "name"),
            ):
                if field in volume and self.store.find(Key(plural, namespace, volume[field][named])) is None:
                    return False
        return True

    def _start(self, pod: Object, container: dict[str, Any]) -> Process:
        uid = pod["metadata"]["uid"]
        known = variables(self.store, pod, container)
        command = [
            reachable(expanded(part, known), pod)
            for part in [*container.get("command", []), *container.get("args", [])]
        ]
        if not command:
            raise OSError("the double knows no image's entry point: give a command")
        gpus = (container.get("resources") or {}).get("limits", {}).get("nvidia.com/gpu", "0")
        host = {
            "HOSTNAME": pod["metadata"]["name"],
            "CUDA_VISIBLE_DEVICES": ",".join(map(str, range(int(gpus)))),
        }
        log = self.logs.setdefault((uid, container["name"]), Log())
        process = Process(command, {**host, **known}, container.get("workingDir"), log)
        self._processes.setdefault(uid, []).append(process)
        return process

    def _tell(self, key: Key, pod: Object, phase: str, states: dict[str, Any]) -> None:
        uid = pod["metadata"]["uid"]

        def change(obj: Object) -> None:
            if obj["metadata"]["uid"] != uid:
                return
            status = obj["status"]
            status |= {"phase": phase, "podIP": "127.0.0.1", "hostIP": "127.0.0.1"}
            status.setdefault("startTime", timestamp())
            status |= self._last_words.get(uid, {}) if phase == "Failed" else {}
            status["containerStatuses"] = [
                {
                    "name": container["name"],
                    "image": container["image"],
                    "imageID": container["image"],
                    "ready": "running" in states[container["name"]],
                    "restartCount": 0,
                    "state": states[container["name"]],
                }
                for container in pod["spec"]["containers"]
            ]

        # Deleted in the meantime: there is nobody left to tell.
        with contextlib.suppress(ApiError):
            self.store.update(key, change)

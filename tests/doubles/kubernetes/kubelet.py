"""Pods of the double's nodes: each container is a process of this machine."""

import contextlib
import random
import signal
import threading
import time
from collections.abc import Collection
from typing import Any

from tests.doubles.kubernetes.environment import expanded, reachable, variables
from tests.doubles.kubernetes.errors import ApiError
from tests.doubles.kubernetes.probes import FASTEST_S, answers
from tests.doubles.kubernetes.process import Log, Process
from tests.doubles.kubernetes.store import Key, Object, Store, timestamp

GRACE_S = 5.0
"""At most this long is waited for a pod that is to end, however long it asks for."""


RESTART_S = 0.2
"""Pause before the first restart of a container; each further one is twice as long."""


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
        self.previous_logs: dict[tuple[str, str], Log] = {}
        """Of containers before their last restart."""
        self._addresses: dict[str, str] = {}
        self._ending: set[str] = set()
        self._restarts: dict[str, int] = {}
        self._last_ends: dict[str, dict[str, Any]] = {}

    def start(self, pod: Object) -> None:
        uid = pod["metadata"]["uid"]
        self._threads[uid] = threading.Thread(target=self._run, args=(pod,), daemon=True)
        self._threads[uid].start()

    def stop(self, uid: str, *, grace_s: float = GRACE_S, status: dict[str, str] | None = None) -> None:
        """End a pod's processes and wait until that is told; `status` goes into the pod's status."""
        self._ending.add(uid)
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
        self._ending |= set(self._threads)
        for processes in list(self._processes.values()):
            for process in processes:
                process.signal(signal.SIGKILL)
        for thread in list(self._threads.values()):
            thread.join(GRACE_S)

    def _run(self, pod: Object) -> None:
        uid = pod["metadata"]["uid"]
        self._addresses[uid] = _address(pod)
        pause_s = RESTART_S
        while self._run_once(pod) and pod["spec"].get("restartPolicy") == "Always":
            # Further restarts come later and later, as on a real node.
            self._restarts[uid] = self._restarts.get(uid, 0) + 1
            states = {
                container["name"]: {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}
                for container in pod["spec"]["containers"]
            }
            self._tell(
                Key("pods", pod["metadata"]["namespace"], pod["metadata"]["name"]), pod, "Running", states
            )
            deadline = time.monotonic() + pause_s
            while time.monotonic() < deadline:
                if uid in self._ending:
                    return
                time.sleep(0.02)
            pause_s = min(2 * pause_s, 5.0)

    def _run_once(self, pod: Object) -> bool:
        """One life of a pod's containers; whether they may live again."""
        key, uid = Key("pods", pod["metadata"]["namespace"], pod["metadata"]["name"]), pod["metadata"]["uid"]
        states = {c["name"]: {"waiting": {"reason": "ContainerCreating"}} for c in pod["spec"]["containers"]}
        self._tell(key, pod, "Pending", states)
        if not self._mounted(pod):
            return False
        for container in pod["spec"]["containers"]:
            if self.images is not None and container["image"] not in self.images:
                message = f'failed to pull and unpack image "{container["image"]}": not found'
                states[container["name"]] = {"waiting": {"reason": "ErrImagePull", "message": message}}
                self._tell(key, pod, "Pending", states)
                return False
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
                return False
        if len(running) < len(states):
            self._tell(key, pod, "Pending", states)
            return False
        self._tell(key, pod, "Running", states, ready=not _probed(pod))
        self._watch(uid, pod, list(running.values()), key, states)
        for name, process in running.items():
            process.drained()
            states[name] = process.terminated()
        if pod["spec"].get("restartPolicy") == "Always" and uid not in self._ending:
            self._last_ends = {**self._last_ends, uid: next(iter(states.values()))}
            for container in pod["spec"]["containers"]:
                at = (uid, container["name"])
                self.previous_logs[at] = self.logs.pop(at)
            return True
        well = all(process.code == 0 for process in running.values()) and uid not in self._last_words
        self._tell(key, pod, "Succeeded" if well else "Failed", states)
        return False

    def _watch(
        self, uid: str, pod: Object, processes: list[Process], key: Key, states: dict[str, Any]
    ) -> None:
        probed, was_ready = _probed(pod), not _probed(pod)
        limit = pod["spec"].get("activeDeadlineSeconds")
        deadline = time.monotonic() + limit if limit else float("inf")
        while any(process.code is None for process in processes):
            if time.monotonic() > deadline:
                message = "Pod was active on the node longer than the specified deadline"
                self._last_words[uid] = {"reason": "DeadlineExceeded", "message": message}
                for process in processes:
                    process.end(GRACE_S)
            if probed:
                ready = all(
                    answers(self._addresses[uid], container, container["readinessProbe"])
                    for container in probed
                )
                if ready != was_ready and all(process.code is None for process in processes):
                    was_ready = ready
                    self._tell(key, pod, "Running", states, ready=ready)
            time.sleep(FASTEST_S if probed else 0.02)

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
        ip = self._addresses[uid]
        command = [
            reachable(expanded(part, known), pod)
            for part in [*container.get("command", []), *container.get("args", [])]
        ]
        # All addresses of the pod: it has one, of this machine's loopback.
        command = [ip if part == "0.0.0.0" else part for part in command]
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

    def _tell(
        self, key: Key, pod: Object, phase: str, states: dict[str, Any], *, ready: bool = False
    ) -> None:
        uid = pod["metadata"]["uid"]

        def change(obj: Object) -> None:
            if obj["metadata"]["uid"] != uid:
                return
            status = obj["status"]
            status |= {"phase": phase, "podIP": self._addresses[uid], "hostIP": "127.0.0.1"}
            others = [c for c in status.get("conditions") or [] if c["type"] != "Ready"]
            status["conditions"] = [*others, {"type": "Ready", "status": "True" if ready else "False"}]
            status.setdefault("startTime", timestamp())
            status |= self._last_words.get(uid, {}) if phase == "Failed" else {}
            status["containerStatuses"] = [
                {
                    "name": container["name"],
                    "image": container["image"],
                    "imageID": container["image"],
                    "ready": ready and "running" in states[container["name"]],
                    "restartCount": self._restarts.get(uid, 0),
                    "state": states[container["name"]],
                    "lastState": self._last_ends.get(uid, {}),
                }
                for container in pod["spec"]["containers"]
            ]

        # Deleted in the meantime: there is nobody left to tell.
        with contextlib.suppress(ApiError):
            self.store.update(key, change)


def _probed(pod: Object) -> list[dict[str, Any]]:
    return [container for container in pod["spec"]["containers"] if "readinessProbe" in container]


def _address(pod: Object) -> str:
    """An address of its own for a pod with ports: many pods listen on the same one."""
    if not any(container.get("ports") for container in pod["spec"]["containers"]):
        return "127.0.0.1"
    chance = random.SystemRandom()
    return f"127.{chance.randint(1, 254)}.{chance.randint(0, 254)}.{chance.randint(1, 254)}"

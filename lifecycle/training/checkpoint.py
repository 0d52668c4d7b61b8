"""Checkpoints: where a fit stood, kept so that nothing reads half of one, or one of another job.

A checkpoint is one file, because two could be torn apart: tensors as safetensors, the rest as JSON in their
header. Its name holds the digest of the job, the step and the digest of the content. No code is in it, and
none is run to read it.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import UnsupportedOperation
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

CHECKPOINT_FORMAT = 1
KEPT = 2
"""The last one, and the one before it: the last may turn out to be damaged."""
_NAME = re.compile(r"([0-9a-f]{16})-(\d{12})-([0-9a-f]{64})\.safetensors")
_FACTS = "flywheel"
Tensors = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Where a fit stood."""

    step: int
    """Steps that were taken, from the first one of the fit on."""
    tensors: Tensors
    facts: Mapping[str, Any]
    """Whatever else the fit goes on from, as JSON."""


class Checkpoints:
    """The checkpoints of one job in a folder, which may hold those of others.

    A checkpoint that cannot be written stops no training, and one that cannot be used is passed over: both
    cost time only, and are told.
    """

    def __init__(self, folder: str, *, job: str, progress: Callable[[str], None]) -> None:
        """Name the folder; it appears with the first checkpoint.

        Args:
            folder: a path, or any URL that fsspec knows (`s3://bucket/fits`).
            job: digest of what the fit depends on, at least 16 hexadecimal digits.
            progress: told what is passed over.
        """
        self._url, self._job, self._progress = folder, job, progress

    @property
    def job(self) -> str:
        """Digest of what the fit depends on."""
        return self._job

    def save(self, step: int, tensors: Tensors, facts: Mapping[str, Any]) -> None:
        """Keep where the fit stands; of earlier ones only the last remains."""
        content = pack(self._job, Checkpoint(step=step, tensors=tensors, facts=facts))
        name = f"{self._job[:16]}-{step:012}-{hashlib.sha256(content).hexdigest()}.safetensors"
        try:
            system, folder = self._opened()
            system.makedirs(folder, exist_ok=True)
            aside = f"{folder}/{name}.tmp"
            with system.open(aside, "wb") as file:
                file.write(content)
                _to_disk(file)
            system.mv(aside, f"{folder}/{name}")
            for old in self._own(system, folder)[KEPT:]:
                system.rm_file(f"{folder}/{old}")
        except OSError as exc:
            self._progress(f"no checkpoint at step {step:,}: {exc}; training goes on without it")

    def newest(self) -> Checkpoint | None:
        """The last whole checkpoint of this very job; None where there is none."""
        try:
            system, folder = self._opened()
            own = self._own(system, folder)
            if others := len(_names(system, folder)) - len(own):
                self._progress(f"{others} checkpoints in {self._url} are of other jobs: passed over")
        except OSError as exc:
            self._progress(f"checkpoints in {self._url} cannot be listed: {exc}; the fit begins anew")
            return None
        for name in own:
            try:
                content = system.cat_file(f"{folder}/{name}")
                if hashlib.sha256(content).hexdigest() != name[30:94]:
                    raise UnusableError("is not what was written: half of it, or changed")
                return unpack(self._job, content)
            except (OSError, UnusableError) as exc:
                self._progress(f"checkpoint {name[17:29]} {exc}: passed over")
        return None

    def clear(self) -> None:
        """Drop the job's checkpoints, and what was left of half-written ones."""
        try:
            system, folder = self._opened()
            for name in [*self._own(system, folder), *self._half_written(system, folder)]:
                system.rm_file(f"{folder}/{name}")
        except OSError as exc:
            self._progress(f"checkpoints in {self._url} stay: {exc}")

    def _opened(self) -> "tuple[AbstractFileSystem, str]":
        from fsspec.core import url_to_fs

        system, folder = url_to_fs(self._url)
        # Another process may have written there: what was listed once is not believed.
        system.invalidate_cache()
        return system, folder.rstrip("/")

    def _own(self, system: "AbstractFileSystem", folder: str) -> list[str]:
        """Names of the job's checkpoints, newest first."""
        return sorted((n for n in _names(system, folder) if n.startswith(self._job[:16])), reverse=True)

    def _half_written(self, system: "AbstractFileSystem", folder: str) -> Iterator[str]:
        for name in _listed(system, folder):
            if name.startswith(self._job[:16]) and name.endswith(".safetensors.tmp"):
                yield name


class UnusableError(Exception):
    """What is wrong with a checkpoint."""


def _listed(system: "AbstractFileSystem", folder: str) -> list[str]:
    if not system.exists(folder):
        return []
    return [str(path).rsplit("/", 1)[-1] for path in system.ls(folder, detail=False)]


def _names(system: "AbstractFileSystem", folder: str) -> list[str]:
    return [name for name in _listed(system, folder) if _NAME.fullmatch(name)]


def pack(job: str, checkpoint: Checkpoint) -> bytes:
    """The bytes of a checkpoint; the same one gives the same bytes."""
    from safetensors.numpy import save

    facts = {
        "format": CHECKPOINT_FORMAT,
        "job": job,
        "step": checkpoint.step,
        "facts": dict(checkpoint.facts),
    }
    held = {name: np.asarray(values, order="C") for name, values in checkpoint.tensors.items()}
    return bytes(save(held, metadata={_FACTS: json.dumps(facts, sort_keys=True)}))


def unpack(job: str, content: bytes) -> Checkpoint:
    """What is in a file.

    Raises:
        UnusableError: of another job or of another format, or no checkpoint at all.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        length = int.from_bytes(content[:8], "little")
        told = json.loads(json.loads(content[8 : 8 + length])["__metadata__"][_FACTS])
        if told["format"] != CHECKPOINT_FORMAT or told["job"] != job:
            raise UnusableError("is of another job, or another version of Flywheel")
        return Checkpoint(step=told["step"], tensors=load(content), facts=told["facts"])
    except (ValueError, KeyError, TypeError, SafetensorError) as exc:
        raise UnusableError("is no checkpoint") from exc


def _to_disk(file: IO[bytes]) -> None:
    """What a rename makes visible is on the disk before it; a store other than files does so itself."""
    file.flush()
    with suppress(UnsupportedOperation, AttributeError):
        os.fsync(file.fileno())

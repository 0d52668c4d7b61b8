"""Endpoints as processes on this machine, one a model, that outlive the run that deployed them."""

import fcntl
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from pydantic import Field

from lifecycle.endpoint.manifest import EndpointManifest, Variant, read_manifest, write_manifest, write_record
from lifecycle.endpoint.readiness import Readiness
from lifecycle.errors import LifecycleError
from lifecycle.registry.bundle import BundleError, open_bundle
from resources.serving.base import Deployment, EndpointState
from resources.serving.process import (
    HOST,
    ProcessRecord,
    ask,
    check_port,
    code_fingerprint,
    read_process,
    start_process,
    stop_process,
    stray_processes,
)

POLL_S = 0.05
LOG_LINES = 15


class LocalServing(dg.ConfigurableResource):
    """The serving port on this machine.

    A new version goes to the running process, which swaps it between two requests. The process itself is replaced,
    with a gap of a second or two, only when it runs other code or another port, or does not answer.
    """

    root: str = Field(description="folder of the endpoints: one folder a model, with bundles, manifest and log")
    start_timeout_s: float = Field(60.0, gt=0, description="a version that is not ready by then is taken back")
    port_override: int | None = Field(None, ge=1024, le=65535, description="port in the place of the spec's")

    def deploy(self, deployment: Deployment) -> EndpointState:
        """Make the endpoint answer with this version; what served before is put back where that fails.

        Raises:
            LifecycleError: the port belongs to somebody else, the bundle is not what its digest says, the disk is
                full, or the endpoint did not become healthy in time (with its last log lines).
        """
        home = _Home(self._folder(deployment.model))
        try:
            with home.locked():
                served = self._deploy(home, deployment)
                home.prune(keep=served)
        except OSError as exc:
            raise LifecycleError(f"the endpoint of {deployment.model} could not be deployed: {exc}") from exc
        return self._state(home, deployment.model)

    def state(self, model: str) -> EndpointState | None:
        """The endpoint as it answers now, or None where none was ever deployed."""
        home = _Home(self._folder(model))
        return self._state(home, model) if home.manifest_path.exists() else None

    def stop(self, model: str) -> None:
        """End the endpoint, letting requests under way finish; nothing happens where none runs."""
        home = _Home(self._folder(model))
        if home.folder.exists():
            with home.locked():
                home.end_processes()

    def _folder(self, model: str) -> Path:
        # A model's name becomes a folder: nothing that could lead out of the root.
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", model):
            raise LifecycleError(f"{model!r} is no name of a model: lower-case letters, digits and _, at most 63")
        return Path(self.root).absolute() / model

    def _deploy(self, home: "_Home", deployment: Deployment) -> EndpointManifest:
        before = home.manifest()
        bundle = home.adopt(deployment.bundle, deployment.bundle_digest)
        port = self.port_override or deployment.port
        record = home.record()
        answer = record.process() and ask(record.port) if record else None
        in_place = bool(answer) and record is not None and (record.port, record.code) == (port, code_fingerprint())
        wanted = EndpointManifest(
            model=deployment.model,
            generation=1 + max(before.generation if before else 0, (answer and answer.generation) or 0),
            variants=(
                Variant(version=deployment.version, bundle=str(bundle), digest=deployment.bundle_digest),
            ),
            max_batch=deployment.max_batch,
        )
        return wanted

    def _state(self, home: "_Home", model: str) -> EndpointState:
        ...

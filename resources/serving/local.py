"""Endpoints as processes on this machine, one a model, that outlive the run that deployed them."""

import time
from pathlib import Path
from typing import Literal

import dagster as dg
from pydantic import Field

from lifecycle.endpoint.log.hiding import keep_secret
from lifecycle.endpoint.manifest import (
    EndpointManifest,
    Tables,
    split_problem,
    write_manifest,
    write_record,
)
from lifecycle.endpoint.readiness import Readiness
from lifecycle.errors import LifecycleError
from resources.serving.base import Deployment, EndpointSpec, EndpointState, FreshTables, VariantState
from resources.serving.folder import EndpointFolder, endpoint_folder
from resources.serving.full_split import full_split
from resources.serving.process import (
    HOST,
    POLL_S,
    ProcessRecord,
    ask,
    check_port,
    code_fingerprint,
    endpoint_processes,
    read_process,
    start_process,
    stop_process,
)
from resources.serving.wanted import fence_of, manifest_for, misfit, versions_of

Action = Literal["keep", "swap", "start"]


class LocalServing(dg.ConfigurableResource["LocalServing"]):
    """The serving port on this machine.

    A new version goes to the running process, which swaps it between two requests. The process itself is
    replaced, with a gap of a second or two, only where it has other code or another port, or does not answer.
    """

    root: str = Field(description="folder of the endpoints, one folder a model")
    start_timeout_s: float = Field(
        default=60.0, gt=0, description="a version not ready by then is taken back"
    )
    port_override: int | None = Field(
        default=None, ge=1024, le=65535, description="port in the place of the spec's"
    )

    def deploy(self, deployment: Deployment) -> EndpointState:
        """Make the endpoint answer with this version; where that fails, what served before is put back.

        Raises:
            LifecycleError: the port belongs to somebody else, the bundle is not what its digest says, the
                disk is full, or the endpoint did not become healthy in time (with its last log lines).
        """
        return self.apply(full_split(deployment))

    def apply(self, endpoint: EndpointSpec) -> EndpointState:
        """Make the endpoint serve these variants; where one fails, what served before is put back.

        Raises:
            LifecycleError: as `deploy`, or the variants are no full split.
        """
        if problem := split_problem([(v.name, v.role, v.weight) for v in endpoint.variants]):
            raise LifecycleError(f"the endpoint of {endpoint.model} cannot be deployed: {problem}")
        folder = self._folder(endpoint.model)
        try:
            with folder.locked():
                self._apply(folder, endpoint)
        except OSError as exc:
            raise LifecycleError(f"the endpoint of {endpoint.model} could not be deployed: {exc}") from exc
        return _state(folder, endpoint.model)

    def refresh(self, tables: FreshTables) -> EndpointState:
        """Make the endpoint answer with newer tables, between two requests.

        Raises:
            LifecycleError: no endpoint answers, the tables are not what their digest says or are for another
                plan, the disk is full, or the endpoint did not take them in time.
        """
        folder = self._folder(tables.model)
        try:
            with folder.locked():
                self._refresh(folder, tables)
        except OSError as exc:
            raise LifecycleError(f"the tables of {tables.model} could not be refreshed: {exc}") from exc
        return _state(folder, tables.model)

    def state(self, model: str) -> EndpointState | None:
        """The endpoint as it answers now, or None where none was ever deployed."""
        folder = self._folder(model)
        return _state(folder, model) if folder.manifest_path.exists() else None

    def stop(self, model: str, *, fence: int | None = None) -> None:
        """End the endpoint, letting requests under way finish; nothing happens where none runs.

        Raises:
            LifecycleError: it obeyed a later decision.
        """
        folder = self._folder(model)
        if not folder.path.exists():
            return
        with folder.locked():
            folder.keep_end(fence)
            for process in endpoint_processes(folder.manifest_path):
                stop_process(process)

    def _folder(self, model: str) -> EndpointFolder:
        return endpoint_folder(Path(self.root), model)

    def _apply(self, folder: EndpointFolder, endpoint: EndpointSpec) -> None:
        keep_secret(folder.path)
        before = folder.manifest()
        record = read_process(folder.process_path)
        answer = ask(record) if record else None
        port = self.port_override or endpoint.port
        obeyed = before.fence if before else 0
        wanted = manifest_for(
            endpoint,
            fence=fence_of(endpoint.model, endpoint.fence, obeyed),
            bundles=[folder.adopt(variant.bundle, variant.bundle_digest) for variant in endpoint.variants],
            tables=before.tables if before else None,
            generation=1 + max(before.generation if before else 0, (answer.generation or 0) if answer else 0),
        )
        code = code_fingerprint()
        action = decide_action(before, wanted, record=record, answer=answer, port=port, code=code)
        if action == "swap" and record:
            self._swap(folder, before, wanted, record)
        elif action == "start":
            self._replace(folder, before, wanted, record, port)
        folder.prune(before, wanted)

    def _refresh(self, folder: EndpointFolder, tables: FreshTables) -> None:
        before, record = folder.manifest(), read_process(folder.process_path)
        answer = ask(record) if record else None
        if before is None or record is None or answer is None or not answer.ready:
            raise LifecycleError(
                f"no endpoint of {tables.model} answers: materialize {tables.model}/endpoint first"
            )
        if problem := misfit(tables, answer):
            raise LifecycleError(problem)
        newest = Tables(
            folder=folder.adopt_tables(tables.folder, tables.digest),
            digest=tables.digest,
            plan=tables.plan,
            known_by=tables.known_by,
        )
        if (before.tables, answer.tables) == (newest, newest.digest):
            return
        generation = 1 + max(before.generation, answer.generation or 0)
        wanted = before.model_copy(update={"tables": newest, "generation": generation})
        self._swap(folder, before, wanted, record)
        folder.prune(before, wanted)

    def _swap(
        self,
        folder: EndpointFolder,
        before: EndpointManifest | None,
        wanted: EndpointManifest,
        record: ProcessRecord,
    ) -> None:
        """Hand the running process a new manifest."""
        try:
            write_manifest(folder.manifest_path, wanted)
            self._await_ready(folder, wanted, record)
        except (LifecycleError, OSError) as exc:
            self._put_back(folder, before, wanted, record, exc)
            raise

    def _replace(
        self,
        folder: EndpointFolder,
        before: EndpointManifest | None,
        wanted: EndpointManifest,
        record: ProcessRecord | None,
        port: int,
    ) -> None:
        """Start a process, in the place of the one that runs where there is one."""
        running = record.process() if record else None
        for process in endpoint_processes(folder.manifest_path):
            if process != running:
                stop_process(process)
        if record is None or running is None or record.port != port:
            check_port(wanted.model, port)  # while nothing was changed yet
        try:
            if running:
                stop_process(running)
            write_manifest(folder.manifest_path, wanted)
            self._start(folder, wanted, port)
        except (LifecycleError, OSError) as exc:
            self._put_back(folder, before, wanted, record if running else None, exc)
            raise

    def _start(self, folder: EndpointFolder, manifest: EndpointManifest, port: int) -> None:
        record = start_process(folder.manifest_path, port, folder.log_path)
        try:
            write_record(folder.process_path, record)
            self._await_ready(folder, manifest, record)
        except BaseException:
            # Also when the run is cancelled: a process that never was ready must not keep the port.
            if started := record.process():
                stop_process(started)
            raise

    def _await_ready(self, folder: EndpointFolder, manifest: EndpointManifest, record: ProcessRecord) -> None:
        """Wait until the process says that it serves the manifest.

        Raises:
            LifecycleError: it says that it cannot, it ended, or it took too long; with its last log lines.
        """
        deadline = time.monotonic() + self.start_timeout_s
        while True:
            answer = ask(record)
            failure = _failure(record, answer, manifest.generation)
            if answer and answer.ready and answer.generation == manifest.generation and failure is None:
                return
            if failure is None and time.monotonic() > deadline:
                failure = f"it was not ready after {self.start_timeout_s:g} s"
            if failure:
                raise LifecycleError(
                    f"the endpoint of {manifest.model} cannot serve version {versions_of(manifest)}: "
                    f"{failure}\nlast lines of {folder.log_path}:\n{folder.last_log_lines()}"
                )
            time.sleep(POLL_S)

    def _put_back(
        self,
        folder: EndpointFolder,
        before: EndpointManifest | None,
        failed: EndpointManifest,
        served: ProcessRecord | None,
        why: Exception,
    ) -> None:
        """After a failure, serve what was served before it, by the process `served` if there was one."""
        if before is None:
            folder.manifest_path.unlink(missing_ok=True)
            return
        # A higher generation, not the old one: a number never means two things.
        back = before.model_copy(update={"generation": failed.generation + 1})
        try:
            write_manifest(folder.manifest_path, back)
            if served is None:
                return
            if served.process():
                self._await_ready(folder, back, served)
            else:
                self._start(folder, back, served.port)
        except (LifecycleError, OSError) as exc:
            raise LifecycleError(f"{why}\nand the version before could not be put back: {exc}") from why


def decide_action(
    before: EndpointManifest | None,
    wanted: EndpointManifest,
    *,
    record: ProcessRecord | None,
    answer: Readiness | None,
    port: int,
    code: str,
) -> Action:
    """What a deployment has to do: nothing, hand over a new manifest, or start a process.

    Args:
        before: the manifest that is there.
        wanted: the manifest that is to be there, with a new generation.
        record: the process that was started last.
        answer: what that process says of itself; None where it does not answer.
        port: where the endpoint is to listen.
        code: fingerprint of the serving code on disk.
    """
    if record is None or answer is None or (record.port, record.code) != (port, code):
        return "start"
    if before is None or not answer.ready or answer.generation != before.generation:
        return "swap"
    same = before.model_copy(update={"generation": wanted.generation}) == wanted
    return "keep" if same else "swap"


def _failure(record: ProcessRecord, answer: Readiness | None, generation: int) -> str | None:
    """Why waiting for a generation is in vain; None while it is not."""
    if record.process() is None:
        return f"process {record.pid} ended"
    if answer is None:
        return None
    if answer.last_error and answer.last_error.generation == generation:
        return answer.last_error.message
    if answer.generation != generation:
        return None
    return next((f"variant {v.name}: {v.error}" for v in answer.variants if not v.loaded), None)


def _state(folder: EndpointFolder, model: str) -> EndpointState:
    record = read_process(folder.process_path)
    answer = ask(record) if record else None
    if record is None:
        detail = "no process was started; deploy the model"
    elif record.process() is None:
        detail = (
            f"process {record.pid} ended; {folder.log_path} may say why; deploy the model to start it again"
        )
    elif answer is None:
        detail = f"process {record.pid} does not answer; {folder.log_path} may say why"
    else:
        detail = f"process {record.pid} since {record.started_at}"
        if answer.last_error:
            detail += f"; the newest manifest is not served: {answer.last_error.message}"
    return EndpointState(
        model=model,
        url=f"http://{HOST}:{record.port}" if record else "",
        healthy=answer is not None and answer.ready,
        version=answer.version if answer else None,
        bundle_digest=answer.digest if answer else None,
        known_by=answer.known_by if answer else None,
        detail=detail,
        variants=tuple(
            VariantState(
                name=variant.name,
                role=variant.role,
                version=variant.version,
                bundle_digest=variant.digest,
                weight=variant.weight,
                ready=variant.ready,
                mirrored=variant.mirrored,
            )
            for variant in (answer.variants if answer else ())
        ),
        salt=answer.salt if answer else "",
        gone=record is None or record.process() is None,
    )

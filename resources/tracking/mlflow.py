"""The tracking port on MLflow 3: runs, logged models, registered versions and aliases.

MLflow has no transaction over several of its calls, so every call here can be repeated after a kill at any
point: what is there is found by its tags, and a version, which is what others look for, is created last.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, get_args
from urllib.parse import quote

import dagster as dg
from pydantic import Field, PrivateAttr

from lifecycle.errors import LifecycleError
from resources.tracking.base import (
    Alias,
    EvaluationRecord,
    ModelVersion,
    TrainingRecord,
    TrialFact,
    Verdict,
)
from resources.tracking.dagster_parent import dagster_parent
from resources.tracking.mlflow_evidence import log_changed_metrics, log_training_evidence
from resources.tracking.mlflow_model import BUNDLE_PATH, log_bundle
from resources.tracking.mlflow_store import insist, open_store, sqlite_file, tolerated
from resources.tracking.mlflow_trials import log_trials, logged_trials

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel, Run
    from mlflow.entities.model_registry import ModelVersion as MlflowVersion
    from mlflow.store.entities import PagedList

IDENTITY, AS_OF, DIGEST, VERDICT = (
    "flywheel.identity",
    "flywheel.as_of",
    "flywheel.bundle_digest",
    "flywheel.verdict",
)

EVIDENCE_FOLDER = "evaluation"
EVALUATED = "holdout/"
"""What the metrics of an evaluation begin with, among those of training."""

T = TypeVar("T")


class MlflowTracking(dg.ConfigurableResource["MlflowTracking"]):
    """The tracking port on an MLflow server, or on a SQLite file.

    A model is an experiment `flywheel/<model>` and a registered model; a training is a run. In a Dagster run,
    trainings are children of the MLflow run that dagster-mlflow keeps for it. A version's bundle lies in the
    artifacts of an MLflow model, which `mlflow.pyfunc.load_model` loads.
    """

    tracking_uri: str = Field(description="`sqlite:///<file>`, or `http(s)://<host>` of an `mlflow server`")
    artifact_root: str | None = Field(
        default=None,
        description="folder or bucket of the artifacts; without it the server decides, and a SQLite file "
        "keeps them in `artifacts` next to it",
    )
    ui_url: str | None = Field(
        default=None, description="where people see MLflow's pages; without it, the server's own address"
    )
    lock_wait_s: float = Field(
        default=10.0, ge=0, description="longest wait for a locked SQLite file, seconds"
    )

    _context: dg.InitResourceContext | None = PrivateAttr(default=None)

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Remember the Dagster run, when there is one."""
        self._context = context

    def register(self, record: TrainingRecord) -> ModelVersion:
        """Record a training as a run and register its bundle as a version; see the port."""
        with self._store() as client:
            version = self._settle(client, record.model, record.identity)
            if version is None:
                self._log_training(client, record)
                version = self._settle(client, record.model, record.identity)
        if version is None:
            raise LifecycleError(
                f"{record.model} was deleted from MLflow while it was registered: register it again"
            )
        if version.bundle_digest != record.bundle_digest:
            raise LifecycleError(
                f"{record.model} as of {record.as_of} is version {version.version} with bundle "
                f"{version.bundle_digest[:12]}, and the same inputs now gave {record.bundle_digest[:12]}: "
                "training is not reproducible; pin its seed and libraries, or change the spec"
            )
        return version

    def find(self, model: str, identity: str) -> ModelVersion | None:
        """The version with this identity, or None."""
        with self._store() as client:
            found = _versions_of(client, model, identity)
            return self._get(client, model, str(found[0].version)) if found else None

    def version(self, model: str, version: str) -> ModelVersion:
        """One version; see the port."""
        with self._store() as client:
            return self._get(client, model, version)

    def versions(self, model: str) -> Sequence[ModelVersion]:
        """All versions of a model, oldest first; two requests, however many there are."""
        with self._store() as client:
            holders = _aliases(client, model)
            return [
                self._read(
                    found, [alias for alias, version in holders.items() if version == str(found.version)]
                )
                for found in _versions_of(client, model)
            ]

    def holder(self, model: str, alias: Alias) -> ModelVersion | None:
        """The version that holds an alias, or None."""
        with self._store() as client:
            version = _aliases(client, model).get(alias)
            return None if version is None else self._get(client, model, version)

    def record_evaluation(self, model: str, version: str, record: EvaluationRecord) -> ModelVersion:
        """Keep metrics (as `holdout/...`), files (below `evaluation/`), tags and, last, the verdict."""
        with self._store() as client:
            held = self._get(client, model, version)
            if held.verdict not in (None, record.verdict):
                # Evidence of two evaluations must never stand below the verdict of the first.
                client.delete_model_version_tag(model, version, VERDICT)
            log_changed_metrics(
                client, held.run_id, {f"{EVALUATED}{k}": v for k, v in record.metrics.items()}
            )
            for artifact in record.artifacts:
                client.log_artifact(held.run_id, str(artifact), EVIDENCE_FOLDER)
            for name, value in {**record.tags, VERDICT: record.verdict}.items():
                client.set_model_version_tag(model, version, name, value)
            return self._get(client, model, version)

    def trials(self, model: str, version: str) -> Sequence[TrialFact]:
        """The trials that were recorded with a version; see the port."""
        with self._store() as client:
            return logged_trials(client, self._get(client, model, version).run_id)

    def metrics(self, model: str, version: str) -> Mapping[str, float]:
        """What the newest evaluation recorded."""
        with self._store() as client:
            found = client.get_run(self._get(client, model, version).run_id).data.metrics
            return {
                name.removeprefix(EVALUATED): v for name, v in found.items() if name.startswith(EVALUATED)
            }

    def evidence_uri(self, model: str, version: str) -> str:
        """The `evaluation` folder among the artifacts of the version's run."""
        with self._store() as client:
            root = client.get_run(self._get(client, model, version).run_id).info.artifact_uri
            return f"{str(root).removeprefix('file://')}/{EVIDENCE_FOLDER}"

    def evidence_file(self, model: str, version: str, name: str) -> bytes:
        """A file of the `evaluation` folder; see the port."""
        with self._store() as client, tempfile.TemporaryDirectory() as folder:
            run_id, path = self._get(client, model, version).run_id, f"{EVIDENCE_FOLDER}/{name}"
            held = [Path(file.path).name for file in client.list_artifacts(run_id, EVIDENCE_FOLDER)]
            if name not in held:
                found = f"it left {', '.join(held)}" if held else "it was not evaluated yet"
                raise LifecycleError(
                    f"version {version} of {model} has no {name}: {found}; materialize {model}/evaluation"
                )
            return Path(client.download_artifacts(run_id, path, folder)).read_bytes()

    def set_tags(self, model: str, version: str, tags: Mapping[str, str]) -> ModelVersion:
        """Give tags to a version; see the port."""
        if fixed := tags.keys() & {IDENTITY, AS_OF, DIGEST, VERDICT}:
            raise LifecycleError(f"{sorted(fixed)[0]} says what a version is: it cannot be set as a tag")
        with self._store() as client:
            self._get(client, model, version)
            for name, value in tags.items():
                insist(partial(client.set_model_version_tag, model, version, name, value))
            return self._get(client, model, version)

    def set_alias(self, model: str, alias: Alias, version: str) -> None:
        """Give an alias to a version; whoever held it before loses it."""
        with self._store() as client:
            self._get(client, model, version)
            client.set_registered_model_alias(model, alias, version)

    def drop_alias(self, model: str, alias: Alias) -> None:
        """Take an alias away; nothing happens where nobody holds it."""
        with self._store() as client, tolerated("RESOURCE_DOES_NOT_EXIST"):
            client.delete_registered_model_alias(model, alias)

    def fetch_bundle(self, model: str, version: str, to: Path) -> Path:
        """Copy a version's bundle to `to/<its digest>`; a folder that is there already is left as it is."""
        with self._store() as client:
            folder = to / self._get(client, model, version).bundle_digest
            if folder.exists():
                return folder
            from mlflow.artifacts import download_artifacts

            to.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=to, prefix=".fetching-") as aside:
                source = f"{client.get_model_version_download_uri(model, version)}/{BUNDLE_PATH}"
                copy = download_artifacts(artifact_uri=source, dst_path=aside, tracking_uri=self.tracking_uri)
                try:
                    Path(copy).rename(folder)
                except OSError:
                    # Another process was first; the name says what is in it, so its copy is as good.
                    if not folder.exists():
                        raise
            return folder

    def forget(self, model: str) -> None:
        """Delete a model with its versions, runs and logged models.

        MLflow only marks runs and their files as deleted; `mlflow gc` removes them.
        """
        with self._store() as client:
            with tolerated("RESOURCE_DOES_NOT_EXIST"):
                client.delete_registered_model(model)
            experiment = client.get_experiment_by_name(_experiment_name(model))
            if experiment is not None:
                for run in list(
                    _pages(lambda token: client.search_runs([experiment.experiment_id], page_token=token))
                ):
                    client.delete_run(run.info.run_id)
                for logged in list(_logged_models(client, experiment.experiment_id)):
                    client.delete_logged_model(logged.model_id)

    def _store(self) -> AbstractContextManager["MlflowClient"]:
        return open_store(self.tracking_uri, lock_wait_s=self.lock_wait_s)

    def _settle(self, client: "MlflowClient", model: str, identity: str) -> ModelVersion | None:
        """The one version of an identity, its run finished; None where there is no version yet.

        MLflow cannot be asked to create a version only where there is none, so two processes may both create
        one. Numbers only grow, so both see the same oldest version afterwards: it stays, any other goes.
        """
        versions = _versions_of(client, model, identity)
        if not versions:
            return None
        kept, *doubles = versions
        for double in doubles:
            with tolerated("RESOURCE_DOES_NOT_EXIST"):
                client.delete_model_version(model, str(double.version))
        for run in _runs_of(client, self._experiment(client, model), identity):
            if run.info.status == "RUNNING":
                finished = run.info.run_id == kept.run_id
                client.set_terminated(run.info.run_id, "FINISHED" if finished else "KILLED")
        return self._get(client, model, str(kept.version))

    def _log_training(self, client: "MlflowClient", record: TrainingRecord) -> None:
        """All of a training, in an order that a kill may cut anywhere: run, its contents, model, version."""
        run = self._run(client, record)
        log_training_evidence(client, run, record)
        log_trials(client, run, record.trials)
        begun = next(
            _logged_models(client, run.info.experiment_id, f"source_run_id = '{run.info.run_id}'"), None
        )
        logged = log_bundle(client, run, record, begun=begun, tags=_facts(record))
        with tolerated("RESOURCE_ALREADY_EXISTS"):
            client.create_registered_model(record.model)
        client.update_registered_model(record.model, description=record.description)
        client.create_model_version(
            record.model,
            # The files' own address: a `models:/` one is resolved through MLflow's global URI.
            source=logged.artifact_location,
            run_id=run.info.run_id,
            tags={**record.tags, **_facts(record)},
            model_id=logged.model_id,
        )

    def _run(self, client: "MlflowClient", record: TrainingRecord) -> "Run":
        """The run that a killed call left behind for the same bundle, or a new one."""
        experiment = self._experiment(client, record.model)
        parent = None
        if self._context is not None:
            parent = dagster_parent(
                self._context, uri=self.tracking_uri, experiment=_experiment_name(record.model)
            )
        tags = {**record.tags, **_facts(record)} | ({"mlflow.parentRunId": parent} if parent else {})
        for run in _runs_of(client, experiment, record.identity):
            # With another bundle it is a training that gave something else: its numbers must not be mixed in.
            if run.info.status == "RUNNING" and run.data.tags.get(DIGEST) == record.bundle_digest:
                if parent:
                    client.set_tag(run.info.run_id, "mlflow.parentRunId", parent)
                return run
        return client.create_run(experiment, tags=tags, run_name=f"{record.model} as of {record.as_of}")

    def _experiment(self, client: "MlflowClient", model: str) -> str:
        """ID of the model's experiment; created where there is none, put back where somebody deleted it."""
        name = _experiment_name(model)
        found = client.get_experiment_by_name(name)
        if found is None:
            with tolerated("RESOURCE_ALREADY_EXISTS"):
                return client.create_experiment(name, artifact_location=self._artifacts(model))
            found = client.get_experiment_by_name(name)
        if found is None:
            raise LifecycleError(f"experiment {name} of MLflow vanished while it was created: run again")
        if found.lifecycle_stage == "deleted":
            client.restore_experiment(found.experiment_id)
        return str(found.experiment_id)

    def _artifacts(self, model: str) -> str | None:
        root, database = self.artifact_root, sqlite_file(self.tracking_uri)
        if root is None and database is not None:
            root = str(database.parent / "artifacts")
        if root is None:
            return None
        return f"{root.rstrip('/')}/{model}" if "://" in root else str(Path(root, model).resolve())

    def _get(self, client: "MlflowClient", model: str, version: str) -> ModelVersion:
        with tolerated("RESOURCE_DOES_NOT_EXIST"):
            return self._read(client.get_model_version(model, version))
        known = ", ".join(str(found.version) for found in _versions_of(client, model)[-5:])
        raise LifecycleError(f"{model} has no version {version} in MLflow; its newest: {known or 'none'}")

    def _read(self, found: "MlflowVersion", aliases: Iterable[str] | None = None) -> ModelVersion:
        held = found.aliases if aliases is None else aliases
        tags = dict(found.tags)
        identity, as_of, digest, verdict = (tags.pop(name, "") for name in (IDENTITY, AS_OF, DIGEST, VERDICT))
        ui = (self.ui_url or ("" if sqlite_file(self.tracking_uri) else self.tracking_uri)).rstrip("/")
        return ModelVersion(
            model=found.name,
            version=str(found.version),
            identity=identity,
            as_of=as_of,
            bundle_digest=digest,
            verdict=next((known for known in get_args(Verdict) if known == verdict), None),
            aliases=tuple(alias for alias in get_args(Alias) if alias in held),
            run_id=found.run_id or "",
            url=f"{ui}/#/models/{quote(found.name)}/versions/{found.version}" if ui else None,
            run_url=f"{ui}/#/runs/{found.run_id}" if ui and found.run_id else None,
            created_at=found.creation_timestamp / 1000,
            tags=tags,
        )


def _experiment_name(model: str) -> str:
    return f"flywheel/{model}"


def _facts(record: TrainingRecord) -> dict[str, str]:
    return {IDENTITY: record.identity, AS_OF: record.as_of, DIGEST: record.bundle_digest}


def _versions_of(client: "MlflowClient", model: str, identity: str | None = None) -> list["MlflowVersion"]:
    """Versions, oldest first: all of a model, or those of an identity."""
    where = f"name = '{model}'" + (f" and tags.`{IDENTITY}` = '{identity}'" if identity else "")
    found = _pages(lambda token: client.search_model_versions(where, page_token=token))
    return sorted(found, key=lambda version: int(version.version))


def _runs_of(client: "MlflowClient", experiment: str, identity: str) -> Iterator["Run"]:
    """Runs of an identity, oldest first."""
    where = f"tags.`{IDENTITY}` = '{identity}'"
    return _pages(
        lambda token: client.search_runs([experiment], where, order_by=["start_time ASC"], page_token=token)
    )


def _logged_models(
    client: "MlflowClient", experiment: str, where: str | None = None
) -> Iterator["LoggedModel"]:
    return _pages(lambda token: client.search_logged_models([experiment], where, page_token=token))


def _pages(search: Callable[[str | None], "PagedList[T]"]) -> Iterator[T]:
    """All results of a search that MLflow answers page by page."""
    page = search(None)
    yield from page
    while page.token:
        page = search(page.token)
        yield from page


def _aliases(client: "MlflowClient", model: str) -> Mapping[str, str]:
    """Alias -> version; empty where the model is unknown."""
    with tolerated("RESOURCE_DOES_NOT_EXIST"):
        return {alias: str(version) for alias, version in client.get_registered_model(model).aliases.items()}
    return {}

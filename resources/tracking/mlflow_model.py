"""A bundle as an MLflow model: plain files and the name of a loader, so nothing is pickled or run."""

import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lifecycle.errors import LifecycleError
from resources.tracking.base import TrainingRecord
from resources.tracking.mlflow_store import insist

if TYPE_CHECKING:
    import pyarrow as pa
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel, Run
    from mlflow.models import ModelSignature
    from mlflow.types import DataType

LOADER = "lifecycle.endpoint.pyfunc"
BUNDLE_PATH = "data/bundle"


def log_bundle(
    client: "MlflowClient",
    run: "Run",
    record: TrainingRecord,
    *,
    begun: "LoggedModel | None",
    tags: Mapping[str, str],
) -> "LoggedModel":
    """Put a training's bundle into the store as the MLflow model of its run.

    `mlflow.pyfunc.log_model` would do it through MLflow's global URI and active run, hence the single steps.

    Args:
        client: of the store.
        run: that made the bundle.
        record: the training.
        begun: the run's MLflow model that a killed call left behind.
        tags: of a new MLflow model.
    """
    run_id = run.info.run_id
    logged = begun or client.create_logged_model(
        run.info.experiment_id, name=record.model, source_run_id=run_id, tags=dict(tags)
    )
    if logged.status != "READY":
        with tempfile.TemporaryDirectory(prefix="flywheel-model-") as aside:
            folder = Path(aside, "model")
            save_mlflow_model(record, folder, run_id=run_id, model_id=logged.model_id)
            client.log_model_artifacts(logged.model_id, str(folder))
        logged = client.finalize_logged_model(logged.model_id, "READY")
    insist(lambda: _log_output(client, run_id, logged.model_id))
    return logged


def _log_output(client: "MlflowClient", run_id: str, model_id: str) -> None:
    """Show the model on its run's page, once: MLflow refuses the same output a second time."""
    from mlflow.entities import LoggedModelOutput

    outputs = client.get_run(run_id).outputs
    if outputs is None or model_id not in [output.model_id for output in outputs.model_outputs]:
        client.log_outputs(run_id, models=[LoggedModelOutput(model_id, step=0)])


def save_mlflow_model(record: TrainingRecord, folder: Path, *, run_id: str, model_id: str) -> None:
    """Write the model folder that `mlflow.pyfunc.load_model` reads, with signature and input example.

    Args:
        record: the training; its bundle is copied to `data/bundle`.
        folder: where to write; must not exist.
        run_id: run that made the model.
        model_id: the logged model that the folder is for.
    """
    with warnings.catch_warnings():
        # MLflow 3.17 warns about a type hint of its own when its pyfunc module is loaded.
        warnings.filterwarnings("ignore", message=".*inferred as AnyType", category=UserWarning)
        from mlflow.models import Model
        from mlflow.pyfunc import save_model

    example = _without_zones(record.input_example)
    save_model(
        path=folder,
        loader_module=LOADER,
        data_path=_renamed(record.bundle, folder.parent / "bundle"),
        mlflow_model=Model(artifact_path=record.model, run_id=run_id, model_id=model_id),
        signature=model_signature(record.input_example),
        input_example=example.to_pandas(),
        # Named, because MLflow would otherwise load the model in a subprocess to see what it imports.
        pip_requirements=["dagster-flywheel"],
        metadata={
            "identity": record.identity,
            "bundle_digest": record.bundle_digest,
            "output_example": list(record.output_example),
        },
    )


def model_signature(request: "pa.Table") -> "ModelSignature":
    """MLflow's schema of the request's columns, with one number an answer.

    Built from the Arrow types, not guessed from values: MLflow's guess depends on which rows have gaps.

    Raises:
        LifecycleError: a column of a type that no request holds.
    """
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema, TensorSpec

    columns: list[ColSpec | TensorSpec] = [
        ColSpec(_data_type(field), field.name, required=not field.nullable) for field in request.schema
    ]
    return ModelSignature(inputs=Schema(columns), outputs=Schema([ColSpec(DataType.double)]))


def _data_type(field: "pa.Field") -> "DataType":
    import pyarrow as pa
    from mlflow.types import DataType

    tests = {
        DataType.string: pa.types.is_string,
        DataType.boolean: pa.types.is_boolean,
        DataType.long: pa.types.is_integer,
        DataType.double: pa.types.is_floating,
        DataType.datetime: pa.types.is_temporal,
    }
    for data_type, matches in tests.items():
        if matches(field.type):
            return data_type
    raise LifecycleError(
        f"request column {field.name} is of type {field.type}, which a model signature cannot hold"
    )


def _without_zones(table: "pa.Table") -> "pa.Table":
    """Times as UTC without a zone, and dates as midnights: MLflow's schema knows no other kind of time."""
    import pyarrow as pa

    fields = [
        field.with_type(pa.timestamp("us")) if pa.types.is_temporal(field.type) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))


def _renamed(bundle: Path, link: Path) -> Path:
    """A link of one name: MLflow keeps the folder's name, and a version is fetched without knowing it."""
    link.symlink_to(bundle.resolve(), target_is_directory=True)
    return link

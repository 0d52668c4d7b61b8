"""From a finished training job to a sealed bundle: weights, plan, lookups, profile, golden rows."""

import json
import logging
import shutil
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lifecycle.errors import LifecycleError
from lifecycle.features.encoding import Encoding, RowEncoder
from lifecycle.features.online_tables import KnownBy, write_online_tables
from lifecycle.features.plan import FeaturePlan
from lifecycle.registry.bundle import (
    ENCODING_FILE,
    GOLDEN_FILE,
    PLAN_FILE,
    TRAINING_FILE,
    TWIN_FILE,
    WEIGHTS_FILE,
    Bundle,
    BundleManifest,
    seal_bundle,
)
from lifecycle.registry.made_from import MadeFrom
from lifecycle.registry.onnx_predictor import TWINNED, TwinError
from lifecycle.registry.onnx_twin import make_twin
from lifecycle.spec.hidden import HIDDEN
from lifecycle.training.job import TrainingJob, TrainingResult
from lifecycle.training.run import VALIDATION_FILE

if TYPE_CHECKING:
    import pyarrow as pa

log = logging.getLogger(__name__)


def assemble_bundle(
    folder: Path,
    *,
    job: TrainingJob,
    result: TrainingResult,
    trained: Path,
    plan: FeaturePlan,
    lookups: Mapping[str, "pa.Table"],
    histories: Mapping[str, "pa.Table"],
    requests: Mapping[str | int, Mapping[str, Any]],
    threshold: float | None,
    spec_fingerprint: str,
    data_versions: Mapping[str, str],
    made_from: MadeFrom | None,
) -> Bundle:
    """Put a bundle together in a new folder and seal it.

    Args:
        folder: where the bundle goes; what an earlier, killed attempt left there is thrown away.
        job: what was asked of the trainer.
        result: what it answered.
        trained: folder with the trainer's files.
        plan: the feature plan that made the job's tables.
        lookups: rows of every lookup known at the cut-off.
        histories: past rows of every source of the plan known at the cut-off, and those that the golden rows
            look back on.
        requests: entity -> request row, for every golden row of the result.
        threshold: operating point of a binary model.
        spec_fingerprint: of the spec.
        data_versions: partition -> content hash of the feature table.
        made_from: what those tables, and the model, were made from.

    Raises:
        LifecycleError: a golden row without its request.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in result.files.keys() - {VALIDATION_FILE}:
        shutil.copyfile(trained / name, folder / name)
    without_twin = _write_twin(folder, job, result)
    _write_json(folder / TRAINING_FILE, training_facts(result))
    _write_json(folder / PLAN_FILE, plan.to_json())
    _write_json(folder / GOLDEN_FILE, _golden(plan, result, requests))
    write_online_tables(folder, lookups=lookups, histories=histories, known_by=KnownBy.at(job.cut_off))
    manifest = BundleManifest(
        model=job.model,
        task=job.task,
        trainer=job.trainer,
        predictor=result.predictor,
        as_of=job.as_of,
        cut_off=job.cut_off,
        validation_start=result.split.validation_start,
        holdout_start=result.split.holdout_start,
        random_split=result.split.random,
        classes=result.classes,
        label=job.label,
        threshold=threshold,
        entity=plan.entity,
        event_time=plan.event_time,
        request=plan.request,
        required=plan.required,
        spec_fingerprint=spec_fingerprint,
        plan_fingerprint=plan.fingerprint,
        data_versions=data_versions,
        versions=result.versions,
        made_from=made_from,
        without_twin=without_twin,
    )
    return seal_bundle(folder, manifest)


def _write_twin(folder: Path, job: TrainingJob, result: TrainingResult) -> str | None:
    """Write `model.onnx` beside the weights; why there is none, where there is none."""
    if (predictor := result.predictor or job.trainer) not in TWINNED:
        return f"the predictor {predictor} is as fast"
    encoding = Encoding.from_json(json.loads((folder / ENCODING_FILE).read_bytes()))
    golden = RowEncoder(encoding).encode([row.features for row in result.golden])
    try:
        content = make_twin(predictor, (folder / WEIGHTS_FILE).read_bytes(), encoding, golden)
    except TwinError as exc:
        log.warning("model %s is sealed without %s: %s", job.model, TWIN_FILE, exc)
        return str(exc)
    (folder / TWIN_FILE).write_bytes(content)
    return None


def training_facts(result: TrainingResult) -> dict[str, Any]:
    """What is worth knowing of a training once it is over, and is the same when it is repeated."""
    kept = {"split", "best_round", "metrics", "curves", "importance"}
    kept |= {"learning_curve"} if result.learning_curve else set()
    facts = result.model_dump(mode="json", include=kept)
    if result.search is not None:
        facts["search"] = result.search.model_dump(
            mode="json", exclude={"study": True, "trials": {"__all__": {"curve", "seconds"}}}
        )
    return facts


def request_row(plan: FeaturePlan, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of a snapshot as a client would send it in JSON; missing values are left out."""
    return {name: _as_json(row[name]) for name in plan.request if row[name] is not None}


def _golden(
    plan: FeaturePlan, result: TrainingResult, requests: Mapping[str | int, Mapping[str, Any]]
) -> Sequence[Mapping[str, Any]]:
    rows = []
    for golden in result.golden:
        if golden.entity not in requests:
            entity = HIDDEN if plan.request[plan.entity].sensitive else repr(golden.entity)
            raise LifecycleError(f"golden row {entity} is in no snapshot: materialize `data` again")
        request = request_row(plan, requests[golden.entity])
        rows.append({"request": request, "features": dict(golden.features), "scores": list(golden.scores)})
    return rows


def _as_json(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


def _write_json(path: Path, value: object) -> None:
    path.write_text(
        json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False), encoding="utf-8"
    )

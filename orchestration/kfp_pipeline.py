"""The life of a model as a pipeline of Kubeflow Pipelines v2: its specification, without their package.

Source: `pipeline_spec.proto` of kubeflow/pipelines, schema 2.1.0.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assets.keys import DATA, EVALUATION, FEATURES, MODEL, STAGES, stage_key
from assets.partitions import partitions_of
from lifecycle.errors import LifecycleError
from lifecycle.features.build import build_plan
from lifecycle.features.plan import FeaturePlan
from lifecycle.spec.fingerprint import fingerprint, stage_fingerprints
from lifecycle.spec.model_spec import ModelSpec
from orchestration.step_pods import SCORING

SCHEMA, SDK = "2.1.0", "kfp-2.17.3"
"""Form of the specification, and the SDK that the tests hold it against: services read both."""
PARTITION, VERSION, MADE_BY = "partition", "version", "made_by"
PARTITIONED = (DATA, FEATURES, MODEL, EVALUATION)
VERSIONED = (DATA, FEATURES)
"""Steps that tell the version of what they made."""
_DIGEST = re.compile(r".+@sha256:[0-9a-f]{64}")

# Names and partitions are arguments, never parts of the text.
_LAUNCH = 'dg launch --module-name orchestration.definitions --assets "$1"'
_SCRIPTS: Mapping[bool, str] = {
    False: _LAUNCH + ' ${2:+--partition "$2"}',
    True: _LAUNCH + ' --partition "$2" && flywheel data-version "$3" "$4" "$2" --to "$5"',
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """A claim on a volume that every step mounts."""

    claim: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineSettings:
    """How the steps of a pipeline run."""

    image: str
    """Of the code location, with the models. Only by its digest does it say what is in it."""
    variables: Mapping[str, str]
    """Of every step's process."""
    through: str = EVALUATION
    """The last stage."""
    volume: Volume | None = None
    """None: steps share no disk."""
    cpu: float = 2
    memory_gib: int = 8
    """Of a step; `evaluation` has at least what the training has."""
    cache: bool = True


def pipeline_spec(spec: ModelSpec, settings: PipelineSettings) -> dict[str, Any]:
    """The pipeline of a model as the JSON form of `PipelineSpec`.

    Its one parameter is the partition. Each step is a run of Dagster in a container of its own, of the same
    assets with the same checks; a step whose blocking check fails, fails, and those after it do not start.

    Raises:
        LifecycleError: the last stage is none of a model's life.
    """
    stages = stages_through(settings.through)
    plan = build_plan(spec)
    cached = [stage for stage in stages if settings.cache and may_be_cached(stage, plan, settings.image)]
    return {
        "pipelineInfo": {"name": pipeline_name(spec.name), "description": _description(spec)},
        "schemaVersion": SCHEMA,
        "sdkVersion": SDK,
        "root": {
            "inputDefinitions": {"parameters": {PARTITION: {"parameterType": "STRING"}}},
            "dag": {
                "tasks": {
                    stage: _task(spec, settings, stage, before, cached=stage in cached)
                    for stage, before in zip(stages, (None, *stages), strict=False)
                }
            },
        },
        "components": {f"comp-{stage}": _component(stage) for stage in stages},
        "deploymentSpec": {
            "executors": {
                f"exec-{stage}": {"container": _container(spec, settings, stage)} for stage in stages
            }
        },
    }


def platform_spec(settings: PipelineSettings) -> dict[str, Any] | None:
    """What the specification itself cannot say, for Kubeflow on Kubernetes; None: nothing."""
    if settings.volume is None:
        return None
    mount = {
        "constant": settings.volume.claim,
        "pvcNameParameter": {"runtimeValue": {"constant": settings.volume.claim}},
        "mountPath": settings.volume.path,
    }
    executors = {f"exec-{stage}": {"pvcMount": [mount]} for stage in stages_through(settings.through)}
    return {"platforms": {"kubernetes": {"deploymentSpec": {"executors": executors}}}}


def stages_through(last: str) -> tuple[str, ...]:
    """Stages of a life up to one of them.

    >>> stages_through("model")
    ('data', 'features', 'model')

    Raises:
        LifecycleError: there is no such stage.
    """
    if last not in STAGES:
        raise LifecycleError(f"unknown stage {last!r}; allowed: {', '.join(STAGES)}")
    return STAGES[: STAGES.index(last) + 1]


def may_be_cached(stage: str, plan: FeaturePlan, image: str) -> bool:
    """Whether the inputs of a step tell all that its result depends on.

    `data` reads a source that may have changed, `evaluation` compares with today's champion, `endpoint` acts.
    `features` and `model` follow from the versions of the tables before them, unless they also read a lookup
    or the past: those may change while the tables stay. And a tag of an image may be moved.
    """
    closed = not plan.lookups and not plan.histories
    return stage in (FEATURES, MODEL) and closed and _DIGEST.fullmatch(image) is not None


def pipeline_name(model: str) -> str:
    """Name of a model's pipeline, in the letters that such names have.

    >>> pipeline_name("flight_delay")
    'flight-delay'
    """
    return re.sub(r"[^a-z0-9]+", "-", model.lower()).strip("-")[:100].rstrip("-") or "model"


def _description(spec: ModelSpec) -> str:
    return f"The life of {spec.name}, one partition at a time; written by `flywheel compile`."


def _task(
    spec: ModelSpec, settings: PipelineSettings, stage: str, before: str | None, *, cached: bool
) -> dict[str, Any]:
    inputs: dict[str, Any] = {MADE_BY: {"runtimeValue": {"constant": made_by(spec, settings, stage)}}}
    if stage in PARTITIONED:
        inputs[PARTITION] = {"componentInputParameter": PARTITION}
    if before in VERSIONED:
        produced = {"producerTask": before, "outputParameterKey": VERSION}
        inputs[f"{before}_{VERSION}"] = {"taskOutputParameter": produced}
    return {
        "taskInfo": {"name": stage},
        "componentRef": {"name": f"comp-{stage}"},
        **({} if before is None else {"dependentTasks": [before]}),
        "inputs": {"parameters": inputs},
        "cachingOptions": {"enableCache": True} if cached else {},
    }


def made_by(spec: ModelSpec, settings: PipelineSettings, stage: str) -> str:
    """Digest of the code, the settings and the part of the spec that make what a stage makes.

    The services look at the image and the command of a step, and not at its variables.
    """
    return fingerprint(stage_fingerprints(spec)[stage], settings.image, dict(settings.variables))


def _component(stage: str) -> dict[str, Any]:
    names = [MADE_BY, *([PARTITION] if stage in PARTITIONED else [])]
    before = STAGES[STAGES.index(stage) - 1] if stage != STAGES[0] else None
    names += [f"{before}_{VERSION}"] if before in VERSIONED else []
    text = {"parameterType": "STRING"}
    told = {"outputDefinitions": {"parameters": {VERSION: dict(text)}}} if stage in VERSIONED else {}
    return {
        "executorLabel": f"exec-{stage}",
        "inputDefinitions": {"parameters": {name: dict(text) for name in names}},
        **told,
    }


def _container(spec: ModelSpec, settings: PipelineSettings, stage: str) -> dict[str, Any]:
    return {
        "image": settings.image,
        "command": ["/bin/sh", "-ec", _SCRIPTS[stage in VERSIONED], "step"],
        "args": _arguments(spec.name, stage),
        "env": [{"name": name, "value": value} for name, value in sorted(settings.variables.items())],
        "resources": _resources(spec, settings, stage),
    }


def _arguments(model: str, stage: str) -> Sequence[str]:
    assets = f'key:"{stage_key(model, stage).to_user_string()}"'
    if stage not in PARTITIONED:
        return [assets]
    of_partition = [assets, f"{{{{$.inputs.parameters['{PARTITION}']}}}}"]
    if stage not in VERSIONED:
        return of_partition
    return [*of_partition, model, stage, f"{{{{$.outputs.parameters['{VERSION}'].output_file}}}}"]


def _resources(spec: ModelSpec, settings: PipelineSettings, stage: str) -> dict[str, Any]:
    cpu, memory_gib = settings.cpu, settings.memory_gib
    if stage in SCORING:
        asked = spec.training.compute
        cpu, memory_gib = max(cpu, asked.cpu), max(memory_gib, asked.memory_gib or 0)
    return {
        # Two spellings: numbers (of 1e9 bytes) for Vertex AI, quantities for newer Kubeflow.
        "cpuLimit": float(cpu),
        "memoryLimit": round(memory_gib * 2**30 / 1e9, 3),
        "resourceCpuLimit": f"{cpu:g}",
        "resourceMemoryLimit": f"{memory_gib}Gi",
    }


def check_partition(spec: ModelSpec, partition: str) -> None:
    """Refuse a partition that the model does not have, before anything is submitted.

    Raises:
        LifecycleError: naming those it has.
    """
    keys = partitions_of(spec).get_partition_keys()
    if partition not in keys:
        span = f"{keys[0]} to {keys[-1]}" if keys else "none has ended yet"
        raise LifecycleError(f"{spec.name} has no partition {partition!r}; allowed: {span}")

"""Each step of a run in a pod of its own, with the resources that its model's spec asks for."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.keys import DRIFT, EVALUATION, PERFORMANCE, PREDICTIONS, stage_key
from lifecycle.spec.model_spec import ModelSpec

if TYPE_CHECKING:
    from resources.cluster.settings import StepPods

SCORING = (EVALUATION, PREDICTIONS, PERFORMANCE, DRIFT)
"""Stages whose own process scores many rows with the model. `model` only waits for the pod that trains."""


def step_config(specs: Iterable[ModelSpec], steps: "StepPods") -> Mapping[str, Any]:
    """Config of `k8s_job_executor`.

    By the executor, not by tags of jobs or runs: those reach the run's own pod only, and are lost where
    assets are materialized without a job, as in a backfill.
    """
    limit = {} if steps.max_concurrent is None else {"max_concurrent": steps.max_concurrent}
    return {
        **limit,
        "step_k8s_config": _asking(steps.cpu, steps.memory_gib),
        "per_step_k8s_config": {
            op_name(spec.name, stage): _asking(
                spec.training.compute.cpu, spec.training.compute.memory_gib or steps.memory_gib
            )
            for spec in specs
            for stage in SCORING
        },
    }


def step_executor(specs: Iterable[ModelSpec], steps: "StepPods") -> dg.ExecutorDefinition:
    """The executor of Dagster's that makes a Job of each step; all else is as the run launcher says."""
    # Two seconds and a half, and only for who asks for pods of steps.
    from dagster_k8s import k8s_job_executor

    return k8s_job_executor.configured(dict(step_config(specs, steps)))


def op_name(model: str, stage: str) -> str:
    """What Dagster calls the step of an asset.

    >>> op_name("flight_delay", "evaluation")
    'flight_delay__evaluation'
    """
    return "__".join(stage_key(model, stage).path)


def _asking(cpu: float, memory_gib: int) -> Mapping[str, Any]:
    # Memory is a limit as well, processors are not: idle ones would be wasted. The same as for trainings.
    memory = {"memory": f"{memory_gib}Gi"}
    return {
        "container_config": {
            "resources": {"requests": {"cpu": f"{cpu:g}", **memory}, "limits": dict(memory)},
        }
    }

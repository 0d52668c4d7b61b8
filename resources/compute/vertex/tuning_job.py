"""The HyperparameterTuningJob that leads a spec's search on Vertex AI, rendered as its REST API takes it."""

from collections.abc import Mapping
from typing import Any

from lifecycle.errors import LifecycleError
from lifecycle.spec.search import SearchRange
from lifecycle.training.search.metrics import SEARCH_METRICS
from lifecycle.training.search.records import SearchJob
from lifecycle.training.search.trial import spelled
from resources.compute.vertex.job import Submission, custom_job
from resources.vertex.settings import TrainingSettings, TuningSettings, VertexSettings

MODULE = "lifecycle.training.search.trial"
ALGORITHMS: Mapping[str, str] = {"tpe": "ALGORITHM_UNSPECIFIED", "random": "RANDOM_SEARCH"}
"""Sampler of the spec -> who chooses parameters there; unspecified: Vizier's Bayesian optimisation."""
MOST_VALUES = 1000
"""Of a parameter that is a list of numbers."""


def tuning_job(
    asked: Submission, settings: VertexSettings, training: TrainingSettings, tuning: TuningSettings
) -> dict[str, Any]:
    """The HyperparameterTuningJob to create. Each of its trials is a container as a training's.

    Raises:
        LifecycleError: the search asks for what the service cannot do, or the job for what nobody can.
    """
    job, search = asked.job, asked.job.search
    assert search is not None, "whoever asks for trials has looked"
    body = custom_job(asked, settings, training)
    spec = body.pop("jobSpec")
    (pool,) = spec["workerPoolSpecs"]
    folder = asked.folder.mounted
    pool["containerSpec"]["command"] = [training.python, "-m", MODULE, folder]
    direction = SEARCH_METRICS[job.task][search.metric]
    return {
        **body,
        "studySpec": {
            "metrics": [{"metricId": search.metric, "goal": direction.upper()}],
            "parameters": [parameter_spec(name, values) for name, values in search.space.items()],
            "algorithm": ALGORITHMS[search.sampler],
            # The trial's own last report is the score at its best round.
            "measurementSelectionType": "LAST_MEASUREMENT",
            **_stopping(search),
        },
        "maxTrialCount": search.trials,
        "parallelTrialCount": min(search.trials, tuning.parallel),
        "maxFailedTrialCount": tuning.max_failed,
        "trialJobSpec": spec,
    }


def parameter_spec(name: str, values: SearchRange) -> dict[str, Any]:
    """A parameter of the space as Vizier knows it.

    Raises:
        LifecycleError: it cannot be told to Vizier.

    >>> parameter_spec("eta", SearchRange(float=(0.01, 0.3), log=True))["scaleType"]
    'UNIT_LOG_SCALE'
    """
    scale = {"scaleType": "UNIT_LOG_SCALE" if values.log else "UNIT_LINEAR_SCALE"}
    if values.choice is not None:
        told = [spelled(value) for value in values.choice]
        if len(set(told)) < len(told):
            raise LifecycleError(
                f"training.search.space.{name} has two values that are spelled alike, and Vertex AI hands "
                "them on as text: leave out one, or leave out `training.tuning` of the settings"
            )
        return {"parameterId": name, "categoricalValueSpec": {"values": told}}
    if values.float is not None:
        low, high = values.float
        return {"parameterId": name, "doubleValueSpec": {"minValue": low, "maxValue": high}, **scale}
    first, last = values.int or (0, 0)
    if values.step in (None, 1):
        # Whole numbers of 64 bits are text in JSON.
        bounds = {"minValue": str(first), "maxValue": str(last)}
        return {"parameterId": name, "integerValueSpec": bounds, **scale}
    stepped = list(range(first, last + 1, values.step or 1))
    if len(stepped) > MOST_VALUES:
        raise LifecycleError(
            f"training.search.space.{name} has {len(stepped)} values by its `step`, and Vertex AI takes "
            f"{MOST_VALUES}: a larger step, or none"
        )
    return {"parameterId": name, "discreteValueSpec": {"values": stepped}, **scale}


def _stopping(search: SearchJob) -> dict[str, Any]:
    if search.pruning == "none":
        return {}
    if search.pruning == "median":
        return {"medianAutomatedStoppingSpec": {"useElapsedDuration": False}}
    raise LifecycleError(
        f"training.search.pruning is {search.pruning!r}, which Vertex AI does not know: `median` or `none`, "
        "or leave out `training.tuning` of the settings, and the search runs inside the training"
    )

"""The vocabulary that assets, sensors and orchestration share: keys, check names, tags."""

import dagster as dg

DATA, FEATURES, MODEL, EVALUATION, ENDPOINT = STAGES = ("data", "features", "model", "evaluation", "endpoint")
ONLINE = "online"
"""What an endpoint answers with besides its bundle, as it is known now: lookups and past rows."""
PREDICTIONS = "predictions"
"""Answers of the champion for all rows of a partition."""
DRIFT = "drift"
"""How inputs, predictions and labels of a partition lie to those of its reference."""
TRAFFIC, LABELS = "traffic", "labels"
"""What was answered, and what came true: by the time of the answer."""
PERFORMANCE = "performance"
"""How well what answers does on a partition: realised where labels are in, estimated where not."""
WALK_FORWARD = "walk_forward"
"""An asset that tells of all versions; no stage of the life of one."""

CONTRACT_CHECK = "contract"
EXPECTATIONS_CHECK = "expectations"
SHIFT_CHECK = "shift"
NO_FUTURE_CHECK = "no_value_from_the_future"
PARITY_CHECK = "parity"
OWN_ROWS_CHECK = "own_rows"
SMOKE_CHECK = "smoke"
HEALTHY_CHECK = "healthy"
DRIFT_CHECK = "drift"
WEIGHTS_CHECK = "weights_as_recorded"
EVERY_ROW_CHECK, SCORES_CHECK = "every_row", "scores"
SAMPLE_RATIO_CHECK, DUPLICATES_CHECK, SKEW_CHECK = "sample_ratio", "duplicates", "skew"
TRAINING_SKEW_CHECK = "training_skew"
AMBIGUOUS_CHECK = "one_label"
FLOOR_CHECK, DECAY_CHECK = "floor", "decay"

TRIGGER_TAG = "flywheel/trigger"
"""Run tag: why the run was started; kept with the model version."""
MODEL_TAG = "flywheel/model"
"""Run tag: the model that a run without assets is for."""
TRIGGER_REASON_TAG = "flywheel/trigger_reason"
"""Run tag: what spoke for a retraining, for people; kept with the model version."""


def stage_key(model: str, stage: str) -> dg.AssetKey:
    """Key of a stage's asset.

    >>> stage_key("flight_delay", DATA).to_user_string()
    'flight_delay/data'
    """
    return dg.AssetKey([model, stage])


def launch_command(model: str, *stages: str, partition: str | None = None) -> str:
    """The command that materializes stages of a model.

    >>> print(launch_command("m", EVALUATION, partition="2013-03"))
    dg launch --assets 'key:"m/evaluation"' --partition 2013-03
    """
    chosen = " or ".join(f'key:"{stage_key(model, stage).to_user_string()}"' for stage in stages)
    return f"dg launch --assets '{chosen}'" + (f" --partition {partition}" if partition else "")


def gate_check(gate: str) -> str:
    """Name of a gate's asset check.

    >>> gate_check("auc_min")
    'gate_auc_min'
    """
    return f"gate_{gate}"

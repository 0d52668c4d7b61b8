"""Slices and groups of a column that the model does not see, from the spec to checks and evidence."""

import pytest

from assets.keys import DATA, EVALUATION, FEATURES, MODEL
from tests.fakes.life import Life

pytestmark = [
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
    pytest.mark.filterwarnings("ignore::dagster.PreviewWarning"),
]
UNSEEN = ("carrier: carrier, hour", "hour")
PARTS = (
    "evaluation: {gates: [{metric: log_loss, max: 1}]}",
    """evaluation:
  slices: [{name: carrier, by: carrier, min_rows: 50}, {name: far, where: distance > 500, min_rows: 50}]
  fairness: {attributes: [carrier], min_rows: 50, limits: {accuracy_gap: 0.9}}
  gates:
    - {metric: log_loss, max: 1}
    - {slice: carrier, metric: log_loss, max: 2}
    - {slice: far, metric: accuracy, min: 0.999}
    - {relative: log_loss}
""",
)


def test_a_column_outside_the_features_can_be_sliced_and_judged_by(young: Life) -> None:
    life = young
    life.edit(UNSEEN, PARTS)
    life.run(DATA, FEATURES, partition="2024-01", last="2024-02")
    done = life.run(MODEL, EVALUATION, partition="2024-02", good=False)
    assert {c.check_name: c.passed for c in done.get_asset_check_evaluations()} == {
        "smoke": True,
        "gate_log_loss_max": True,
        "gate_slice_carrier_log_loss_max": True,
        "gate_slice_far_accuracy_min": False,
        "gate_log_loss_against_champion": True,
        "gate_fairness_carrier_accuracy_gap_max": True,
    }
    record = life.tracking.evaluations[life.spec.name, "1"]
    assert record.verdict in ("fail", "inconclusive")
    names = {path.name for path in record.artifacts}
    assert {"report.json", "slices.png"} <= names

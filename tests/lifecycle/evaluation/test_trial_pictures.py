"""Pictures that the card and the UI show."""

import struct
from collections.abc import Callable

import numpy as np
import pytest

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.deciles import deciles
from lifecycle.evaluation.harm import Harm
from lifecycle.evaluation.thresholds import threshold_table
from lifecycle.evaluation.trial_pictures import (
    deciles_png,
    harms_png,
    learning_curve_png,
    residuals_png,
    thresholds_png,
)
from lifecycle.spec.evaluation import Costs
from lifecycle.training.job import LearningPoint

RANDOM = np.random.default_rng(0)
Y, SCORES = (RANDOM.random(500) < 0.3).astype(float), RANDOM.random(500)
ROWS = threshold_table(Y, SCORES, chosen=0.4, costs=Costs(false_positive=1, false_negative=3))
HARMS = [
    Harm(change="noise", what=name, value=0.6, harm=0.1, low=low, high=0.2)
    for name, low in [
        ("a", 0.05),
        ("$no_formula$", None),
        ("x" * 500, -0.1),
        *[(str(i), 0.0) for i in range(30)],
    ]
]
POINTS = [
    LearningPoint(share=s, rows=int(1000 * s), rounds=9, fit_score=s, validation_score=1 - s)
    for s in (0.5, 1)
]
DRAWN: dict[str, Callable[[], bytes]] = {
    "thresholds": lambda: thresholds_png(ROWS),
    "one threshold": lambda: thresholds_png(threshold_table(np.zeros(3), np.full(3, 0.5))),
    "harms": lambda: harms_png(HARMS, title="A feature missing", metric="auc"),
    "one harm": lambda: harms_png(HARMS[:1], title="A feature missing", metric="auc"),
    "deciles": lambda: deciles_png(deciles(Y, SCORES)),
    "one decile": lambda: deciles_png(deciles(np.ones(2), np.zeros(2))),
    "residuals": lambda: residuals_png(deciles(Y, SCORES)),
    "learning curve": lambda: learning_curve_png(POINTS),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_is_a_png_of_modest_size_and_the_same_each_time(name: str) -> None:
    data = DRAWN[name]()
    assert data.startswith(b"\x89PNG") and len(data) < 80 * 1024
    assert min(struct.unpack(">II", data[16:24])) > 200
    assert data == DRAWN[name]()


@pytest.mark.parametrize("draw", [
    lambda: thresholds_png([]),
    lambda: harms_png([], title="Noise", metric="auc"),
    lambda: deciles_png([]),
    lambda: residuals_png([]),
    lambda: learning_curve_png([]),
])  # fmt: skip
def test_nothing_cannot_be_drawn(draw: Callable[[], bytes]) -> None:
    with pytest.raises(LifecycleError, match="to draw"):
        draw()

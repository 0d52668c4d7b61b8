"""What the served bundle itself went through: rules, broken feeds, noise, and the price of a call."""

from dataclasses import dataclass

from lifecycle.evaluation.behaviour import BehaviourResult
from lifecycle.evaluation.footprint import Footprint
from lifecycle.evaluation.harm import Harm


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """Everything that scores alone cannot tell.

    Attributes:
        n_rows: rows of the holdout that were tried, spread evenly over its time.
        metric: what harm is counted in.
        value: of these rows, unchanged; None: it cannot be computed on them.
        footprint: None: it could not be measured.
    """

    n_rows: int
    metric: str
    value: float | None
    behaviour: tuple[BehaviourResult, ...]
    permuted: tuple[Harm, ...]
    features_missing: tuple[Harm, ...]
    lookups_missing: tuple[Harm, ...]
    noise: tuple[Harm, ...]
    footprint: Footprint | None

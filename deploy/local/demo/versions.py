"""The versions of the demonstration, each as edits of the spec and its SQL, and how they come to be."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
from runs import materialize

from assets.keys import DATA, EVALUATION, FEATURES, MODEL
from lifecycle.errors import LifecycleError
from lifecycle.spec.model_spec import ModelSpec
from orchestration.build import SPEC_FILE, load_model
from orchestration.environments import Environment

NAME = "flight_demo"
TEMPLATE = Path(__file__).parent / NAME
MONTHS = ("2013-01", "2013-02", "2013-03")
"""What every version is trained on; the replay begins with April."""

Edit = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One version: what somebody did, and the pieces of the files that he replaced for it.

    Attributes:
        unwatched: metrics whose guardrails the plan of its rollout lacks.
    """

    name: str
    story: str
    spec: Sequence[Edit] = ()
    sql: str = "data.sql"
    unwatched: Sequence[str] = ()


CHAMPION = Made(
    name="champion",
    story="knows the airline and the route only",
    spec=[
        ("    dep_hour: hour(sched_dep) + minute(sched_dep) / 60\n", ""),
        ("    dep_weekday: isodow(sched_dep)\n", ""),
    ],
)
GOOD = Made(name="good", story="knows the hour and the day of the week as well")
SHUFFLED = Made(
    name="shuffled",
    story="its labels were joined to the wrong flights of the day, and only labels are watched",
    # Only what it was trained on: the labels of the replay are the right ones.
    sql="mixed_up.sql",
    # It learns by heart what it was told: with smaller steps its loss is so near the margin that labels of
    # months are needed. Prediction drift sees such scores within a day; here the labels alone must.
    spec=[
        ("{max_depth: 3, eta: 0.1, min_child_weight: 20}", "{max_depth: 4, eta: 2.0, min_child_weight: 1}")
    ],
    unwatched=("prediction_drift", "p99_latency_ms"),
)
ERRING = Made(
    name="erring",
    story="Southwest was left out of its data and of its contract: 3.6 % of the requests",
    spec=[("VX, WN, YV]", "VX, YV]")],
    sql="without_southwest.sql",
)
# A table of airports and hours, typed into the features: for every request all of its cells are looked at.
AIRPORTS = (
    *("ATL", "BOS", "BUF", "CLT", "CVG", "DCA", "DEN", "DFW", "DTW", "FLL", "IAD", "IAH"),
    *("LAS", "LAX", "MCO", "MIA", "MSP", "ORD", "PBI", "RDU", "SEA", "SFO", "SJU", "TPA"),
)
RUSH_HOURS = (6, 8, 10, 12, 14, 16, 18, 20)
SLOW = Made(
    name="slow",
    story=f"a table of {len(AIRPORTS)} airports by {len(RUSH_HOURS)} hours was typed into its features",
    spec=[
        (
            "    distance: distance\n\n",
            "    distance: distance\n"
            + "".join(
                f"    rush_{hour}: CASE "
                + " ".join(
                    f"WHEN dest = '{airport}' AND hour(sched_dep) BETWEEN {hour} AND {hour + 1} THEN {place}"
                    for place, airport in enumerate(AIRPORTS, start=1)
                )
                + " ELSE 0 END\n"
                for hour in RUSH_HOURS
            )
            + "\n",
        )
    ],
)
DRIFTING = Made(
    name="drifting",
    story="late flights were given five times the weight: scores are no probabilities any more",
    spec=[("min_child_weight: 20}", "min_child_weight: 20, scale_pos_weight: 5}")],
)
QUICK: Sequence[Edit] = (
    ("steps: [5, 15, 30]", "steps: [30]"),
    ("{requests: 500, time: 1d}", "{requests: 200, time: 12h}"),
    ("hold: 1d", "hold: 12h"),
    ("bake: 2d", "bake: 12h"),
    ("margin: 0.05", "margin: 0.3"),
    ("samples: 500", "samples: 200"),
    ("{metric: error_rate, max: 0.02}", "{metric: error_rate, max: 0.05}"),
    ("      - {metric: p99_latency_ms, margin: 1.0}\n", ""),
)
"""Of a plan that decides within a week of flights; a p99 and the usual 2 % of errors would need more."""


def write(made: Made, environment: Environment, *, quick: bool = False) -> ModelSpec:
    """Put the files of a version into the folder of models, as somebody who edits them would."""
    folder = environment.models / NAME
    folder.mkdir(parents=True, exist_ok=True)
    text = (TEMPLATE / SPEC_FILE).read_text(encoding="utf-8")
    for old, new in (*made.spec, *(QUICK if quick else ())):
        if text.count(old) != 1:
            raise LifecycleError(f"{SPEC_FILE} holds {old!r} {text.count(old)} times, not once")
        text = text.replace(old, new)
    for metric in made.unwatched:
        text = "".join(line for line in text.splitlines(keepends=True) if f"{{metric: {metric}," not in line)
    (folder / SPEC_FILE).write_text(text, encoding="utf-8")
    shutil.copyfile(TEMPLATE / made.sql, folder / "data.sql")
    return load_model(folder / SPEC_FILE)


def train(
    made: Made, environment: Environment, instance: dg.DagsterInstance, *, quick: bool = False
) -> ModelSpec:
    """Make a version in Dagster: data, features, model and evaluation, with all their checks.

    Args:
        quick: its rollout has the plan that needs few flights.

    Raises:
        LifecycleError: a stage failed.
    """
    spec = write(made, environment, quick=quick)
    materialize(spec, environment, instance, (DATA, FEATURES), MONTHS)
    materialize(spec, environment, instance, (MODEL, EVALUATION), MONTHS[-1:])
    return spec

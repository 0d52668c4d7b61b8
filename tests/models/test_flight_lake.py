"""The example's lake against the facts of the flights it is made of."""

import doctest
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

SAID_OF_A_FLIGHT = ["carrier", "flight", "origin", "dest", "tailnum"]


@pytest.fixture(scope="module")
def flights(built: Path) -> pd.DataFrame:
    return pd.read_parquet(built / "flights.parquet")


@pytest.fixture(scope="module")
def departures(built: Path) -> pd.DataFrame:
    return pd.read_parquet(built / "departures.parquet")


@pytest.fixture(scope="module")
def weather(built: Path) -> pd.DataFrame:
    return pd.read_parquet(built / "weather.parquet")


@pytest.fixture(scope="module")
def labelled(built: Path, flights: pd.DataFrame) -> pd.DataFrame:
    labels = pd.read_parquet(built / "labels.parquet")
    # On all that both say of a flight: a label that names another one would be lost, and counted below.
    return labels.merge(flights, on=["flight_id", *SAID_OF_A_FLIGHT], validate="one_to_one")


def test_the_lake_holds_every_flight_and_no_label_for_those_that_never_landed(
    lake: ModuleType, built: Path
) -> None:
    report = lake.build_lake(built)
    assert report == lake.LakeReport(
        rows={
            "flights": 336_776,
            "labels": 327_346,
            "departures": 328_521,
            "weather": 26_115,
            "planes": 3_322,
            "airports": 1_462,
        },
        cancelled=8_255,
        diverted=1_175,
        arrival_agreement=327_345 / 327_346,
    )
    assert round(report.arrival_agreement, 6) == 0.999997
    assert report.rows == {name: pq.read_metadata(built / f"{name}.parquet").num_rows for name in report.rows}


def test_files_have_the_declared_types_and_zstd(lake: ModuleType, built: Path) -> None:
    for name, columns in lake.COLUMNS.items():
        file = pq.ParquetFile(built / f"{name}.parquet")
        assert {field.name: field.type for field in file.schema_arrow} == columns
        assert file.metadata.row_group(0).column(0).compression == "ZSTD"


@pytest.mark.parametrize("name", ["flights", "labels", "departures", "weather", "planes", "airports"])
def test_a_table_has_one_row_per_key_and_is_sorted(lake: ModuleType, built: Path, name: str) -> None:
    table = pd.read_parquet(built / f"{name}.parquet")
    key = list(lake.KEYS[name])
    assert not table.duplicated(key).any()
    assert table[key].notna().all(axis=None)
    order = [lake.TIMES[name], *key] if name in lake.TIMES else key
    pd.testing.assert_frame_equal(table, table.sort_values(order, ignore_index=True))


def test_a_request_row_says_only_what_the_schedule_says(
    flights: pd.DataFrame, departures: pd.DataFrame
) -> None:
    known = {"flight_id", "requested_at", "sched_dep", "sched_arr", "carrier", "flight"}
    assert set(flights.columns) == known | {"origin", "dest", "tailnum", "distance"}
    assert (flights["sched_dep"] - flights["requested_at"] == pd.Timedelta(hours=2)).all()
    assert flights.drop(columns="tailnum").notna().all(axis=None)
    # A missing plane gives away that a flight will be cancelled: no feature for a label about cancelling.
    without_plane = flights.loc[flights["tailnum"].isna(), "flight_id"]
    assert len(without_plane) == 2_512
    assert not without_plane.isin(departures["flight_id"]).any()


def test_a_flight_to_honolulu_has_the_instants_worked_out_by_hand(
    labelled: pd.DataFrame, departures: pd.DataFrame
) -> None:
    # 13:44 in New York (UTC-5) to 19:44 in Honolulu (UTC-10); it left on time and landed 21 minutes late.
    flight = labelled.set_index("flight_id").loc["2013-01-01-UA-15-EWR"]
    times = {
        name: flight[name].isoformat() for name in ("requested_at", "sched_dep", "sched_arr", "known_at")
    }
    assert times == {
        "requested_at": "2013-01-01T16:44:00+00:00",
        "sched_dep": "2013-01-01T18:44:00+00:00",
        "sched_arr": "2013-01-02T05:44:00+00:00",
        "known_at": "2013-01-02T06:05:00+00:00",
    }
    assert (flight["arr_delay"], flight["late"], flight["tailnum"]) == (21.0, True, "N76065")
    departure = departures.set_index("flight_id").loc["2013-01-01-UA-15-EWR"]
    assert departure["known_at"] == flight["sched_dep"]


def test_what_happened_names_the_flight_it_happened_to(
    flights: pd.DataFrame, departures: pd.DataFrame, labelled: pd.DataFrame
) -> None:
    named = departures.merge(flights, on=["flight_id", *SAID_OF_A_FLIGHT], validate="one_to_one")
    assert (len(named), len(labelled)) == (328_521, 327_346)


def test_the_id_holds_the_local_date_though_the_instant_may_be_on_the_next(flights: pd.DataFrame) -> None:
    local_date = flights["sched_dep"].dt.tz_convert("America/New_York").dt.date
    assert (flights["flight_id"].str[:10] == local_date.astype(str)).all()
    assert (flights["sched_dep"].dt.date > local_date).any()
    per_day = local_date.value_counts()
    assert (len(per_day), per_day.min(), per_day.max()) == (365, 634, 1_014)


def test_label_rate_by_local_month(labelled: pd.DataFrame) -> None:
    assert labelled["late"].eq(labelled["arr_delay"] > 15).all()
    month = labelled["sched_dep"].dt.tz_convert("America/New_York").dt.month
    rates = [0.227, 0.229, 0.228, 0.279, 0.220, 0.308, 0.315, 0.238, 0.132, 0.168, 0.174, 0.326]
    assert labelled.groupby(month)["late"].mean().round(3).tolist() == rates
    assert round(labelled["late"].mean(), 3) == 0.237


def test_labels_come_hours_after_the_request_and_out_of_order(labelled: pd.DataFrame) -> None:
    delay_h = (labelled["known_at"] - labelled["requested_at"]).dt.total_seconds() / 3600
    assert delay_h.min() > 2
    assert delay_h.quantile([0.5, 0.99, 1]).round(1).tolist() == [4.8, 9.7, 34.7]
    by_request = labelled.sort_values(["requested_at", "flight_id"])["known_at"]
    assert round((by_request.diff() < pd.Timedelta(0)).mean(), 2) == 0.49
    # At a shared instant the label arrives before the new request waits.
    arrived, asked = pd.Series(-1, index=labelled["known_at"]), pd.Series(1, index=labelled["requested_at"])
    assert pd.concat([arrived, asked]).sort_index(kind="stable").cumsum().max() == 378


def test_a_departure_is_known_before_its_landing(labelled: pd.DataFrame, departures: pd.DataFrame) -> None:
    departed = departures.rename(columns={"known_at": "departed_at"})
    both = labelled.merge(departed, on="flight_id", validate="one_to_one")
    assert len(both) == len(labelled)
    assert (both["departed_at"] < both["known_at"]).all()
    assert ((both["departed_at"] - both["sched_dep"]).dt.total_seconds() / 60 == both["dep_delay"]).all()


def test_weather_is_hourly_in_utc_with_its_faults_kept(weather: pd.DataFrame) -> None:
    assert (weather["known_at"] == weather["observed_at"]).all()
    assert (weather["observed_at"] == weather["observed_at"].dt.floor("h")).all()
    assert weather["observed_at"].max() == pd.Timestamp("2013-12-30T23:00Z")
    fault = weather[weather["wind_speed"] > 1_000]
    assert fault["origin"].tolist() == ["EWR"]
    assert fault["observed_at"].dt.date.astype(str).tolist() == ["2013-02-12"]
    assert fault["wind_speed"].round().tolist() == [1_048]
    # In local time the hour that daylight saving repeats would stand twice for each of the three airports.
    local = weather["observed_at"].dt.tz_convert("America/New_York").dt.tz_localize(None)
    assert local.to_frame("hour").assign(origin=weather["origin"]).duplicated().sum() == 3


def test_planes_and_airports_join_as_far_as_the_source_goes(built: Path, flights: pd.DataFrame) -> None:
    planes = pd.read_parquet(built / "planes.parquet")
    assert round(flights["tailnum"].isin(planes["tailnum"]).mean(), 2) == 0.84
    assert planes["year"].isna().sum() == 70
    zones = pd.read_parquet(built / "airports.parquet").set_index("faa")["tzone"]
    assert flights["dest"].map(zones).notna().all()
    assert zones[["BQN", "PSE", "SJU", "STT"]].unique().tolist() == ["America/Puerto_Rico"]


ZONES = ["America/New_York", "America/Phoenix", "America/Anchorage", "Pacific/Honolulu"]
NEW_YEAR = datetime(2013, 1, 1, tzinfo=UTC)
CLOCK_CHANGES = [datetime(2013, 3, 10, tzinfo=UTC), datetime(2013, 11, 3, tzinfo=UTC)]


def instants(start: datetime, first_minute: int, last_minute: int) -> st.SearchStrategy[datetime]:
    return st.integers(first_minute, last_minute).map(lambda minute: start + timedelta(minutes=minute))


def shown(instant: datetime, zone: str) -> int:
    local = instant.astimezone(ZoneInfo(zone))
    return local.hour * 100 + local.minute


@given(
    after=instants(NEW_YEAR, 0, 365 * 24 * 60 - 1)
    | st.one_of([instants(day, -1500, 1500) for day in CLOCK_CHANGES]),
    minute_of_day=st.integers(0, 24 * 60 - 1),
    zone=st.sampled_from(ZONES),
)
@settings(deadline=None)  # the first use of a zone reads its file
def test_next_instant_is_the_first_that_a_minute_by_minute_search_finds(
    lake: ModuleType, after: datetime, minute_of_day: int, zone: str
) -> None:
    clock = minute_of_day // 60 * 100 + minute_of_day % 60
    search = (after + timedelta(minutes=ahead) for ahead in range(1, 49 * 60 + 1))
    first = next(instant for instant in search if shown(instant, zone) == clock)
    found = lake.next_instant(pd.Series([pd.Timestamp(after)]), pd.Series([clock]), zone)
    assert found.tolist() == [pd.Timestamp(first)]


def test_examples_in_the_docstrings_run(lake: ModuleType) -> None:
    result = doctest.testmod(lake)
    assert result.attempted > 0
    assert result.failed == 0

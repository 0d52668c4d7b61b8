"""`flywheel init` on small tables, then their whole lives, no spec edited; and the other built-in models."""

import csv
import importlib.resources
import math
import random
import shutil
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from lifecycle.spec.infer.answers import Answers
from orchestration.build import SPEC_FILE, load_model
from orchestration.environments import Environment, load_environment
from orchestration.init import init_model
from tests.e2e.life import ROOT, WEEKS, edit_spec, january_source, load_script
from tests.e2e.whole_life import ask, live
from tests.fakes.ports import free_port

pytestmark = pytest.mark.e2e


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Environment]:
    """A home and a folder of models of its own; endpoints end with the test."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home" / "dagster"))
    port = str(free_port())
    variables = {"FLYWHEEL_HOME": str(tmp_path / "home"), "FLYWHEEL_MODELS": str(tmp_path / "models")}
    made = load_environment({**variables, "FLYWHEEL_ENDPOINT_PORT": port})
    yield made
    for folder in made.models.glob("*"):
        made.serving.stop(folder.name)


def subscriptions(path: Path) -> Path:
    """Binary, with time: no key, dates with the day first, words for missing, names that are no names."""
    chance = random.Random(1)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["Signed on", "Monthly fee ($)", "select", "Größe", "newsletter", "churned"])
        for number in range(900):
            day = date(2024, 1, 1) + timedelta(days=number // 5)
            fee, rooms = round(chance.uniform(5, 90), 2), chance.choice(["S", "M", "L"])
            churned = chance.random() < 0.15 + 0.6 * (fee > 60)
            word = "NA" if chance.random() < 0.05 else f"{fee}"
            out.writerow([f"{day:%d.%m.%Y}", word, rooms, chance.choice("xyz"), chance.choice(["yes", "no"]),
                          "yes" if churned else "no"])  # fmt: skip
    return path


def loads(path: Path) -> Path:
    """Regression, with time: hourly readings with a daily rhythm."""
    chance = random.Random(2)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["reading_id", "measured_at", "site", "temperature", "kilowatts"])
        for hour in range(24 * 40):
            at = datetime(2024, 3, 4) + timedelta(hours=hour)
            warmth = 10 + 8 * math.sin(hour / 24 * math.tau) + chance.gauss(0, 1)
            site = chance.choice(["north", "south"])
            load = 50 + 3 * warmth + 20 * (site == "south") + chance.gauss(0, 3)
            out.writerow([f"r{hour}", f"{at.isoformat()}Z", site, round(warmth, 2), round(load, 2)])
    return path


def iris(path: Path) -> Path:
    """Multiclass, without time: the flowers of scikit-learn, with a header in the place of its own."""
    lines = (importlib.resources.files("sklearn.datasets.data") / "iris.csv").read_text().splitlines()
    path.write_text(
        "\n".join(["sepal length,sepal width,petal length,petal width,species", *lines[1:]]) + "\n"
    )
    return path


def test_a_binary_table_with_time(environment: Environment, tmp_path: Path) -> None:
    told = list(init_model(environment, str(subscriptions(tmp_path / "subscriptions.csv")), Answers()))
    spec = load_model(environment.models / "subscriptions" / SPEC_FILE)
    assert (spec.model.task, spec.model.positive, spec.data.event_time) == ("binary", True, "signed_on")
    assert spec.data.partition.every == "week" or spec.data.partition.every == "month"
    lived = live(environment, spec)
    assert (lived.wrong, lived.rows) == ("", 900)
    (prediction,) = ask(environment, spec, told[-1])
    assert isinstance(prediction["value"], bool)


def test_a_regression_with_time(environment: Environment, tmp_path: Path) -> None:
    path = loads(tmp_path / "loads.csv")
    told = list(init_model(environment, str(path), Answers(label="kilowatts", label_delay_s=3600)))
    spec = load_model(environment.models / "loads" / SPEC_FILE)
    assert (spec.model.task, spec.data.entity, spec.data.event_time) == (
        "regression",
        "reading_id",
        "measured_at",
    )
    lived = live(environment, spec)
    assert (lived.wrong, lived.rows) == ("", 24 * 40)
    (prediction,) = ask(environment, spec, told[-1])
    assert 30 < prediction["value"] < 150


def test_classes_without_time(environment: Environment, tmp_path: Path) -> None:
    told = list(init_model(environment, str(iris(tmp_path / "iris.csv")), Answers()))
    spec = load_model(environment.models / "iris" / SPEC_FILE)
    assert (spec.model.task, spec.data.event_time, spec.split) == ("multiclass", None, "random")
    lived = live(environment, spec)
    assert (lived.wrong, lived.rows) == ("", 150)
    (prediction,) = ask(environment, spec, told[-1])
    assert sum(prediction["probabilities"].values()) == pytest.approx(1, abs=1e-5)


def test_the_digits(environment: Environment) -> None:
    shutil.copytree(ROOT / "models" / "digit", environment.models / "digit")
    spec = load_model(environment.models / "digit" / SPEC_FILE)
    missing = live(environment, spec).wrong
    assert f"make it: python {environment.models}/digit/lake.py {environment.home}/lake/digits" in missing
    load_script(ROOT / "models" / "digit" / "lake.py", "digit_lake").build_lake(
        environment.home / "lake" / "digits"
    )
    edit_spec(environment.models / "digit" / SPEC_FILE, {"training.rounds": 60})
    spec = load_model(environment.models / "digit" / SPEC_FILE)
    lived = live(environment, spec)
    assert (lived.wrong, lived.rows) == ("", 1797)


def test_arrival_delays(environment: Environment, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "models" / "arrival_delay", environment.models / "arrival_delay")
    lake = load_script(ROOT / "models" / "flight_delay" / "lake.py", "flight_lake_for_delays")
    lake.build_lake(environment.home / "lake" / "flights", source=january_source(lake, tmp_path))
    file = environment.models / "arrival_delay" / SPEC_FILE
    weeks = {"every": "week", "start": date.fromisoformat(WEEKS[0]), "end": date(2013, 1, 28)}
    gates = [{"metric": "mae", "max": 60, "on": "point"}]
    edit_spec(file, {"data.partition": weeks, "training.rounds": 30, "evaluation.gates": gates})
    lived = live(environment, load_model(file))
    assert lived.wrong == ""
    assert lived.rows > 20_000

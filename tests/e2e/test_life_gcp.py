"""The life of the example on Google Cloud: `FLYWHEEL_ENV=gcp`, and nothing else is changed.

Google's own clients talk to three servers on loopback: an emulator of BigQuery, one of Cloud Storage, and our
double of Vertex AI, whose containers are processes. What these cannot do is shown elsewhere or not at all:

- bytes of a query, quotas, clustering, and SQL that only the real analyzer refuses (BigQuery): golden SQL;
- `/gcs` of a training's container: here a folder that is filled before it starts and sent after it has ended;
- machines, accelerators, networks, service accounts, keys, spot, dedicated host names: golden requests;
- the minutes that a real deployment takes, and what the real service says in its errors.

Needs the BigQuery emulator (`make setup-emulators`); skipped where there is none.
"""

import sys
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from assets.endpoint import approved_bundle
from assets.keys import DATA, FEATURES, PREDICTIONS
from lifecycle.endpoint import staging
from lifecycle.endpoint.batch.scorer import FeatureScorer
from lifecycle.endpoint.scorer import Scorer
from lifecycle.registry.bundle import Bundle
from orchestration.environments import ENVIRONMENT, HOME, MODELS, load_environment
from orchestration.google import DATASET, FILES, PROJECT, SETTINGS
from orchestration.instance import prepare_instance
from resources.serving.vertex.serving import VertexServing
from resources.vertex.api import VertexApi
from resources.vertex.settings import VertexSettings
from tests.assets.test_rollout_drive import Shop
from tests.doubles.bigquery_place import Place
from tests.doubles.gcs import Mount, Storage
from tests.doubles.vertex.server import Vertex, vertex
from tests.e2e.life import EXAMPLE, LIFE, NAME, QUICK, Life, checks_of, errors_of, load_script, quick_models
from tests.fakes.bundles import make_bundle
from tests.fakes.ports import free_port
from tests.fakes.watched_serving import WatchedServing
from tests.models.conftest import first_flights

pytestmark = pytest.mark.e2e
FLIGHTS, EVERY = 5000, 4
"""The year's first flights, and of these every fourth: six days."""
DAYS: Mapping[str, object] = {
    "data.partition": {"every": "week", "start": date(2012, 12, 31), "end": date(2013, 1, 7)},
    "training.rounds": 5,
}
WEEK = "2012-12-31"
IMAGES = {"training", "serving"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vertex]:
    with vertex(images=IMAGES) as double:
        double.reach(monkeypatch, tmp_path)
        yield double


def settings_of(staging_url: str, variables: Mapping[str, str], **serving: object) -> dict[str, Any]:
    """The settings of Vertex AI, with clocks that are as quick as the double."""
    container = {"python": sys.executable, "env": {"PYTHONPATH": str(Path(__file__).parents[2]), **variables}}
    return {
        "project": "project-1",
        "region": "europe-west4",
        "staging": staging_url,
        "poll_s": 0.1,
        "training": {**container, "image": "training", "log_every": 0.1},
        "serving": {
            **container,
            "image": "serving",
            "replicas": 1,
            "dedicated": False,
            "follow_every": 0.1,
            "settle_s": 0.0,
            **serving,
        },
        "batch": {**container, "image": "serving"},
        "patience": {"ending": 5, "settle": 20, "operation": 60},
    }


def test_the_example_lives_on_google_cloud(
    bigquery: Place,
    storage: Storage,
    project: Vertex,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From flights to a live endpoint and a table of answers: BigQuery, a CustomJob, a batch prediction."""
    bucket, home = storage.bucket(), tmp_path / "home"
    monkeypatch.setattr(staging, "BUCKETS", str(tmp_path / "gcs"))
    project.jobs.mount = Mount(storage, bucket, tmp_path / "gcs")
    told = settings_of(f"gs://{bucket}/flywheel", storage.variables)
    (tmp_path / "vertex.yaml").write_text(yaml.safe_dump(told))
    lake = load_script(EXAMPLE / "lake.py", "flight_lake_gcp")
    lake.build_lake(home / "lake" / "flights", source=first_flights(lake, FLIGHTS, tmp_path, every=EVERY))
    life = Life(home=home, models=quick_models(tmp_path / "models", {**QUICK, **DAYS}), port=free_port())
    google = {
        HOME: str(home),
        MODELS: str(life.models),
        ENVIRONMENT: "gcp",
        PROJECT: bigquery.project,
        DATASET: f"{bigquery.prefix}_life{bucket.replace('-', '')}",
        FILES: f"gs://{bucket}/files",
        SETTINGS: str(tmp_path / "vertex.yaml"),
    }
    monkeypatch.setenv("DAGSTER_HOME", str(home / "dagster"))
    prepare_instance(home)
    environment = load_environment({**life.variables, **google})

    # The only week has none before it that it could be compared with.
    for stages, warned in (((DATA, FEATURES), {"shift"}), (LIFE, set()), ((PREDICTIONS,), set())):
        done = life.run(*stages, partition=WEEK, environment=environment)
        assert errors_of(done) == []
        assert {name for name, passed in checks_of(done).items() if not passed} == warned

    (job,) = project.jobs.kept.all()
    assert (job.state.name, job.labels["flywheel-model"]) == ("JOB_STATE_SUCCEEDED", NAME)
    champion = environment.tracking.holder(NAME, "champion")
    assert champion is not None
    bundle = approved_bundle(environment.tracking, champion, tmp_path / "fetched")

    # The endpoint is asked as clients ask Vertex AI, with a token of Google.
    scorer = Scorer.load(bundle)
    rows = [golden["request"] for golden in scorer.golden]
    api = VertexApi(settings=VertexSettings.model_validate(told), patience_s=5)
    state = environment.serving.state(NAME)
    assert state is not None and state.bundle_digest == champion.bundle_digest
    answer = api.post(f"{state.url}:predict", {"instances": rows}, asked="predict")
    assert [one["probability"] for one in answer["predictions"]] == [
        s.probability for s in scorer.score(rows)
    ]

    # Each row of the features has the answer of the endpoint's own scorer, to the bit.
    features = environment.warehouse.published(NAME, FEATURES, WEEK)
    answers = environment.warehouse.published(NAME, PREDICTIONS, WEEK)
    assert features is not None and answers is not None
    asked = environment.warehouse.read(features)
    expected = dict(zip(asked["flight_id"].to_pylist(), FeatureScorer(bundle).table(asked), strict=True))
    found = environment.warehouse.read(answers).to_pylist()
    assert len(found) == FLIGHTS // EVERY
    assert {row["flight_id"]: row["probability"] for row in found} == {
        key: score.probability for key, score in expected.items()
    }
    (batch,) = project.batches.kept.all()
    assert (batch.state.name, batch.completion_stats.successful_count) == ("JOB_STATE_SUCCEEDED", len(found))
    (kept,) = [m for m in project.models.kept.all() if champion.bundle_digest[:63] in m.labels.values()]
    assert "champion" in kept.version_aliases


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> list[Bundle]:
    """Of three versions that differ in their threshold alone."""
    folder = tmp_path_factory.mktemp("bundles")
    return [make_bundle(folder / f"{part}", threshold=part) for part in (0.4, 0.5, 0.6)]


@pytest.mark.parametrize("routing", ["endpoint", "gateway"])
def test_a_rollout_goes_over_vertex_ai_and_comes_back(
    storage: Storage, project: Vertex, bundles: list[Bundle], tmp_path: Path, routing: str
) -> None:
    """The real loop over real containers that follow a bucket; only what is measured is made up."""
    told = settings_of(f"gs://{storage.bucket()}/flywheel", storage.variables, routing=routing)
    settings = VertexSettings.model_validate(told)
    serving = WatchedServing(VertexServing(root=tmp_path / "endpoints", settings=settings))
    shop = Shop(bundles, serving=serving)  # type: ignore[arg-type]  # another adapter of the port
    for number in (1, 2):
        shop.register(number)
        shop.run()
    assert (shop.served, shop.holder("champion")) == ({"2": 100}, "2")
    weights = [split.get("2", 0) for split in serving.splits]
    assert weights == sorted(weights)
    assert {0, 5, 100} <= set(weights)

    shop.register(3)
    while shop.served.get("3", 0) == 0:
        shop.look()
        shop.now += timedelta(hours=6)
    (endpoint,) = project.endpoints.kept.all()
    splits = sorted(endpoint.traffic_split.values())
    assert splits == ([100] if routing == "endpoint" else [5, 95])
    shop.answers["error_rate_max"] = "bad"
    shop.look()
    assert (shop.served, shop.holder("champion"), shop.holder("challenger")) == ({"2": 100}, "2", None)
    (endpoint,) = project.endpoints.kept.all()
    assert sum(endpoint.traffic_split.values()) == 100
    assert {one.id for one in endpoint.deployed_models} == set(endpoint.traffic_split)
    row = Scorer.load(bundles[1]).golden[0]["request"]
    api = VertexApi(settings=settings, patience_s=5)
    state = serving.state("parcels")
    assert state is not None
    answer = api.post(f"{state.url}:predict", {"instances": [row]}, asked="predict")
    assert answer["model_version"] == "2"

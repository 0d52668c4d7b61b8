"""Dashboards and alerts ask for metrics that are really told, with labels that these really bear."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import promql_parser
import pytest

from lifecycle.endpoint.counting import Counts, VariantCounts
from lifecycle.endpoint.exposition import render_metrics
from orchestration.life_metrics import LifeFacts, Newest, render_life
from tests.deploy.chart import CHART, EVERYTHING, named
from tests.orchestration.test_exporter import DRIFTED, MEASURED, golden
from tests.resources.serving.k8s_cases import rendered

DASHBOARDS = sorted(CHART.glob("dashboards/*.json"))
BY_PROMETHEUS = {"model", "le", "namespace", "service"}
"""Labels that no endpoint writes as such: the ServiceMonitor's, a bound's, and where it was scraped."""


@pytest.fixture(name="exposed", scope="module")
def exposed_metrics() -> dict[str, set[str]]:
    """Every sample's name that an endpoint or `flywheel metrics` can show -> the labels that it bears."""
    variant = SimpleNamespace(name="champion", version="1", role="champion", weight=100)
    served = SimpleNamespace(
        manifest=SimpleNamespace(variants=[variant]), variants={"champion": SimpleNamespace()}
    )
    lane = SimpleNamespace(waiting=0, breaker=SimpleNamespace(open_until_s=None))
    log = SimpleNamespace(records=1, bytes_kept=1, dropped_segments=0)
    answerer = SimpleNamespace(lanes={("champion", "digest"): lane}, log=log)
    counts = Counts(variants={"champion": VariantCounts(requests=1)})
    counts.variants["champion"].failed["error"] += 1
    counts.statuses["plain", 200] += 1
    for shadow in (counts.shadow_scored, counts.shadow_failed, counts.shadow_dropped):
        shadow["challenger"] += 1
    text = render_metrics(counts, answerer, served, shadow_queue=0)  # type: ignore[arg-type]
    text += render_life(whole_lives())
    found: dict[str, set[str]] = {}
    for name, labels in re.findall(r"^(\w+)(?:\{(.*)\})? ", text.decode(), re.MULTILINE):
        found.setdefault(name, set()).update(re.findall(r'(\w+)="', labels))
    return found


def whole_lives() -> list[LifeFacts]:
    """Models of which everything is known, one with a rollout under way."""
    values = {**DRIFTED, **MEASURED}
    newest = {stage: Newest(at_s=0.0, values=values) for stage in ("drift", "performance")}
    rollouts = (golden(closed=True), golden(closed=False))
    return [LifeFacts(model="m", newest=newest, rollout=rollout) for rollout in rollouts]


def queries() -> Iterator[tuple[str, str]]:
    """Where a query stands, and the query."""
    for path in DASHBOARDS:
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel["targets"]:
                yield f"{path.name}: {panel['title']} {target['refId']}", target["expr"]
    for group in named(EVERYTHING, "PrometheusRule", "flywheel")["spec"]["groups"]:
        for rule in group["rules"]:
            yield rule["alert"], rule["expr"]


def trigger() -> str:
    """What KEDA asks for to scale an endpoint."""
    (scaled,) = [made for made in rendered("keda") if made["kind"] == "ScaledObject"]
    return str(scaled["spec"]["triggers"][1]["metadata"]["query"])


QUERIES = dict(queries())
ALL_QUERIES = {**QUERIES, "KEDA's trigger": trigger()}


@pytest.mark.parametrize("where", ALL_QUERIES)
def test_every_metric_and_label_of_a_query_exists(where: str, exposed: dict[str, set[str]]) -> None:
    query = ALL_QUERIES[where]
    metrics = set(re.findall(r"\bflywheel_\w+", query))
    assert metrics, query
    assert metrics <= set(exposed)
    known = set.intersection(*(exposed[metric] for metric in metrics)) | BY_PROMETHEUS
    grouped = {label.strip() for by in re.findall(r"by \(([^)]*)\)", query) for label in by.split(",")}
    matched = set(re.findall(r"(\w+)=~?\"", query))
    assert grouped | matched <= known


@pytest.mark.parametrize("where", ALL_QUERIES)
def test_prometheus_can_read_a_query(where: str) -> None:
    # Grafana puts these in, as text.
    promql_parser.parse(ALL_QUERIES[where].replace("$__rate_interval", "5m").replace("$model", ".*"))


def test_nothing_that_is_told_goes_unseen(exposed: dict[str, set[str]]) -> None:
    seen = set(re.findall(r"\bflywheel_\w+", " ".join(QUERIES.values())))
    # Sums and counts of the histogram are those of its bins, and of requests.
    latency = "flywheel_endpoint_latency_seconds"
    assert set(exposed) - seen == {f"{latency}_sum", f"{latency}_count"}


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_fits_the_screen_and_any_prometheus(path: Path) -> None:
    board: dict[str, Any] = json.loads(path.read_text())
    assert board["uid"] == f"flywheel-{path.stem}"
    assert [variable["name"] for variable in board["templating"]["list"]] == ["source", "model"]
    for panel in board["panels"]:
        assert panel["datasource"]["uid"] == "${source}"
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])

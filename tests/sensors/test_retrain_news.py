"""Which models have news: what came since, whoever else writes to the log."""

from collections.abc import Iterator

import dagster as dg
import pytest

from assets.keys import DATA, DRIFT, FEATURES, stage_key
from sensors import retrain_news
from sensors.retrain_news import News, news_since

MODELS = ("a", "b", "c")


@pytest.fixture(scope="module")
def kept() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as found:
        yield found


@pytest.fixture
def instance(kept: dg.DagsterInstance) -> dg.DagsterInstance:
    kept.wipe()
    return kept


def made(instance: dg.DagsterInstance, *keys: dg.AssetKey) -> None:
    for key in keys:
        instance.report_runless_asset_event(dg.AssetMaterialization(asset_key=key))


def test_results_since_then_are_news_of_their_models(instance: dg.DagsterInstance) -> None:
    made(instance, stage_key("a", DRIFT))
    before = news_since(-1, MODELS, instance)
    made(instance, stage_key("b", FEATURES), stage_key("c", DATA), stage_key("stranger", DRIFT))
    after = news_since(before.seen, MODELS, instance)
    assert (before.models, after.models) == (None, frozenset({"b"}))
    assert news_since(after.seen, MODELS, instance) == News(seen=after.seen, models=frozenset())


def test_a_place_of_another_log_tells_nothing(instance: dg.DagsterInstance) -> None:
    made(instance, stage_key("a", DRIFT))
    assert news_since(99, MODELS, instance).models is None
    assert news_since(99, MODELS, instance).seen == news_since(-1, MODELS, instance).seen


def test_a_flood_is_read_in_parts_and_none_of_it_is_lost(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrain_news, "EVENTS_A_TICK", 2)
    made(instance, stage_key("a", DATA))
    seen, found = news_since(-1, MODELS, instance).seen, list[frozenset[str]]()
    made(instance, *(stage_key(model, DRIFT) for model in ("a", "b", "c")))
    for _ in range(3):
        news = news_since(seen, MODELS, instance)
        assert news.models is not None
        seen, found = news.seen, [*found, news.models]
    assert found == [frozenset({"a", "b"}), frozenset({"c"}), frozenset()]

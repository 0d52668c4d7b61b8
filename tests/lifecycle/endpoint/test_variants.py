"""Several variants in one endpoint, over HTTP."""

import http.client
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lifecycle.endpoint.access import Access
from lifecycle.endpoint.app import App
from lifecycle.endpoint.lane import INLINE_ROWS
from lifecycle.endpoint.log.hiding import keep_secret, pseudonym, secret_of
from lifecycle.endpoint.log.reading import read_log
from lifecycle.endpoint.log.record import LoggedRow
from lifecycle.endpoint.manifest import EndpointManifest, Role, Settings, Variant, write_manifest
from lifecycle.endpoint.router import assign, split_of
from lifecycle.endpoint.service_metrics import service_metrics
from lifecycle.registry.bundle import Bundle
from lifecycle.spec.deployment import EndpointSection, FallbackSection, LimitsSection, RequestLogSection
from tests.fakes.running import Reply, call, predict, running, wait_for
from tests.fakes.stub_endpoint import load_stub, load_stub_tables, make_bundle

SETTINGS = Settings(endpoint=EndpointSection(header_override=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    port: int
    folder: Path

    def ready(self) -> Any:
        return call(self.port, "GET", "/health/ready").body

    def asked_as(self, variant: str, rows: object = None) -> Reply:
        body = json.dumps({} if rows is None else rows).encode()
        headers = {"content-type": "application/json", "x-flywheel-variant": variant}
        return call(self.port, "POST", "/predict", body, headers=headers)

    def log(self) -> list[LoggedRow]:
        return list(read_log(self.folder / "requests"))

    def metrics(self) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        return text


@pytest.fixture
def bundles(tmp_path: Path) -> Mapping[str, Bundle]:
    """The champion answers 1.0, the challenger 2.0, the shadow 3.0; `broken` does not load."""
    values = {"champion": 1.0, "challenger": 2.0, "shadow": 3.0, "broken": 4.0}
    return {
        name: make_bundle(tmp_path / name, value, fault="broken" if name == "broken" else "fine")
        for name, value in values.items()
    }


def variant(bundles: Mapping[str, Bundle], name: str, weight: int, *, of: str | None = None) -> Variant:
    bundle = bundles[of or name]
    role: Role = "champion" if name == "champion" else "shadow" if name == "shadow" else "challenger"
    return Variant(
        name=name,
        role=role,
        version=f"v-{name}",
        bundle=str(bundle.path),
        digest=bundle.digest,
        weight=weight,
    )


def manifest(*variants: Variant, generation: int = 1, settings: Settings = SETTINGS) -> EndpointManifest:
    return EndpointManifest(
        model="stub",
        generation=generation,
        variants=variants,
        salt="rollout-1",
        max_batch=100,
        settings=settings,
    )


Serve = Callable[[EndpointManifest], Endpoint]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    with ExitStack() as stack:

        def start(asked: EndpointManifest) -> Endpoint:
            path = tmp_path / "manifest.json"
            write_manifest(path, asked)
            app = App(path, load=load_stub, load_tables=load_stub_tables, poll_s=0.02, access=Access(None))
            endpoint = Endpoint(port=stack.enter_context(running(app)), folder=tmp_path)
            wait_for(lambda: endpoint.ready()["generation"] == asked.generation)
            return endpoint

        yield start


def test_keys_stay_with_their_variant_and_it_is_logged(bundles: Mapping[str, Bundle], serve: Serve) -> None:
    variants = [variant(bundles, "champion", 60), variant(bundles, "challenger", 40)]
    endpoint = serve(manifest(*variants))
    split = split_of(variants, salt="rollout-1")
    values = {"champion": 1.0, "challenger": 2.0}
    expected = {i: assign(split, str(i)).variant for i in range(40)}
    assert set(expected.values()) == {"champion", "challenger"}
    for _ in range(2):
        for i, name in expected.items():
            reply = predict(endpoint.port, {"id": i})
            assert reply.body["predictions"] == [{"value": values[name]}]
            assert (reply.body["version"], reply.headers["x-flywheel-variant"]) == (f"v-{name}", name)
    logged = endpoint.log()
    assert len(logged) == 80
    assert all(row.assigned.name == expected[int(row.key or "")] for row in logged)
    assert {(row.assignment, row.propensity) for row in logged} == {("hash", 0.6), ("hash", 0.4)}


def test_a_sensitive_key_is_in_the_log_by_a_name_that_needs_the_secret(tmp_path: Path, serve: Serve) -> None:
    bundles = {
        name: make_bundle(tmp_path / name, value, sensitive=True)
        for name, value in (("champion", 1.0), ("challenger", 2.0))
    }
    variants = [variant(bundles, "champion", 60), variant(bundles, "challenger", 40)]
    keep_secret(tmp_path)
    secret = secret_of(tmp_path)
    asked = manifest(*variants)
    # Another deployment has another salt; a key keeps its name in the log all the same.
    for number, salt in enumerate(("rollout-1", "rollout-2"), start=1):
        endpoint = serve(asked.model_copy(update={"salt": salt, "generation": number}))
        split = split_of(variants, salt=salt)
        versions = [predict(endpoint.port, {"id": key}).body["version"] for key in "abcdefgh"]
        assert versions == [f"v-{assign(split, key).variant}" for key in "abcdefgh"]
        rows = endpoint.log()[-8:]
        assert [row.key for row in rows] == [pseudonym(secret, key) for key in "abcdefgh"]
        # The bucket would tell the few keys that it can be; that a key decided is still known.
        assert {(row.bucket, row.assignment) for row in rows} == {(10_000, "hash")}
    predict(endpoint.port, {})
    assert endpoint.log()[-1].key is None
    assert endpoint.log()[-1].bucket in range(10_000)


def test_rows_of_one_request_go_their_own_ways_and_come_back_in_order(
    bundles: Mapping[str, Bundle], serve: Serve
) -> None:
    variants = [variant(bundles, "champion", 60), variant(bundles, "challenger", 40)]
    endpoint, split = serve(manifest(*variants)), split_of(variants, salt="rollout-1")
    names = [assign(split, str(i)).variant for i in range(30)]
    reply = predict(endpoint.port, [{"id": i} for i in range(30)])
    values = {"champion": 1.0, "challenger": 2.0}
    assert reply.body == {
        "model": "stub",
        "predictions": [{"value": values[name], "version": f"v-{name}"} for name in names],
    }
    assert "x-flywheel-variant" not in reply.headers


def test_without_a_key_chance_decides_and_is_logged(bundles: Mapping[str, Bundle], serve: Serve) -> None:
    endpoint = serve(manifest(variant(bundles, "champion", 50), variant(bundles, "challenger", 50)))
    seen = {predict(endpoint.port, {}).body["version"] for _ in range(40)}
    assert seen == {"v-champion", "v-challenger"}
    assert {(row.key, row.assignment) for row in endpoint.log()} == {(None, "random")}


def test_a_header_chooses_the_variant_where_the_spec_allows_it(
    bundles: Mapping[str, Bundle], serve: Serve
) -> None:
    endpoint = serve(manifest(variant(bundles, "champion", 100), variant(bundles, "challenger", 0)))
    assert endpoint.asked_as("challenger").body["version"] == "v-challenger"
    (row,) = endpoint.log()
    assert (row.assignment, row.assigned.name) == ("override", "challenger")
    refused = endpoint.asked_as("nobody")
    assert refused.status == 422
    assert "found 'nobody'; allowed: champion, challenger" in refused.body["error"]["message"]


def test_a_wish_that_another_variant_answers_is_judged_no_more_than_one_that_is_granted(
    bundles: Mapping[str, Bundle], serve: Serve
) -> None:
    endpoint = serve(
        manifest(variant(bundles, "champion", 100), variant(bundles, "challenger", 0, of="broken"))
    )
    reply = endpoint.asked_as("challenger")
    assert (reply.body["version"], reply.body["fallback"]) == ("v-champion", True)
    (row,) = endpoint.log()
    assert (row.assignment, row.assigned.name, row.reason) == ("override", "challenger", "not_loaded")
    assert service_metrics([row], window_s=60) == []


def test_a_header_chooses_nothing_where_it_does_not(bundles: Mapping[str, Bundle], serve: Serve) -> None:
    variants = [variant(bundles, "champion", 100), variant(bundles, "challenger", 0)]
    endpoint = serve(manifest(*variants, settings=Settings()))
    assert endpoint.asked_as("challenger").body["version"] == "v-champion"
    path = "/v2/models/stub/versions/v-challenger"
    assert call(endpoint.port, "GET", path).status == 404


def test_a_variant_that_cannot_be_loaded_gives_its_requests_to_the_champion(
    bundles: Mapping[str, Bundle], serve: Serve
) -> None:
    endpoint = serve(
        manifest(variant(bundles, "champion", 0), variant(bundles, "challenger", 100, of="broken"))
    )
    ready = endpoint.ready()
    assert [(v["name"], v["ready"], v["error"]) for v in ready["variants"]] == [
        ("champion", True, None),
        ("challenger", False, "the stub refuses to load"),
    ]
    reply = predict(endpoint.port, {"id": 1})
    assert reply.body == {
        "model": "stub",
        "version": "v-champion",
        "predictions": [{"value": 1.0}],
        "fallback": True,
    }
    (row,) = endpoint.log()
    assert (row.assignment, row.assigned.version, row.reason) == ("fallback", "v-challenger", "not_loaded")
    assert row.answered is not None
    assert row.answered.version == "v-champion"


def test_a_challenger_that_fails_is_answered_for_then_left_alone_then_tried_again(
    bundles: Mapping[str, Bundle], serve: Serve
) -> None:
    limits = LimitsSection(breaker_failures=3, breaker_pause=1)
    settings = SETTINGS.model_copy(update={"limits": limits})
    endpoint = serve(
        manifest(variant(bundles, "champion", 0), variant(bundles, "challenger", 100), settings=settings)
    )
    # The stub crashes on such a row in both variants, so the champion's answer is an error, too.
    for _ in range(3):
        assert predict(endpoint.port, {"crash": 1}).status == 500
    assert predict(endpoint.port, {"id": 1}).body["fallback"] is True
    (_, challenger) = endpoint.ready()["variants"]
    assert (challenger["loaded"], challenger["ready"]) == (True, False)
    wait_for(lambda: predict(endpoint.port, {"id": 1}).body["version"] == "v-challenger", seconds=5)
    (_, challenger) = endpoint.ready()["variants"]
    assert challenger["ready"] is True
    reasons = [row.reason for row in endpoint.log()]
    assert reasons[:4] == ["error", "error", "error", "open"]
    assert reasons[-1] is None
    # The champion's time is not the challenger's: what was borrowed has none.
    assert {row.scoring_us for row in endpoint.log() if row.reason} == {None}


def test_without_a_fallback_the_caller_is_told(bundles: Mapping[str, Bundle], serve: Serve) -> None:
    settings = Settings(endpoint=EndpointSection(fallback=FallbackSection(to="none")))
    endpoint = serve(
        manifest(
            variant(bundles, "champion", 0),
            variant(bundles, "challenger", 100, of="broken"),
            settings=settings,
        )
    )
    reply = predict(endpoint.port, {"id": 1})
    assert (reply.status, reply.headers["retry-after"]) == (503, "1")
    (row,) = endpoint.log()
    assert (row.status, row.reason, row.value) == (503, "not_loaded", None)


def test_a_constant_answers_where_the_champion_fails(bundles: Mapping[str, Bundle], serve: Serve) -> None:
    fallback = FallbackSection(to="constant", constant=0.25)
    endpoint = serve(
        manifest(
            variant(bundles, "champion", 100),
            settings=Settings(endpoint=EndpointSection(fallback=fallback)),
        )
    )
    assert predict(endpoint.port, {"crash": 1}).body == {
        "model": "stub",
        "version": "constant",
        "predictions": [{"value": 0.25}],
        "fallback": True,
    }
    (row,) = endpoint.log()
    assert (row.assignment, row.answered, row.value) == ("fallback", None, 0.25)
    assert row.scoring_us is None


def test_requests_that_crash_the_champion_do_not_take_it_from_others(
    bundles: Mapping[str, Bundle], serve: Serve
) -> None:
    endpoint = serve(manifest(variant(bundles, "champion", 100)))
    assert {predict(endpoint.port, {"crash": 1}).status for _ in range(20)} == {500}
    assert predict(endpoint.port, {}).status == 200
    assert [v["ready"] for v in endpoint.ready()["variants"]] == [True]


def test_a_score_that_is_no_number_is_a_failure_and_no_answer(
    bundles: Mapping[str, Bundle], serve: Serve
) -> None:
    endpoint = serve(manifest(variant(bundles, "champion", 100)))
    reply = predict(endpoint.port, {"nan": 1})
    assert (reply.status, list(reply.body)) == (500, ["error"])
    (row,) = endpoint.log()
    assert (row.status, row.reason, row.value) == (500, "error", None)


def test_a_shadow_scores_beside_the_request_and_never_harms_it(
    bundles: Mapping[str, Bundle], serve: Serve
) -> None:
    endpoint = serve(manifest(variant(bundles, "champion", 100), variant(bundles, "shadow", 0)))
    assert predict(endpoint.port, {"id": 5}).body["version"] == "v-champion"
    wait_for(lambda: len(endpoint.log()) == 2)
    champion, shadow = endpoint.log()
    assert (champion.assignment, champion.value) == ("hash", 1.0)
    assert (shadow.assignment, shadow.value, shadow.key) == ("shadow", 3.0, "5")
    assert shadow.request == champion.request
    assert [row.scoring_us for row in (champion, shadow)] == [1, 1]


@pytest.mark.parametrize("how", ["crash_as", "nan_as"])
def test_what_a_shadow_fails_on_is_in_the_log_as_its_failure(
    bundles: Mapping[str, Bundle], serve: Serve, how: str
) -> None:
    endpoint = serve(manifest(variant(bundles, "champion", 100), variant(bundles, "shadow", 0)))
    assert predict(endpoint.port, {"id": 5, how: 3.0}).body["version"] == "v-champion"
    wait_for(lambda: len(endpoint.log()) == 2)
    _, shadow = endpoint.log()
    assert (shadow.assignment, shadow.assigned.version, shadow.key) == ("shadow", "v-shadow", "5")
    assert (shadow.reason, shadow.answered, shadow.value, shadow.scoring_us) == ("error", None, None, None)


def test_a_slow_shadow_is_dropped_not_waited_for(bundles: Mapping[str, Bundle], serve: Serve) -> None:
    endpoint = serve(manifest(variant(bundles, "champion", 100), variant(bundles, "shadow", 0)))
    for _ in range(2):
        assert predict(endpoint.port, [{"hold_s": 0.2}]).status == 200
    for _ in range(80):
        assert predict(endpoint.port, {}).status == 200
    assert 'flywheel_endpoint_shadow_dropped_total{variant="shadow"}' in endpoint.metrics()


def test_weights_change_under_load_without_a_failed_or_mixed_answer(
    bundles: Mapping[str, Bundle], serve: Serve, tmp_path: Path
) -> None:
    def at(weight: int, generation: int) -> EndpointManifest:
        split = [variant(bundles, "champion", 100 - weight), variant(bundles, "challenger", weight)]
        return manifest(*split, generation=generation)

    endpoint = serve(at(0, 1))
    answers: list[Reply] = []
    stop = threading.Event()

    def ask() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            answers.append(predict(endpoint.port, [{"id": number + i} for i in range(INLINE_ROWS + 2)]))

    clients = [threading.Thread(target=ask) for _ in range(2)]
    for client in clients:
        client.start()
    for generation, weight in enumerate([5, 50, 100, 0], start=2):
        write_manifest(tmp_path / "manifest.json", at(weight, generation))
        wait_for(lambda g=generation: endpoint.ready()["generation"] == g)  # type: ignore[misc]
    stop.set()
    for client in clients:
        client.join()
    assert {reply.status for reply in answers} == {200}
    values = {"v-champion": 1.0, "v-challenger": 2.0}
    for reply in answers:
        for prediction in reply.body["predictions"]:
            assert prediction["value"] == values[prediction.get("version") or reply.body["version"]]
    assert not any("fallback" in reply.body for reply in answers)
    # Every answer is in the log, each row under the variant whose value it bears.
    logged = endpoint.log()
    assert len(logged) == len(answers) * (INLINE_ROWS + 2)
    assert all(row.answered and row.value == values[row.answered.version] for row in logged)


@pytest.mark.parametrize(
    ("when", "status", "told"),
    [
        pytest.param("serve", 200, False, id="served with a flag"),
        pytest.param("refuse", 503, None, id="refused"),
    ],
)
def test_a_request_that_cannot_be_logged(
    bundles: Mapping[str, Bundle],
    serve: Serve,
    tmp_path: Path,
    when: Any,
    status: int,
    told: bool | None,
) -> None:
    settings = Settings(request_log=RequestLogSection(when_unwritable=when))
    (tmp_path / "requests").write_text("a file where the folder should be")
    endpoint = serve(manifest(variant(bundles, "champion", 100), settings=settings))
    reply = predict(endpoint.port, {})
    assert (reply.status, reply.body.get("logged")) == (status, told)
    assert "flywheel_endpoint_unlogged_total 1\n" in endpoint.metrics()


def test_requests_that_break_the_contract_are_logged_without_their_values(
    bundles: Mapping[str, Bundle], serve: Serve
) -> None:
    endpoint = serve(manifest(variant(bundles, "champion", 100)))
    assert predict(endpoint.port, {"wrong": "a secret"}).status == 422
    assert endpoint.log() == []
    (segment,) = (endpoint.folder / "requests").glob("*.open")
    assert b",422,[]" in segment.read_bytes()
    assert b"secret" not in segment.read_bytes()

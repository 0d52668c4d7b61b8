"""A process that holds one variant, whose requests something before it shares out."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from lifecycle.endpoint.access import Access
from lifecycle.endpoint.app import App
from lifecycle.endpoint.log.reading import read_log
from lifecycle.endpoint.manifest import EndpointManifest, Variant, write_manifest
from tests.fakes.running import call, predict, running, wait_for
from tests.fakes.stub_endpoint import load_stub, load_stub_tables, make_bundle

CHALLENGER = {"name": "challenger", "role": "challenger", "version": "2", "weight": 5}


def manifest(folder: Path, *, by: str = "gateway", **changes: Any) -> EndpointManifest:
    bundle = make_bundle(folder / "bundle", 2.0)
    variant = Variant.model_validate(
        {**CHALLENGER, "bundle": str(bundle.path), "digest": bundle.digest, **changes}
    )
    facts = {"model": "stub", "generation": 4, "variants": (variant,), "salt": "s", "max_batch": 9}
    return EndpointManifest.model_validate({**facts, "assigned_by": by})


@pytest.mark.parametrize(
    ("changes", "by", "how", "propensity"),
    [
        pytest.param({}, "gateway", "random", 0.05, id="its share, by chance"),
        pytest.param({}, "unsettled", "override", 1.0, id="weights move: nobody knows how probable"),
        pytest.param({"weight": 0, "mirrored": True}, "gateway", "shadow", 1.0, id="copies for a champion"),
        pytest.param({"weight": 0, "role": "shadow"}, "gateway", "shadow", 1.0, id="copies for a shadow"),
        pytest.param({"weight": 0}, "gateway", "override", 1.0, id="what should not have come"),
    ],
)
def test_whatever_comes_is_answered_and_logged_as_what_it_was(
    tmp_path: Path, changes: dict[str, Any], by: str, how: str, propensity: float
) -> None:
    write_manifest(tmp_path / "pod.json", manifest(tmp_path, by=by, **changes))
    app = App(
        tmp_path / "pod.json", load=load_stub, load_tables=load_stub_tables, poll_s=0.01, access=Access(None)
    )
    with running(app) as port:
        wait_for(lambda: call(port, "GET", "/health/ready").status == 200)
        reply = predict(port, [{"id": 7}, {"id": 8}])
        (ready,) = call(port, "GET", "/health/ready").body["variants"]
    assert (reply.status, reply.body["version"]) == (200, "2")
    assert (ready["name"], ready["weight"], ready["ready"]) == ("challenger", changes.get("weight", 5), True)
    rows = list(read_log(tmp_path / "requests"))
    assert [
        (row.key, row.assignment, row.propensity, row.assigned.version, row.generation) for row in rows
    ] == [
        ("7", how, propensity, "2", 4),
        ("8", how, propensity, "2", 4),
    ]


def test_a_process_behind_a_gateway_holds_one_variant(tmp_path: Path) -> None:
    only = manifest(tmp_path)
    with pytest.raises(ValidationError, match="holds one variant, these are 2"):
        EndpointManifest.model_validate({**dict(only), "variants": (*only.variants, *only.variants)})

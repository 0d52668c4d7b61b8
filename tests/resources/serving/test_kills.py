"""`kill -9` of an endpoint in a loop under load: no answered request is missing from the log."""

from pathlib import Path

from resources.serving.base import EndpointSpec, VariantSpec
from resources.serving.local import LocalServing
from tests.fakes.killed_endpoint import kill_in_a_loop
from tests.fakes.stub_endpoint import make_bundle

KILLS, CLIENTS = 10, 4


def test_no_answered_request_is_missing_after_kills_under_load(
    local: LocalServing, tmp_path: Path, port: int
) -> None:
    weights = {"champion": 70, "challenger": 30, "shadow": 0}
    variants = []
    for version, (role, weight) in enumerate(weights.items(), start=1):
        bundle = make_bundle(tmp_path / role, float(version))
        variants.append(
            VariantSpec(
                name=role,
                role=role,  # type: ignore[arg-type]  # variants bear the names of roles here
                version=str(version),
                bundle=bundle.path,
                bundle_digest=bundle.digest,
                weight=weight,
            )
        )
    endpoint = EndpointSpec(model="stub", variants=tuple(variants), salt="s", port=port, max_batch=10)
    bodies = [{"id": number} for number in range(200)]
    survived = kill_in_a_loop(local, endpoint, bodies, kills=KILLS, clients=CLIENTS, seed=9)
    assert survived.missing == set()
    assert len(survived.logged) == len(set(survived.logged))
    assert len(survived.acknowledged) > 50 * KILLS
    # At most what was under way at each kill was logged and not answered.
    assert len(survived.logged) - len(survived.acknowledged) <= CLIENTS * KILLS

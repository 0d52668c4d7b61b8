"""No version reaches the endpoint unless its gates passed, whoever asks and whatever happened since."""

from hashlib import sha256
from pathlib import Path

import pytest

from assets.keys import ENDPOINT, EVALUATION, MODEL
from lifecycle.registry.bundle import MANIFEST_FILE, WEIGHTS_FILE
from tests.e2e.life import LIFE, NAME, NEWEST, Life, checks_of, errors_of, started
from tests.fakes.running import call

pytestmark = pytest.mark.e2e
IMPOSSIBLE = {"evaluation.gates": [{"metric": "auc", "min": 0.99, "on": "point"}]}


def test_a_version_that_failed_its_gate_reaches_no_endpoint(tables: Life) -> None:
    tables.edit(IMPOSSIBLE)
    together = tables.run(*LIFE, partition=NEWEST)
    assert checks_of(together) == {"smoke": True, "gate_auc_min": False}
    assert not together.success
    assert started(together) == [MODEL, EVALUATION]
    (version,) = tables.versions()
    assert (version.verdict, version.aliases) == ("fail", ())

    alone = tables.run(ENDPOINT)
    assert errors_of(alone) == [
        f"lifecycle.errors.LifecycleError: no version of {NAME} passed its gates: "
        f"materialize {NAME}/evaluation and see its checks"
    ]

    tables.environment.tracking.set_alias(NAME, "challenger", version.version)
    by_hand = tables.run(ENDPOINT)
    assert errors_of(by_hand) == [
        f"lifecycle.errors.LifecycleError: version 1 of {NAME} may not be deployed: its gates say 'fail'; "
        "evaluate it again, or take its alias away"
    ]
    assert (tables.endpoints(), tables.champion()) == ([], None)


def test_a_bundle_changed_after_its_gate_is_not_deployed(live: Life) -> None:
    live.edit({"training.seed": 1})
    assert live.run(MODEL, EVALUATION, partition=NEWEST).success
    _, challenger = live.versions()
    assert challenger.aliases == ("challenger",)
    before = live.facts()
    weights = weights_of(live, challenger.bundle_digest)
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1  # its size and its form stay
    weights.write_bytes(content)

    (error,) = errors_of(live.run(ENDPOINT))
    assert error.startswith("lifecycle.registry.audit.BundleError: ")
    assert "is not what its manifest says: it was changed; make it again" in error
    assert live.facts() == before
    assert call(live.port, "GET", "/").body["version"] == "1"


def weights_of(life: Life, digest: str) -> Path:
    """The weights of a bundle where MLflow keeps them."""
    manifests = (life.home / "artifacts").rglob(MANIFEST_FILE)
    (folder,) = {path.parent for path in manifests if sha256(path.read_bytes()).hexdigest() == digest}
    return folder / WEIGHTS_FILE

"""What a model card tells of its version in the registry."""

from datetime import UTC, datetime
from pathlib import Path

from assets.approval import decide
from assets.card import recorded
from assets.semantic import MAKINGS_TAG, SEMANTIC_TAG
from assets.signing import SIGNATURE_TAG
from lifecycle.registry.signature import Signature
from tests.fakes.versions import CHALLENGER, MODEL, registry

SIGNED = Signature(key="ab12", signature="c2lnbmVk").model_dump_json()


def test_a_card_tells_version_signer_and_decision_in_words(tmp_path: Path) -> None:
    tags = {
        SEMANTIC_TAG: "1.4.0",
        SIGNATURE_TAG: SIGNED,
        MAKINGS_TAG: "{}",
        "flywheel.version": "0.1",
        "flywheel.dagster_run": "r7",
    }
    tracking = registry(tmp_path, [("2024-03", "a" * 64, "pass", CHALLENGER)], tags=tags)
    told = {
        "flywheel": "0.1",
        "semantic version": "1.4.0",
        "dagster run": "r7",
        "signature": "by key ab12",
    }
    assert recorded(tracking.version(MODEL, "1")) == told
    at = datetime(2024, 5, 1, tzinfo=UTC)
    decide(tracking, MODEL, "1", "approved", reason="looked at it", actor="ann", at=at)
    assert recorded(tracking.version(MODEL, "1")) == told | {"approval": "approved by ann: looked at it"}


def test_a_signature_that_cannot_be_read_is_called_so(tmp_path: Path) -> None:
    tracking = registry(tmp_path, [("2024-03", "a", "pass", ())], tags={SIGNATURE_TAG: "scribble"})
    assert recorded(tracking.version(MODEL, "1")) == {"signature": "unreadable"}

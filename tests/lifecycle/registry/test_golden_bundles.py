"""Every bundle format that ever was: one bundle of each must open and score for ever.

A new format adds a folder and a line here. No line and no byte of a folder is ever changed.
"""

from pathlib import Path

import pytest

from lifecycle.endpoint.scorer import Scorer
from lifecycle.registry.bundle import BUNDLE_FORMAT, open_bundle

FOLDER = Path(__file__).parents[2] / "golden" / "bundles"
ROW = {"carrier": "swift", "distance": 640.0, "sent_at": "2024-02-20T10:00:00Z"}
# Format -> digest, and the score of ROW when it was made.
FORMATS = {
    1: ("e07c7b1161f3bdc83f2048f3166f6a6da673ccbe0f6cbc7e15065cec5422ce26", 0.1789998859167099),
    2: ("d842eb4161bd135a0f561bcb9a071ded956ed5a466fd92547958040e3e0db6ea", 0.3194594085216522),
}


def test_every_format_has_a_golden_bundle() -> None:
    assert sorted(FORMATS) == list(range(1, BUNDLE_FORMAT + 1))
    assert sorted(path.name for path in FOLDER.iterdir()) == [
        f"format-{number}" for number in sorted(FORMATS)
    ]


@pytest.mark.parametrize("number", FORMATS)
def test_a_bundle_of_any_format_opens_and_scores(number: int) -> None:
    digest, score = FORMATS[number]
    scorer = Scorer.load(open_bundle(FOLDER / f"format-{number}", expect_digest=digest))
    smoke = scorer.smoke()
    assert (smoke.ok, smoke.rows) == (True, 3), smoke
    (answer,) = scorer.score([ROW])
    assert answer.probability == pytest.approx(score, abs=1e-6)

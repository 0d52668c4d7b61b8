"""Code versions, which say what an edit makes stale, and where a version comes from."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.keys import STAGES
from assets.provenance import COMMIT_VARIABLE, code_version, git_commit
from lifecycle.spec.model_spec import ModelSpec
from tests.fakes.orders import orders_spec


def versions(spec: ModelSpec) -> dict[str, str]:
    return {stage: code_version(spec, stage) for stage in STAGES}


@pytest.mark.parametrize(
    ("old", "new", "stale"),
    [
        pytest.param("amount: {", "amount: {description: paid, ", set(), id="a description"),
        pytest.param("model: {", "model: {owners: [a@b.io], ", set(), id="an owner"),
        pytest.param("max: 1000", "max: 999", {"data", "features"}, id="a rule for a column of the request"),
        pytest.param("returned: {type: bool, null_share: 1}", "returned: {type: bool, null_share: 0.9}",
                     {"data"}, id="a rule for the label"),
        pytest.param("time_zone: UTC", "time_zone: Asia/Tokyo", {"data", "features"}, id="the time zone"),
        pytest.param("amount: amount", "amount: amount * 2", {"features"}, id="a feature"),
        pytest.param("amount: amount", "amount: (amount)", {"features"}, id="the text of a feature"),
        pytest.param("evaluation:", "training: {seed: 1}\nevaluation:", {"model"}, id="a seed"),
        pytest.param("known_at: known_at}", "delay: 3d}", {"data", "features", "model"}, id="a delay"),
        pytest.param("min: 0.6}", "min: 0.7}", {"evaluation"}, id="a gate"),
        pytest.param("evaluation:", "deployment: {port: 9000}\nevaluation:", {"endpoint"}, id="a port"),
        pytest.param("evaluation:", "retrain: {schedule: '0 6 1 * *'}\nevaluation:", set(), id="a schedule"),
    ],
)  # fmt: skip  # one case a line
def test_an_edit_makes_stale_what_depends_on_it(old: str, new: str, stale: set[str]) -> None:
    before, after = versions(orders_spec()), versions(orders_spec((old, new)))
    assert {stage for stage in STAGES if before[stage] != after[stage]} == stale


@pytest.fixture
def forgotten_commit() -> Iterator[None]:
    git_commit.cache_clear()
    yield
    git_commit.cache_clear()


@pytest.mark.usefixtures("forgotten_commit")
def test_an_image_says_its_commit_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(COMMIT_VARIABLE, "abc123")
    assert git_commit() == "abc123"


@pytest.mark.usefixtures("forgotten_commit")
def test_a_checkout_says_its_commit_by_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(COMMIT_VARIABLE, raising=False)
    asked = subprocess.run(
        ["git", "rev-parse", "HEAD"], capture_output=True, text=True, cwd=Path(__file__).parent
    )
    assert git_commit() == (asked.stdout.strip() or "unknown")


@pytest.mark.usefixtures("forgotten_commit")
def test_without_git_the_commit_is_unknown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(COMMIT_VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_commit() == "unknown"

"""Which version an endpoint serves, and who is champion afterwards."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from assets.endpoint import crown, version_to_serve
from lifecycle.errors import LifecycleError
from tests.fakes.versions import CHALLENGER, CHAMPION, Line, registry

NOW = datetime(2024, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lines", "served"),
    [
        pytest.param([("03", "a", "pass", CHALLENGER)], "1", id="the challenger"),
        pytest.param([("03", "a", "pass", CHAMPION)], "1", id="else the champion"),
        pytest.param([("03", "a", "pass", CHAMPION), ("04", "b", "pass", CHALLENGER)],
                     "2", id="first the challenger"),
        pytest.param([("03", "a", "pass", CHAMPION), ("04", "b", "pass", ())],
                     "1", id="a pass appoints nobody"),
    ],
)  # fmt: skip  # one case a line or two
def test_version_to_serve(lines: list[Line], served: str, tmp_path: Path) -> None:
    assert version_to_serve(registry(tmp_path, lines), "orders").version == served


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        pytest.param([], "no version of orders passed its gates", id="an unknown model"),
        pytest.param([("03", "a", "pass", ())], "no version of orders passed its gates", id="no alias"),
        pytest.param([("03", "a", "fail", CHALLENGER)], "version 1 .* its gates say 'fail'", id="a failure"),
        pytest.param([("03", "a", None, CHALLENGER)], "its gates say 'not evaluated'", id="not judged"),
        pytest.param([("03", "a", "pass", CHAMPION), ("04", "b", "inconclusive", CHALLENGER)],
                     "version 2 .* its gates say 'inconclusive'", id="no quiet way back to the champion"),
        pytest.param([("03", "a", "not_enough_data", CHAMPION)], "its gates say 'not_enough_data'",
                     id="a champion is judged, too"),
    ],
)  # fmt: skip  # one case a line or two
def test_what_did_not_pass_is_refused(lines: list[Line], why: str, tmp_path: Path) -> None:
    with pytest.raises(LifecycleError, match=why):
        version_to_serve(registry(tmp_path, lines), "orders")


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([("03", "a", "pass", CHALLENGER)], id="the first"),
        pytest.param([("03", "a", "pass", CHAMPION)], id="the champion again"),
        pytest.param([("03", "a", "pass", ("champion", "challenger"))], id="killed between the two aliases"),
    ],
)
def test_a_crowned_version_is_champion_and_challenges_nobody(lines: list[Line], tmp_path: Path) -> None:
    tracking = registry(tmp_path, lines)
    crown(tracking, tracking.version("orders", "1"), now=NOW)
    assert tracking.version("orders", "1").aliases == ("champion",)


def test_a_crown_has_one_head(tmp_path: Path) -> None:
    tracking = registry(tmp_path, [("03", "a", "pass", CHAMPION), ("04", "b", "pass", CHALLENGER)])
    crown(tracking, tracking.version("orders", "2"), now=NOW)
    assert [version.aliases for version in tracking.versions("orders")] == [(), ("champion",)]

import os
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.evidently_report import MIN_ROWS, evidently_html
from lifecycle.evaluation.sample import Task

ATTACKS = ["<script>alert(1)</script>", "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>"]


def rows(task: Task, n: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    scores = random.random(n)
    frame = pd.DataFrame(
        {
            "distance": random.normal(1000, 300, n),
            "all_null": np.nan,
            "constant": 1.0,
            "some_null": np.where(random.random(n) < 0.5, np.nan, 2.0),
            "carrier": random.choice(["AA", "UA", *ATTACKS], n),
            "no_carrier": None,
            ATTACKS[0]: random.normal(size=n),
            "late": random.random(n) < scores,
            "score": scores,
        }
    )
    if task == "multiclass":
        frame["late"], frame["score"] = random.choice(["a", *ATTACKS], n), random.choice(["a", *ATTACKS], n)
    return frame


def page(task: Task, reference: pd.DataFrame, current: pd.DataFrame, **settings: float) -> str:
    return evidently_html(
        reference,
        current,
        task=task,
        numeric=["distance", "all_null", "constant", "some_null", ATTACKS[0]],
        categorical=["carrier", "no_carrier"],
        target="late",
        prediction="score",
        **settings,  # type: ignore[arg-type]  # whole numbers where these are asked for
    )


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.images: list[str] = []
        self.remote: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.images.append(self.get_starttag_text() or "")
        self.remote += [v for k, v in attrs if k in ("src", "href") and v and not v.startswith("data:")]

    def handle_data(self, data: str) -> None:
        if self.lasttag == "script":
            self.scripts.append(data)


@pytest.fixture(scope="module")
def binary_page() -> str:
    return page("binary", rows("binary", 400, 0), rows("binary", 300, 1))


def test_the_page_shows_quality_and_drift(binary_page: str) -> None:
    for expected in ("Classification Model Performance", "Confusion Matrix", "Drift", "distance", "carrier"):
        assert expected in binary_page
    assert "all_null" not in binary_page


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_markup_in_the_data_does_not_come_alive(task: Task, binary_page: str) -> None:
    html = binary_page if task == "binary" else page(task, rows(task, 100, 0), rows(task, 100, 1))
    tags = _Tags()
    tags.feed(html)
    assert not any(script.lstrip().startswith("alert") for script in tags.scripts)
    assert tags.images == []
    assert not any(attack in html for attack in ATTACKS)
    assert r"\u2039script\u203aalert(1)" in html  # shown as text, in look-alikes


def test_the_page_is_self_contained(binary_page: str) -> None:
    tags = _Tags()
    tags.feed(binary_page)
    assert tags.remote == []


def test_large_tables_are_sampled_by_the_seed_decided_at_the_threshold_and_left_as_they_are() -> None:
    reference, current = rows("binary", 3000, 0), rows("binary", 40, 1)
    before = reference.copy()
    html = page("binary", reference, current, threshold=0.8, max_rows=77, seed=3)
    pd.testing.assert_frame_equal(reference, before)
    assert '["number of rows", "40", "77"]' in html
    for side in (reference.sample(77, random_state=3), current):
        accuracy = ((side["score"] >= 0.8) == side["late"]).mean()
        assert f'"value": "{accuracy:.3g}", "label": "Accuracy"' in html


def test_one_class_leaves_the_quality_out_and_keeps_the_rest() -> None:
    html = page("binary", rows("binary", 40, 0), rows("binary", MIN_ROWS, 1).assign(late=0))
    assert "Classification Model Performance" not in html
    assert "distance" in html


def test_rows_that_cannot_be_compared_are_refused() -> None:
    good = rows("binary", 40, 0)
    with pytest.raises(LifecycleError, match="0 current rows, a report takes 10"):
        page("binary", good, good.head(0))
    with pytest.raises(LifecycleError, match="reference rows lack distance, carrier"):
        page("binary", good.drop(columns=["distance", "carrier"]), good)


_OFFLINE_RUN = """
import os, sys

def no_way_out(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.posix_spawn", "os.system"):
        os.write(2, f"{event} {args}".encode())
        os._exit(3)

import pandas as pd
from lifecycle.evaluation.evidently_report import evidently_html

heavy = {"evidently", "matplotlib", "sklearn"} & set(sys.modules)
assert not heavy, heavy
sys.addaudithook(no_way_out)
rows = pd.DataFrame({"x": range(20), "late": [0, 1] * 10, "score": [0.3, 0.6] * 10})
evidently_html(rows, rows, task="binary", numeric=["x"], categorical=[], target="late", prediction="score")
assert "DO_NOT_TRACK" not in os.environ
assert os.environ["ITERATIVE_DO_NOT_TRACK"] == "mine"
"""


def test_nothing_is_sent_nothing_is_started_and_the_environment_is_left_as_it_was() -> None:
    environment = {k: v for k, v in os.environ.items() if k != "DO_NOT_TRACK"} | {
        "ITERATIVE_DO_NOT_TRACK": "mine"
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _OFFLINE_RUN],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")

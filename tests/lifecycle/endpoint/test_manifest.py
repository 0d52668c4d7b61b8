import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from lifecycle.endpoint.manifest import EndpointManifest, Tables, Variant, read_manifest, write_manifest
from lifecycle.errors import LifecycleError

GOLDEN = Path(__file__).parents[2] / "golden" / "endpoint_manifest"
CHAMPION = Variant(version="3", bundle="bundles/x", digest="ab" * 32)
MANIFEST = EndpointManifest(model="flight_delay", generation=7, variants=(CHAMPION,), max_batch=1000)


def test_a_manifest_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    write_manifest(tmp_path / "manifest.json", MANIFEST)
    assert read_manifest(tmp_path / "manifest.json") == MANIFEST
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_format_1_stays_readable() -> None:
    assert read_manifest(GOLDEN / "format_1.json") == MANIFEST


def test_format_2_stays_readable() -> None:
    tables = Tables(folder="tables/t", digest="cd" * 32, plan="p", known_by=datetime(2013, 4, 1, tzinfo=UTC))
    assert read_manifest(GOLDEN / "format_2.json") == MANIFEST.model_copy(update={"tables": tables})


def test_format_3_stays_readable_as_it_was_before_there_were_fences(tmp_path: Path) -> None:
    champion = CHAMPION.model_copy(update={"weight": 95})
    challenger = Variant(
        name="challenger", role="challenger", version="4", bundle="bundles/y", digest="cd" * 32, weight=5
    )
    shadow = challenger.model_copy(update={"name": "shadow", "role": "shadow", "weight": 0})
    manifest = MANIFEST.model_copy(update={"variants": (champion, challenger, shadow), "salt": "rollout-1"})
    assert read_manifest(GOLDEN / "format_3.json") == manifest
    fenced = manifest.model_copy(update={"fence": 7})
    write_manifest(tmp_path / "manifest.json", fenced)
    assert read_manifest(tmp_path / "manifest.json") == fenced


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        pytest.param(None, "cannot be read (No such file or directory); deploy the model", id="missing"),
        pytest.param("", "is not whole JSON", id="empty"),
        pytest.param(MANIFEST.model_dump_json()[:40], "is not whole JSON", id="half written"),
        pytest.param("[" * 100_000, "is not whole JSON", id="nested too deep"),
        pytest.param("[]", "has format None, this code reads up to 3", id="not an object"),
        pytest.param('{"format": 4}', "has format 4, this code reads up to 3", id="from the future"),
        pytest.param('{"format": 1}', "model: Field required", id="fields missing"),
        pytest.param(
            MANIFEST.model_dump_json().replace(":7,", ":-7,"),
            "generation: Input should be greater than or equal to 1, found -7",
            id="generation below one",
        ),
        pytest.param(MANIFEST.model_dump_json().replace("abab", "zzzz"), "variants.0.digest", id="no digest"),
    ],
)
def test_a_manifest_that_cannot_be_obeyed_says_why(tmp_path: Path, content: str | None, fact: str) -> None:
    path = tmp_path / "manifest.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(LifecycleError, match=re.escape(fact)):
        read_manifest(path)


@pytest.mark.parametrize(
    ("variants", "fact"),
    [
        pytest.param((), "add up to 100", id="nobody answers"),
        pytest.param(
            (CHAMPION.model_copy(update={"weight": 40}),), "add up to 100", id="some requests go nowhere"
        ),
        pytest.param((CHAMPION, CHAMPION), "share a name", id="one name twice"),
    ],
)
def test_all_requests_go_to_exactly_one_variant(variants: tuple[Variant, ...], fact: str) -> None:
    with pytest.raises(ValidationError, match=fact):
        EndpointManifest(model="m", generation=1, variants=variants, max_batch=1)


def test_a_write_that_fails_leaves_the_manifest_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "manifest.json"
    write_manifest(path, MANIFEST)

    def full_disk(_: int) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_manifest(path, MANIFEST.model_copy(update={"generation": 8}))
    assert read_manifest(path) == MANIFEST
    assert [file.name for file in tmp_path.iterdir()] == ["manifest.json"]

"""An endpoint whose bundles hold a constant in the place of a model: the real server, without xgboost.

`python -m tests.fakes.stub_endpoint` takes the options of `python -m lifecycle.endpoint`.
"""

import json
import math
import os
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from unittest.mock import patch

import lifecycle.endpoint.__main__ as endpoint
from lifecycle.endpoint.app import App
from lifecycle.endpoint.loading import Loaded
from lifecycle.endpoint.manifest import EndpointManifest, Tables, Variant
from lifecycle.endpoint.scorer import RowsError, Score, Scored
from lifecycle.errors import LifecycleError
from lifecycle.features.request import RowProblem
from lifecycle.registry.bundle import Bundle, BundleManifest, open_bundle, seal_bundle
from lifecycle.registry.tables import SealedTables, TablesManifest, open_tables, seal_tables
from lifecycle.spec.columns import Column

STUB_FILE = "stub.json"
FINE = "fine"


KNOWN_BY = datetime(2013, 4, 1, tzinfo=UTC)
"""When the lookups of a stub bundle end."""


def make_tables(folder: Path, value: float, *, plan: str = "", known_by: datetime = KNOWN_BY) -> SealedTables:
    """Sealed tables that turn the answer of a stub bundle into `value`."""
    folder.mkdir(parents=True)
    (folder / STUB_FILE).write_text(f'{{"value": {value}}}')
    return seal_tables(folder, TablesManifest(model="stub", plan_fingerprint=plan, known_by=known_by))


def make_bundle(folder: Path, value: float, *, fault: str = FINE, sensitive: bool = False) -> Bundle:
    """A sealed bundle that answers every row with `value`.

    Args:
        folder: where to make it.
        value: the answer.
        fault: what happens while it loads: `fine`, `broken` (an error) or `deadly` (the process ends).
        sensitive: its entity may not be shown.
    """
    folder.mkdir(parents=True)
    (folder / STUB_FILE).write_text(f'{{"value": {value}, "fault": "{fault}"}}')
    return seal_bundle(
        folder,
        BundleManifest(
            model="stub",
            task="regression",
            trainer="stub",
            as_of="2013-03",
            cut_off=KNOWN_BY,
            validation_start=KNOWN_BY,
            holdout_start=KNOWN_BY,
            classes=(),
            threshold=None,
            entity="id",
            event_time="at",
            request={"id": Column(type="string", sensitive=True)} if sensitive else {},
            required=(),
            spec_fingerprint="",
            plan_fingerprint="",
            data_versions={},
            versions={},
        ),
    )


def manifest_of(
    bundle: Bundle, version: str, *, generation: int = 1, max_batch: int = 100
) -> EndpointManifest:
    """A manifest that names a bundle where it is."""
    champion = Variant(version=version, bundle=str(bundle.path), digest=bundle.digest)
    return EndpointManifest(model="stub", generation=generation, variants=(champion,), max_batch=max_batch)


def with_tables(manifest: EndpointManifest, sealed: SealedTables) -> EndpointManifest:
    """A manifest that names tables where they are, too."""
    facts = sealed.manifest
    tables = Tables(
        folder=str(sealed.path), digest=sealed.digest, plan=facts.plan_fingerprint, known_by=facts.known_by
    )
    return manifest.model_copy(update={"tables": tables})


class StubScorer:
    """Answers a constant. A row steers it: `wrong`, `crash`, `nan`, and `hold_s` seconds of waiting.

    `crash_as` and `nan_as` are for the one version that answers that constant.
    """

    def __init__(self, value: float) -> None:
        self.value = value
        self.threads: list[str] = []

    def answer(self, rows: Sequence[Mapping[str, object]]) -> Scored:
        self.threads.append(threading.current_thread().name)
        problems = [
            RowProblem(row=index, field="wrong", found=repr(row["wrong"]), allowed="nothing")
            for index, row in enumerate(rows)
            if "wrong" in row
        ]
        if problems:
            raise RowsError(problems)
        for row in rows:
            if "crash" in row or row.get("crash_as") == self.value:
                raise ZeroDivisionError("a secret of the inner workings")
            if "hold_s" in row:
                time.sleep(float(str(row["hold_s"])))
        scores = [Score(value=math.nan if self._is_nan(row) else self.value) for row in rows]
        return Scored(scores=scores, features={"id": [row.get("id") for row in rows]}, scoring_us=1)  # type: ignore[misc]

    def _is_nan(self, row: Mapping[str, object]) -> bool:
        return "nan" in row or row.get("nan_as") == self.value


def load_stub(path: Path, digest: str) -> Loaded:
    """Load what `make_bundle` made."""
    bundle = open_bundle(path, expect_digest=digest)
    stub = bundle.read_json(STUB_FILE)
    if stub["fault"] == "broken":
        raise LifecycleError("the stub refuses to load")
    if stub["fault"] == "deadly":
        print("the stub ends its process", file=sys.stderr, flush=True)
        os._exit(3)
    return Loaded(
        scorer=StubScorer(stub["value"]),
        description={"example": {"id": 1}},
        plan=bundle.manifest.plan_fingerprint,
        known_by=bundle.manifest.cut_off,
        manifest=bundle.manifest,
        features=(("id", "int"),),
    )


def load_stub_tables(bundle: Loaded, path: Path, digest: str) -> Loaded:
    """Load what `make_tables` made; a value below zero is refused."""
    tables = open_tables(path, expect_digest=digest)
    value = json.loads((path / STUB_FILE).read_bytes())["value"]
    if value < 0:
        raise LifecycleError("the stub refuses the tables")
    return replace(bundle, scorer=StubScorer(value), known_by=tables.manifest.known_by)


def stub_command(manifest: Path, port: int) -> list[str]:
    """What takes the place of `resources.serving.process.endpoint_command`."""
    module = [sys.executable, "-P", "-m", "tests.fakes.stub_endpoint"]
    return [*module, "--manifest", str(manifest), "--port", str(port)]


if __name__ == "__main__":
    stub = partial(App, load=load_stub, load_tables=load_stub_tables, poll_s=0.05)
    with patch.object(endpoint, "App", stub):
        endpoint.main()

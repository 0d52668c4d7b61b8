"""From an audited folder to a model in memory that answers requests."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol, cast

from lifecycle.endpoint.scorer import Scored, Scorer
from lifecycle.errors import LifecycleError
from lifecycle.features.expression import Kind
from lifecycle.features.online_tables import load_online_tables
from lifecycle.features.shown import shown_features
from lifecycle.registry.bundle import BundleManifest, open_bundle
from lifecycle.registry.onnx_predictor import TWINNED
from lifecycle.registry.signature import VERIFY_KEY, key_file
from lifecycle.registry.tables import open_tables
from lifecycle.spec.hidden import without_sensitive

log = logging.getLogger(__name__)


class RowScorer(Protocol):
    """A loaded model. It is called from several threads: small requests inline, others beside."""

    def answer(self, rows: Sequence[Mapping[str, object]]) -> Scored:
        """One score a row, in order, with its features; RowsError names every problem of every row."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """One bundle in memory."""

    scorer: RowScorer
    description: Mapping[str, object]
    """What a request may hold, with an example: the model's part of the answer to `GET /`."""
    plan: str
    """Fingerprint of its feature plan: tables for another one do not fit it."""
    known_by: datetime
    """What became known later is in none of its lookups and histories."""
    manifest: BundleManifest
    """What the bundle says of itself: the columns of a request, the classes, the entity."""
    features: tuple[tuple[str, Kind], ...]
    """Name and kind of the features that the request log may keep."""


Load = Callable[[Path, str], Loaded]
"""From the folder of a bundle and its digest."""
LoadTables = Callable[[Loaded, Path, str], Loaded]
"""The same model with the tables of a folder that has this digest."""


def load_bundle(path: Path, digest: str) -> Loaded:
    """Audit a bundle, build its scorer and score the golden rows, which also warms it up.

    Raises:
        LifecycleError: the bundle is not what its digest says, is not signed where it must be, or scores its
            golden rows differently here.
    """
    scorer = Scorer.load(open_bundle(path, expect_digest=digest, verify_key=key_file(VERIFY_KEY)))
    smoke = scorer.smoke()
    if not smoke.ok:
        features = ", ".join(smoke.differing_features[:5]) or "none"
        raise LifecycleError(
            f"bundle {digest[:12]} does not score its {smoke.rows} golden rows as at training: scores differ "
            f"by up to {smoke.max_difference:g}, differing features: {features}; serve it with the library "
            "versions it was trained with, or train again"
        )
    if scorer.without_twin is not None and (scorer.manifest.predictor or scorer.manifest.trainer) in TWINNED:
        log.warning(
            "bundle %s: single rows are scored by %s: %s",
            digest[:12],
            scorer.manifest.trainer,
            scorer.without_twin,
        )
    return Loaded(
        scorer=scorer,
        description=describe(scorer),
        plan=scorer.plan.fingerprint,
        known_by=scorer.manifest.cut_off,
        manifest=scorer.manifest,
        features=shown_features(scorer.plan),
    )


def load_tables(bundle: Loaded, path: Path, digest: str) -> Loaded:
    """Audit tables and put them in the place of those that the bundle ships.

    Raises:
        LifecycleError: the tables are not what their digest says, or lack one that the plan reads.
    """
    tables = open_tables(path, expect_digest=digest)
    scorer = cast(Scorer, bundle.scorer)  # loaded by `load_bundle`
    online = load_online_tables(tables, scorer.plan)
    return replace(bundle, scorer=scorer.with_tables(online), known_by=tables.manifest.known_by)


def describe(scorer: Scorer) -> Mapping[str, object]:
    """What a request row may hold, with a row that is known to score."""
    manifest = scorer.manifest
    columns = [
        {
            "name": name,
            "required": name in manifest.required,
            **column.model_dump(
                mode="json", include={"type", "description", "min", "max", "allowed"}, exclude_defaults=True
            ),
        }
        for name, column in manifest.request.items()
    ]
    return {
        "task": manifest.task,
        "as_of": manifest.as_of,
        "classes": list(manifest.classes),
        "columns": columns,
        "example": without_sensitive(scorer.golden[0]["request"], manifest.request),
        "single_rows": "onnx" if scorer.without_twin is None else manifest.trainer,
        **({"without_twin": scorer.without_twin} if scorer.without_twin is not None else {}),
    }

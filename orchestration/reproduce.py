"""`flywheel reproduce`: make a version again from its record, aside, and say whether it is the same.

Snapshots are found by content, so newer ones do not matter; spec, seed and lookups are those of the record.
Code and libraries are today's: where they are not those of the record, that is said.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from assets.history import recent_history
from assets.keys import DATA, FEATURES
from assets.partitions import partitions_of, window_of
from assets.provenance import code_facts
from assets.sealing import sealed_bundle
from assets.training import training_job
from lifecycle.errors import LifecycleError
from lifecycle.features.build import build_plan
from lifecycle.features.online_tables import KnownBy, lookup_file
from lifecycle.features.plan import FeaturePlan
from lifecycle.registry.bundle import Bundle, open_bundle
from lifecycle.registry.comparison import BundleComparison, compare_bundles
from lifecycle.registry.made_from import MadeFrom
from lifecycle.spec.making import Change, making_of, spec_changes, spec_of, with_machine_of
from lifecycle.spec.model_spec import ModelSpec
from orchestration.environments import Environment
from resources.tracking.base import ModelVersion
from resources.warehouse.base import TableRef, Warehouse

Outcome = Literal["same", "differs", "not_made"]
Tell = Callable[[str], None]
_UNKNOWN = "not on record"
_LIBRARIES = "flywheel.libraries"
# Facts of an occasion. Only the last two can change a bundle: a commit may change a page of the manual.
_OCCASION = ("flywheel.commit", "flywheel.tree", "flywheel.version", "flywheel.code")
_MAKERS = ("code", "library", "feature plan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduction:
    """Everything that was found on the way."""

    version: ModelVersion
    occasion: tuple[Change, ...] = ()
    """Commit, code, libraries and plan that are others today."""
    spec: tuple[Change, ...] = ()
    """What today's spec says otherwise; the recorded one was used."""
    newer: tuple[str, ...] = ()
    """Tables of which other content was published since; the recorded one was used."""
    problems: tuple[str, ...] = ()
    """Why it could not be made again."""
    tables: int = 0
    """Feature tables that were computed again."""
    other_tables: tuple[str, ...] = ()
    """Those that did not come out with the recorded content."""
    bundle: BundleComparison | None = None
    """None where it was not made."""


def decide_outcome(found: Reproduction) -> Outcome:
    """Whether the version was made again, and is the same: what was not made is never the same."""
    if found.problems or found.bundle is None:
        return "not_made"
    return "same" if found.bundle.same else "differs"


def reasons(found: Reproduction) -> list[str]:
    """Why another bundle came out, as far as the record tells."""
    why = [f"{', '.join(found.other_tables)} came out otherwise"] if found.other_tables else []
    why += [str(change) for change in found.occasion if change.what.startswith(_MAKERS)]
    return why or [
        "nothing that is on record: this training does not repeat itself on this machine (threads, "
        "processor), or a file beside the snapshots was changed"
    ]


def report(found: Reproduction) -> Iterator[str]:
    """What people are told, line by line."""
    for title, lines in [
        ("today differs from the record", found.occasion),
        ("the spec was changed since; the recorded one is used", found.spec),
        ("published anew since; the recorded content is used", found.newer),
        ("it cannot be made again", found.problems),
    ]:
        if lines:
            yield f"{title}:"
            yield from (f"  {line}" for line in lines)
    compared = found.bundle
    if compared is not None:
        good = found.tables - len(found.other_tables)
        yield f"features: {good} of {found.tables} tables came out with the recorded content"
        if not compared.same:
            yield f"files that differ: {', '.join(compared.files) or 'none'}"
            yield f"facts that differ: {', '.join(compared.facts) or 'none'}"
            told = "unknown: they are other rows" if compared.golden is None else f"{compared.golden:.3g}"
            yield f"largest difference of a golden score: {told}"
    yield _verdict(found)


def occasion_changes(recorded: Mapping[str, str], now: Mapping[str, str]) -> list[Change]:
    """Commit, tree, release, code and libraries that are not those of the record."""
    pairs = [
        (name.removeprefix("flywheel."), recorded.get(name, _UNKNOWN), now[name])
        for name in _OCCASION
        if name in now
    ]
    were, are = (json.loads(facts.get(_LIBRARIES, "{}")) for facts in (recorded, now))
    pairs += [
        (f"library {name}", were.get(name, _UNKNOWN), are.get(name, "not installed"))
        for name in sorted({*were, *are})
    ]
    return [Change(what=what, was=was, now=is_now) for what, was, is_now in pairs if was != is_now]


def reproduce(
    environment: Environment, version: ModelVersion, today: ModelSpec | None, *, tell: Tell
) -> Reproduction:
    """Make a version again in a scratch folder; registry, lake and endpoint stay as they are.

    Args:
        environment: where its bundle and snapshots are.
        version: what to make again.
        today: the spec as it is now, to be compared; None where there is none any more.
        tell: told of progress.

    Raises:
        LifecycleError: its bundle is not what was registered, or is of a release that kept no record.
    """
    with TemporaryDirectory(prefix="flywheel-reproduce-") as scratch:
        fetched = environment.tracking.fetch_bundle(version.model, version.version, Path(scratch, "recorded"))
        bundle = open_bundle(fetched, expect_digest=version.bundle_digest)
        made = _record(version, bundle)
        spec = spec_of(made.making)
        if today is not None:
            spec = with_machine_of(spec, today)
        plan = build_plan(spec)
        facts: dict[str, Any] = {
            "version": version,
            "occasion": tuple(_occasion(version, bundle, plan)),
            "spec": tuple(spec_changes(made.making, making_of(today))) if today else (),
            "newer": tuple(_published_since(environment.warehouse, version.model, bundle, made)),
        }
        snapshots, problems = _snapshots(environment.warehouse, spec, made)
        if problems:
            return Reproduction(**facts, problems=problems)
        aside = environment.warehouse.aside(Path(scratch, "lake"))
        sources = _with_lookups_of(spec, bundle)
        tell(f"computing the features of {len(snapshots)} partitions again")
        tables = [
            aside.build_features(plan, sources, own, partition, past)
            for partition, (own, *past) in snapshots.items()
        ]
        kept = {table.partition: table for found in snapshots.values() for table in found}
        again = _train_again(environment, Path(scratch), spec, sources, aside, tables, kept, bundle, tell)
        recorded = bundle.manifest.data_versions
        return Reproduction(
            **facts,
            tables=len(tables),
            other_tables=tuple(t.name for t in tables if t.content_hash != recorded[t.partition]),
            bundle=compare_bundles(bundle, again),
        )


def _train_again(
    environment: Environment,
    scratch: Path,
    spec: ModelSpec,
    sources: ModelSpec,
    warehouse: Warehouse,
    tables: Sequence[TableRef],
    snapshots: Mapping[str, TableRef],
    recorded: Bundle,
    tell: Tell,
) -> Bundle:
    """The bundle of the same job on the rebuilt tables; it is sealed and registered nowhere."""
    as_of, plan = recorded.manifest.as_of, build_plan(spec)
    files = [warehouse.parquet(table) for table in tables]
    window = window_of(partitions_of(spec), as_of)
    job = training_job(spec, plan, tables, as_of=as_of, window=window, files=files)
    tell(f"training {spec.name} as of {as_of} again")
    done = environment.compute.aside(scratch / "jobs").train(job, "again", progress=tell)
    lookups = {
        name: warehouse.lookup_rows(sources, name, known_by=job.cut_off) for name in spec.features.lookups
    }
    partitions, snapshot_of = partitions_of(spec), snapshots.__getitem__
    recent = recent_history(spec, plan, warehouse, partitions, KnownBy.at(job.cut_off), snapshot_of)
    return sealed_bundle(spec, plan, warehouse, tables, job, done, lookups, recent, snapshot_of)


def _record(version: ModelVersion, bundle: Bundle) -> MadeFrom:
    made = bundle.manifest.made_from
    if made is None:
        raise LifecycleError(
            f"version {version.version} of {version.model} has no record of what it was made from: it is of "
            "an earlier release; materialize the model again to have one that has"
        )
    return made


def _occasion(version: ModelVersion, bundle: Bundle, plan: FeaturePlan) -> Iterator[Change]:
    yield from occasion_changes(version.tags, code_facts())
    if plan.fingerprint != bundle.manifest.plan_fingerprint:
        yield Change(what="feature plan", was=bundle.manifest.plan_fingerprint, now=plan.fingerprint)


def _published_since(warehouse: Warehouse, model: str, bundle: Bundle, made: MadeFrom) -> Iterator[str]:
    wanted = [*made.tables(), *((f"{FEATURES}/{p}", d) for p, d in bundle.manifest.data_versions.items())]
    for name, digest in wanted:
        stage, _, partition = name.partition("/")
        table = warehouse.published(model, stage, partition)
        if table is not None and table.content_hash != digest:
            yield f"{name} (recorded {digest[:12]}, newest {table.content_hash[:12]})"


def _snapshots(
    warehouse: Warehouse, spec: ModelSpec, made: MadeFrom
) -> tuple[dict[str, tuple[TableRef, ...]], tuple[str, ...]]:
    """Partition -> the snapshot that its features are computed from, then those of earlier partitions that
    they look back on; and what is wrong with those that cannot be had.
    """
    found: dict[str, tuple[TableRef, ...]] = {}
    problems = [f"the record does not say what features/{p} was made from" for p in made.unknown]
    partitions = partitions_of(spec)
    for partition, tables in made.features.items():
        for name, digest in tables.items():
            stage, _, key = name.partition("/")
            try:
                table = warehouse.find(spec.name, stage, key, window_of(partitions, key), digest)
            except LifecycleError as exc:
                problems.append(str(exc))
                continue
            if table is None:
                problems.append(f"{spec.name}/{name} with content {digest[:12]} is not kept any more")
            elif name == f"{DATA}/{partition}":
                found[partition] = (table, *found.get(partition, ()))
            else:
                found[partition] = (*found.get(partition, ()), table)
    oldest_first = dict(sorted(found.items(), key=lambda item: item[1][0].window.start))
    return oldest_first, tuple(dict.fromkeys(problems))


def _with_lookups_of(spec: ModelSpec, bundle: Bundle) -> ModelSpec:
    """The spec with the bundle's lookups in the place of their sources, which may have changed since."""
    lookups = {
        name: lookup.model_copy(update={"table": str(bundle.file(lookup_file(name)))})
        for name, lookup in spec.features.lookups.items()
    }
    return spec.model_copy(update={"features": spec.features.model_copy(update={"lookups": lookups})})


def _verdict(found: Reproduction) -> str:
    what = f"version {found.version.version} of {found.version.model}"
    outcome, compared = decide_outcome(found), found.bundle
    if outcome == "not_made" or compared is None:
        return f"NOT MADE: {what} cannot be made again"
    if outcome == "same":
        return f"REPRODUCED: {what} came out the same, digest {compared.again}"
    return (
        f"NOT REPRODUCED: {what} has digest {compared.recorded[:12]}, now {compared.again[:12]}; "
        f"differs because: {'; '.join(reasons(found))}"
    )

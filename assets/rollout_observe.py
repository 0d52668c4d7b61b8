"""What a tick is told: the endpoint, the registry, commands of people, and the measurements that are due."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from assets.approval import approval_of, is_rejected
from assets.endpoint import audited_bundle
from assets.rollout_ports import RolloutPorts
from assets.verdicts import judged_problem
from lifecycle.endpoint.scorer import Scorer
from lifecycle.errors import LifecycleError
from lifecycle.rollout import tick
from lifecycle.rollout.commands import Command
from lifecycle.rollout.measuring import unmeasured
from lifecycle.rollout.observations import (
    Backend,
    Candidate,
    Measurement,
    Observations,
    Replay,
    VariantState,
    measurement,
)
from lifecycle.rollout.plan import SMOKE
from lifecycle.rollout.questions import Question, questions_of
from lifecycle.rollout.record import RolloutRecord
from lifecycle.spec.fingerprint import fingerprint
from lifecycle.spec.model_spec import ModelSpec
from resources.serving.base import Serving
from resources.tracking.base import ModelVersion, Tracking

_NO_INTERVAL = 0.5
"""A smoke test is no sample; the error rate of its answer means nothing."""


def observe(
    spec: ModelSpec,
    ports: RolloutPorts,
    record: RolloutRecord,
    *,
    now: datetime,
    replay: Replay | None = None,
) -> Observations:
    """All that the next tick of a rollout is told.

    An endpoint or a registry that cannot be read is told as such, and what is measured is not asked then.

    Args:
        replay: what this look replayed.

    Raises:
        LifecycleError: commands cannot be read.
    """
    backend, (candidate, version) = backend_of(ports.serving, spec.name), _candidate(ports.tracking, record)
    aliases = _aliases(ports.tracking, spec.name) if version else (None, None)
    if aliases is None:
        candidate, aliases = None, (None, None)
    commands = [*ports.store.commands(spec.name), *_approvals(version)]
    return Observations(
        backend=backend,
        candidate=candidate,
        champion_alias=aliases[0],
        challenger_alias=aliases[1],
        measurements=tuple(_measured(spec, ports, record, version, now=now)),
        commands=tuple(commands),
        replay=replay,
        code=_code(),
    )


def backend_of(serving: Serving, model: str) -> Backend:
    """The endpoint, read back. Nothing that runs: no variants. Silence: a problem, and nothing is known."""
    try:
        state = serving.state(model)
    except LifecycleError as exc:
        return Backend(problem=str(exc)[:500])
    if state is None or state.gone:
        return Backend()
    if not state.variants:
        return Backend(problem=state.detail[:500])
    return Backend(
        variants=tuple(
            VariantState(
                version=variant.version,
                digest=variant.bundle_digest,
                weight=variant.weight,
                ready=variant.ready,
                mirrored=variant.mirrored,
            )
            for variant in state.variants
        ),
        can_mirror=state.can_mirror,
    )


def _candidate(tracking: Tracking, record: RolloutRecord) -> tuple[Candidate | None, ModelVersion | None]:
    try:
        version = tracking.version(record.model, record.challenger.version)
    except LifecycleError:
        return None, None
    gates = version.verdict
    if gates == "pass" and (judged_problem(version) is not None or is_rejected(version)):
        gates = "fail"
    return Candidate(version=version.version, digest=version.bundle_digest, gates=gates), version


def _aliases(tracking: Tracking, model: str) -> tuple[str | None, str | None] | None:
    """Versions that are champion and challenger; None: they cannot be read."""
    try:
        champion, challenger = (tracking.holder(model, "champion"), tracking.holder(model, "challenger"))
    except LifecycleError:
        return None
    return champion.version if champion else None, challenger.version if challenger else None


def _approvals(version: ModelVersion | None) -> Iterator[Command]:
    """An approval in the registry is one of the rollout, too, if it is of these very bytes."""
    approval = approval_of(version) if version else None
    if version and approval and approval.decision == "approved" and approval.digest == version.bundle_digest:
        yield Command(
            # What was said once is heard once, however often the registry is read.
            id=f"registry-approval-{approval.digest[:12]}-{approval.at:%Y%m%dT%H%M%S}",
            kind="approve",
            version=version.version,
            actor=approval.actor,
            reason=approval.reason,
            at=approval.at,
        )


def _measured(
    spec: ModelSpec,
    ports: RolloutPorts,
    record: RolloutRecord,
    version: ModelVersion | None,
    *,
    now: datetime,
) -> Iterator[Measurement]:
    asked = questions_of(record, now=now)
    for question in asked:
        if question.check.name == SMOKE:
            yield _smoke(spec, ports.tracking, version, question, now=now)
    others: Sequence[Question] = [question for question in asked if question.check.name != SMOKE]
    if others:
        yield from ports.measure(record, others, now)


def _smoke(
    spec: ModelSpec, tracking: Tracking, version: ModelVersion | None, question: Question, *, now: datetime
) -> Measurement:
    """0 where the bundle gives the scores of training, row by row within the endpoint's time-out; else 1."""
    if version is None:
        return unmeasured(question, "the registry cannot be read", now=now)
    with TemporaryDirectory() as folder:
        try:
            fetched = tracking.fetch_bundle(version.model, version.version, Path(folder))
        except LifecycleError as exc:
            return unmeasured(question, str(exc), now=now)
        try:
            smoke = Scorer.load(audited_bundle(version, fetched)).smoke()
            good = smoke.ok and smoke.milliseconds <= 1000 * spec.deployment.limits.timeout
        except LifecycleError:
            good = False  # not the bytes that were judged, not signed, or not loadable: a verdict, no outage
    value = 0.0 if good else 1.0
    return measurement(
        question.check.name,
        started_at=question.since,
        ended_at=now,
        value=value,
        low=value,
        high=value,
        alpha=_NO_INTERVAL,
        n_champion=0,
        n_challenger=smoke.rows if good else 0,
    )


@lru_cache(maxsize=1)
def _code() -> str:
    """Fingerprint of the code that decides, kept with each decision."""
    root = Path(tick.__file__).parent
    sources = {path.relative_to(root).as_posix(): path for path in sorted(root.glob("**/*.py"))}
    return fingerprint({name: path.read_text(encoding="utf-8") for name, path in sources.items()})

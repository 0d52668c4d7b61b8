"""Rounds of boosting: from a checkpoint or from the beginning, to the same trees.

Several processes draw rows by (seed, round), so that a round need not know what was drawn before. Columns
are drawn by a sampler that lives in the booster: so each of them takes a fresh booster after every so many
rounds, killed or not, and goes on from there only. One process alone draws on and on, as it always has:
where chance plays a part it begins anew.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lifecycle.training.checkpoint import Checkpoint, Checkpoints, pack, unpack
from lifecycle.training.job import TrainingJob
from lifecycle.training.preemption import PreemptedError, heeded
from lifecycle.training.ranks import Ranks
from lifecycle.training.site import Site
from lifecycle.training.trainer import Progress

COLUMNS = ("colsample_bytree", "colsample_bylevel", "colsample_bynode")
CHANCE = ("subsample", *COLUMNS)
MODEL = "booster"
RENEWED = 50
"""Rounds that a booster draws columns for. A fresh one predicts all rows once: some seconds on many."""
Curves = Mapping[str, Mapping[str, Sequence[float]]]
"""Part -> metric -> its value after each round."""


@dataclass(slots=True)
class Grown:
    """A booster, with what was seen while it grew."""

    booster: Any
    curves: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    resumed: int = 0


def can_go_on(job: TrainingJob, ranks: Ranks) -> bool:
    """Whether a fit that was killed ends with the same trees when it goes on.

    >>> job = TrainingJob.model_construct(parameters={"subsample": 0.8})
    >>> can_go_on(job, Ranks()), can_go_on(job, Ranks(size=2))
    (False, True)
    """
    trees = job.parameters.get("booster", "gbtree") == "gbtree"
    return trees and (ranks.size > 1 or not _draws(job, CHANCE))


def _draws(job: TrainingJob, names: Sequence[str]) -> bool:
    return any(job.parameters.get(name, 1) != 1 for name in names)


def grow(
    job: TrainingJob,
    settings: Mapping[str, Any],
    train: Any,
    tune: Any,
    *,
    metric: str,
    site: Site,
    progress: Progress,
) -> Grown:
    """Boost until the validation rows say that it is enough.

    Args:
        job: what is fit.
        settings: what xgboost is told.
        train: rows to grow trees on.
        tune: rows to stop by.
        metric: that is stopped by.
        site: which process this is, and where it keeps where it stands.
        progress: told of some rounds.

    Raises:
        PreemptedError: it was asked to end, and kept where it stands.
    """
    import xgboost
    from xgboost.callback import CallbackContainer

    kept = site.checkpoints if can_go_on(job, site.ranks) else None
    found = None if kept is None else _shared(kept, site.ranks)
    grown = Grown(booster=None)
    if found is not None:
        grown.curves = {
            part: {m: list(v) for m, v in one.items()} for part, one in found.facts["curves"].items()
        }
        grown.resumed = found.facts["resumed"] + 1
        progress(f"goes on after round {found.step - 1}")
    start = 0 if found is None else found.step
    renews = site.ranks.size > 1 and _draws(job, COLUMNS)

    def booster_of(content: bytes | None) -> Any:
        given = None if content is None else bytearray(content)
        return xgboost.Booster(dict(settings), [train, tune], model_file=given)

    grown.booster = booster_of(None if found is None else found.tensors[MODEL].tobytes())
    stopping = _stopping(job, metric, grown.curves)
    container: Any = CallbackContainer([stopping])
    container.history.update(grown.curves)
    grown.booster = container.before_training(grown.booster)
    with _asked(kept, site.ranks) as asked:
        keeping_s = time.monotonic()
        for number in range(start, job.rounds):
            grown.booster.update(train, iteration=number)
            parts = [(train, "fit"), (tune, "validation")]
            over = container.after_iteration(grown.booster, number - start, train, parts)
            grown.curves = {part: dict(one) for part, one in container.history.items()}
            if number % 25 == 0:
                progress(f"round {number}: validation {metric} {grown.curves['validation'][metric][-1]:.5f}")
            if over:
                break
            whole = not renews or (number + 1) % RENEWED == 0
            if renews and whole:
                grown.booster = booster_of(bytes(grown.booster.save_raw("ubj")))
            if kept is None:
                continue
            ends = asked()
            if (
                whole
                and site.ranks.first
                and (ends or time.monotonic() - keeping_s >= job.checkpoint_every_s)
            ):
                _save(kept, number + 1, grown)
                keeping_s = time.monotonic()
            if ends:
                raise PreemptedError(
                    f"training {job.model} was asked to end after round {number}: the same job goes on from "
                    "its checkpoint"
                )
    grown.booster = container.after_training(grown.booster).reset()
    return grown


def _stopping(job: TrainingJob, metric: str, curves: Curves) -> Any:
    """What ends the fit, as if it had seen all rounds so far."""
    from xgboost.callback import EarlyStopping

    stopping = EarlyStopping(rounds=job.early_stopping_rounds, maximize=False)
    if curves:
        scores = list(curves["validation"][metric])
        best = scores.index(min(scores))
        stopping.stopping_history = {"validation": {metric: scores}}
        stopping.best_scores = {"validation": {metric: [scores[best]]}}
        stopping.current_rounds = len(scores) - 1 - best
    return stopping


def _save(checkpoints: Checkpoints, rounds: int, grown: Grown) -> None:
    content = np.frombuffer(bytes(grown.booster.save_raw("ubj")), dtype=np.uint8)
    facts = {"curves": grown.curves, "resumed": grown.resumed}
    checkpoints.save(rounds, {MODEL: content}, facts)


def _shared(checkpoints: Checkpoints, ranks: Ranks) -> Checkpoint | None:
    """The newest checkpoint, which rank 0 reads for all: others may not see its disk."""
    found = checkpoints.newest() if ranks.first else None
    if ranks.size == 1:
        return found
    content = _sent(b"" if found is None else pack(checkpoints.job, found))
    return unpack(checkpoints.job, content) if content else None


def _sent(content: bytes) -> bytes:
    """The bytes of rank 0, the others' being empty: summed, for what xgboost broadcasts it pickles."""
    from xgboost.collective import Op, allreduce

    length = int(allreduce(np.array([len(content)], dtype=np.int64), Op.SUM)[0])
    told = np.zeros(length, dtype=np.uint8)
    told[: len(content)] = np.frombuffer(content, dtype=np.uint8)
    return bytes(allreduce(told, Op.SUM).tobytes()) if length else b""


@contextmanager
def _asked(checkpoints: Checkpoints | None, ranks: Ranks) -> Iterator[Callable[[], bool]]:
    """Whether any process was asked to end; all of them hear the same answer."""
    never: AbstractContextManager[Callable[[], bool]] = nullcontext(lambda: False)
    with never if checkpoints is None else heeded() as stop:

        def anybody() -> bool:
            if ranks.size == 1:
                return stop()
            from xgboost.collective import Op, allreduce

            return bool(allreduce(np.array([int(stop())], dtype=np.int64), Op.MAX)[0])

        yield anybody

"""The search of a spec as part of a training job."""

from collections.abc import Mapping

from lifecycle.spec.fingerprint import code_fingerprint, fingerprint
from lifecycle.spec.search import Search
from lifecycle.training.job import TrainingJob
from lifecycle.training.search.metrics import default_metric
from lifecycle.training.search.records import SearchJob

# How long a search goes on, and what is made of its best trial, is nothing that a trial depends on.
_NOT_OF_A_TRIAL = {"tables", "search", "time_limit_s", "golden_rows", "learning_curve"}


def search_job(job: TrainingJob, search: Search, *, read: Mapping[str, str]) -> SearchJob:
    """What a job asks of a search, with the name of its study.

    Args:
        job: without its search.
        search: section of the spec.
        read: partition -> content hash of the feature table.
    """
    asked = SearchJob(
        trials=search.trials,
        space=search.space,
        metric=search.metric or default_metric(job.task),
        pruning=search.pruning,
        sampler=search.sampler,
        seed=job.seed if search.seed is None else search.seed,
        parallel=search.parallel,
        time_limit_s=search.time_limit,
        study="unnamed",
    )
    facts = asked.model_dump(mode="json", exclude={"trials", "time_limit_s", "study"})
    trained = job.model_dump(mode="json", exclude=_NOT_OF_A_TRIAL)
    return asked.model_copy(update={"study": fingerprint(facts, trained, read, code_fingerprint())})

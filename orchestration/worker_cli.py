"""`flywheel worker`: what runs workers of a queue."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from lifecycle.errors import LifecycleError
from orchestration.environments import Environment, load_environment
from orchestration.model_name import ModelName, models_named

QUEUE, RESULTS = "queue", "results"
"""Folders beside the manifest of an endpoint, where nothing else is said."""
FROM_ENV = "`env`: a variable of the pods' secrets"
commands = typer.Typer()


@commands.command()
def worker(
    model: ModelName,
    waiting_per_pod: Annotated[int, typer.Option(help="requests that may wait for each pod", min=1)] = 100,
    max_replicas: Annotated[int, typer.Option(help="most pods", min=1)] = 10,
    queue: Annotated[str, typer.Option(help=f"a folder, redis://, kafka:// or pubsub://; {FROM_ENV}")] = "",
    results: Annotated[str, typer.Option(help=f"a folder or redis://; {FROM_ENV}")] = "",
) -> None:
    """Print what runs workers of a model's queue on the cluster, for `kubectl apply -f -`."""
    environment = load_environment()
    (spec,) = models_named(environment, model)
    limits = {
        "waiting_per_pod": waiting_per_pod,
        "max_replicas": max_replicas,
        "queue": queue,
        "results": results,
    }
    typer.echo(worker_text(environment, spec.name, limits), nl=False)


def worker_text(environment: Environment, model: str, facts: Mapping[str, Any]) -> str:
    """The objects of a model's workers as YAML.

    Args:
        environment: with the cluster's settings.
        model: its name.
        facts: of `WorkerFacts`; `queue` and `results` may be empty (folders beside the manifest), or `env`.

    Raises:
        LifecycleError: endpoints do not run on a cluster, or each version has a manifest of its own.
    """
    # Who stays on a laptop loads none of this.
    import yaml

    from resources.serving.k8s.serving import K8sServing
    from resources.serving.k8s.units import Home
    from resources.serving.k8s.worker import WorkerFacts, worker_objects

    serving, folder = environment.serving, environment.home / "endpoints" / model
    if not isinstance(serving, K8sServing):
        raise LifecycleError(
            "endpoints do not run on a cluster here; start a worker by `python -m lifecycle.endpoint."
            f"asynchronous --manifest {folder}/manifest.json --queue {folder}/{QUEUE} "
            f"--results {folder}/{RESULTS}`"
        )
    places = {name: facts.get(name) or str(folder / name) for name in (QUEUE, RESULTS)}
    told = {name: None if at == "env" else at for name, at in places.items()}
    home = Home(model=model, folder=folder)
    return yaml.safe_dump_all(
        worker_objects(home, WorkerFacts(**{**facts, **told}), serving.settings, serving.serving),
        sort_keys=False,
        width=110,
    )

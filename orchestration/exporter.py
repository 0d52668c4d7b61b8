"""`flywheel metrics`: what Dagster and the rollouts' records know of all models, for Prometheus to ask."""

import logging
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import dagster as dg

from assets.keys import DATA, DRIFT, EVALUATION, FEATURES, MODEL, PERFORMANCE, stage_key
from lifecycle.endpoint.exposition import MEDIA_TYPE
from lifecycle.errors import LifecycleError
from orchestration.build import load_model, spec_files
from orchestration.environments import Environment
from orchestration.life_metrics import LifeFacts, Newest, render_life
from orchestration.retrain_status import existing_instance
from resources.rollouts.base import RolloutStore

WATCHED = (DATA, FEATURES, MODEL, EVALUATION, DRIFT, PERFORMANCE)


def life_facts(
    models: Sequence[str], instance: dg.DagsterInstance, rollouts: RolloutStore
) -> Iterator[LifeFacts]:
    """What is known now; one query for all models.

    Raises:
        LifecycleError: the record of a rollout cannot be read.
    """
    newest: dict[str, dict[str, Newest]] = {model: {} for model in models}
    keys = [stage_key(model, stage) for model in models for stage in WATCHED]
    for record in instance.get_asset_records(keys):
        entry = record.asset_entry
        made = entry.last_materialization
        if made is None or made.asset_materialization is None:
            continue
        model, stage = entry.asset_key.path
        values = {name: value.value for name, value in made.asset_materialization.metadata.items()}
        newest[model][stage] = Newest(at_s=made.timestamp, values=values)
    for model, events in newest.items():
        stored = rollouts.read(model)
        yield LifeFacts(model=model, newest=events, rollout=stored.record if stored else None)


def loaded_models(environment: Environment) -> list[str]:
    """Names of the models whose specs can be read; Dagster tells of the others."""
    names = []
    for path in spec_files(environment.models):
        try:
            names.append(load_model(path).name)
        except LifecycleError as exc:
            logging.getLogger("flywheel").warning("%s", exc)
    return names


def serve(environment: Environment, *, host: str, port: int) -> None:
    """Answer until the process is ended.

    Raises:
        LifecycleError: there is no Dagster instance, or the port is taken.
    """
    with existing_instance(environment.home) as instance:
        if instance is None:
            raise LifecycleError(
                f"there is no Dagster instance of {environment.home}: let DAGSTER_HOME name the folder of "
                "its dagster.yaml"
            )
        try:
            server = exporter(environment, instance, host=host, port=port)
        except OSError as exc:
            told = f"cannot listen on {host}:{port}: {exc.strerror}; choose another --port"
            raise LifecycleError(told) from exc
        with server:
            server.serve_forever()


def exporter(
    environment: Environment, instance: dg.DagsterInstance, *, host: str, port: int
) -> ThreadingHTTPServer:
    """A server of `/metrics`, bound and not yet serving. Models are those of now: an image holds specs."""
    models = loaded_models(environment)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/metrics":
                self.send_error(HTTPStatus.NOT_FOUND, "only /metrics is here")
                return
            try:
                body = render_life(list(life_facts(models, instance, environment.rollouts)))
            except LifecycleError as exc:
                # Prometheus shows `up` 0: better than old numbers.
                logging.getLogger("flywheel").error("%s", exc)
                self.send_error(HTTPStatus.INTERNAL_SERVER_ERROR, "see the log of `flywheel metrics`")
                return
            self.send_response(HTTPStatus.OK)
            self.send_header("content-type", MEDIA_TYPE.decode())
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """A scrape every few seconds is no news."""

    return ThreadingHTTPServer((host, port), Handler)

"""The command `flywheel`: what Dagster's own command line lacks."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, cast, get_args

import dagster as dg
import typer

from assets.gates import gates_of
from assets.keys import (
    DATA,
    DRIFT,
    EVALUATION,
    FEATURES,
    LABELS,
    MODEL,
    PERFORMANCE,
    PREDICTIONS,
    TRAFFIC,
    WALK_FORWARD,
    stage_key,
)
from assets.partitions import partitions_of
from assets.walk_forward import table, walk_forward, walk_forward_metadata, walk_forward_picture
from lifecycle.errors import LifecycleError
from lifecycle.spec.infer.answers import Answers, Undecided
from lifecycle.spec.kinds import duration_s
from lifecycle.spec.model import Task
from lifecycle.spec.model_spec import ModelSpec
from orchestration.backfill import backfill_params, run_backfill
from orchestration.build import load_model, spec_files
from orchestration.compile_cli import commands as compile_commands
from orchestration.environments import load_environment
from orchestration.instance import prepare_instance
from orchestration.model_name import ModelName, models_named, no_model
from orchestration.rollout_cli import commands as rollout_commands
from orchestration.version_cli import commands as version_commands
from orchestration.worker_cli import commands as worker_commands

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="Flywheel: the life of models in Dagster.",
)
PARTITIONED = (DATA, FEATURES, MODEL, EVALUATION)
WATCHED = (PREDICTIONS, DRIFT, PERFORMANCE, TRAFFIC, LABELS)

AnyModel = Annotated[str | None, typer.Argument(metavar="[MODEL]", help="name of a model; by default all")]


@app.command()
def check(model: AnyModel = None) -> None:
    """Check specs and report every problem; nothing is changed."""
    environment = load_environment()
    paths = spec_files(environment.models)
    chosen = [path for path in paths if model in (None, path.parent.name)]
    if not chosen:
        raise LifecycleError(no_model(environment, model))
    broken = 0
    for path in chosen:
        try:
            spec = load_model(path)
        except LifecycleError as exc:
            broken += 1
            typer.echo(str(exc), err=True)
        else:
            columns, features = len(spec.data.columns), len(spec.features.columns)
            gates = len(gates_of(spec))
            typer.echo(f"{spec.name}: good ({columns} columns, {features} features, {gates} gates)")
    raise typer.Exit(1 if broken else 0)


@app.command()
def init(
    table: Annotated[
        str,
        typer.Argument(
            metavar="TABLE", help="Parquet or CSV file, a folder of them, or file.duckdb::schema.table"
        ),
    ],
    name: Annotated[str | None, typer.Option(help="name of the model; by default the table's")] = None,
    label: Annotated[str | None, typer.Option(help="column that is to be predicted")] = None,
    task: Annotated[str | None, typer.Option(help="binary, multiclass or regression")] = None,
    positive: Annotated[str | None, typer.Option(help="binary: the value that counts as positive")] = None,
    entity: Annotated[str | None, typer.Option(help="key column")] = None,
    time: Annotated[str | None, typer.Option(help="event time column, or none")] = None,
    label_delay: Annotated[
        str | None, typer.Option(help="how long after the event the label is known: 0s, 14d")
    ] = None,
    known_at: Annotated[str | None, typer.Option(help="time column: when the label became known")] = None,
    drop: Annotated[
        list[str] | None, typer.Option(help="column that is to be left out; may be repeated")
    ] = None,
    day_first: Annotated[
        bool | None, typer.Option("--day-first/--month-first", help="how 03/04/2024 is read")
    ] = None,
    in_database: Annotated[str | None, typer.Option("--table", help="table in a DuckDB file")] = None,
    port: Annotated[int | None, typer.Option(min=1024, max=65535, help="port of the endpoint")] = None,
    force: Annotated[bool, typer.Option(help="replace a model's folder; a backup is kept")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="ask nothing: take the likeliest, or fail")
    ] = False,
) -> None:
    """Write the spec of a model from a table of your own."""
    from orchestration.init import init_model

    answers = read_answers(
        name=name, label=label, task=task, positive=positive, entity=entity, time=time,
        label_delay=label_delay, known_at=known_at, drop=tuple(drop or ()), day_first=day_first, port=port,
    )  # fmt: skip
    ask = None if yes or not sys.stdin.isatty() else ask_on_terminal
    for line in init_model(load_environment(), table, answers, table=in_database, force=force, ask=ask):
        typer.echo(line)


@app.command()
def status(
    model: AnyModel = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON array, for programs")] = False,
) -> None:
    """Champion, challenger and endpoint of each model: since when, why, and what would happen next."""
    from orchestration.retrain_status import existing_instance
    from orchestration.status import gather_status, status_lines

    environment = load_environment()
    with existing_instance(environment.home) as instance:
        found = [gather_status(spec, environment, instance) for spec in models_named(environment, model)]
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], indent=2, default=datetime.isoformat))
        return
    for one in found:
        typer.echo("\n".join(status_lines(one)))


@app.command()
def backfill(
    model: ModelName,
    first: Annotated[str, typer.Option("--from", help="first partition")],
    last: Annotated[str, typer.Option("--to", help="last partition")],
    stage: Annotated[
        list[str] | None,
        typer.Option(help=f"one of {', '.join(PARTITIONED)}, by default all; or of {', '.join(WATCHED)}"),
    ] = None,
) -> None:
    """Materialize a range of partitions, each stage after the one it needs, and follow it to the end."""
    environment = load_environment()
    (spec,) = models_named(environment, model)
    stages = stage or list(PARTITIONED)
    check_range(spec, stages, first, last)
    prepare_instance(environment.home)
    with dg.DagsterInstance.get() as instance:
        good = run_backfill(instance, backfill_params(spec.name, stages, first, last), tell=typer.echo)
        if good and EVALUATION in stages:
            steps = walk_forward(spec, environment.warehouse, environment.tracking)
            typer.echo(table(steps))
            # The UI gets the same table and its picture, without a run that would compute it a second time.
            instance.report_runless_asset_event(
                dg.AssetMaterialization(
                    stage_key(spec.name, WALK_FORWARD), metadata=walk_forward_metadata(steps)
                )
            )
    raise typer.Exit(0 if good else 1)


@app.command()
def quarantine(
    model: ModelName,
    partition: Annotated[str | None, typer.Argument(help="one partition; by default all")] = None,
) -> None:
    """Rows that broke the contract: how many, why, and where they lie."""
    from orchestration.quarantine import quarantine_report

    environment = load_environment()
    (spec,) = models_named(environment, model)
    for line in quarantine_report(spec, environment.warehouse, partition):
        typer.echo(line)


@app.command("walk-forward")
def walk_forward_command(
    model: ModelName,
    picture: Annotated[Path | None, typer.Option(help="PNG file to write the picture to")] = None,
) -> None:
    """Each as-of version on its holdout and on the partition that came after it."""
    environment = load_environment()
    (spec,) = models_named(environment, model)
    steps = walk_forward(spec, environment.warehouse, environment.tracking)
    typer.echo(table(steps))
    if picture is not None:
        png = walk_forward_picture(steps)
        try:
            picture.write_bytes(png)
        except OSError as exc:
            raise LifecycleError(f"{picture} cannot be written ({exc.strerror})") from exc


@app.command("metrics")
def metrics_command(
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="port to listen on", min=1024, max=65535)] = 9108,
) -> None:
    """Serve drift, performance and rollouts of all models to Prometheus, on /metrics."""
    # A server that nobody else needs.
    from orchestration.exporter import serve

    typer.echo(f"http://{host}:{port}/metrics")
    serve(load_environment(), host=host, port=port)


@app.command()
def stop(model: AnyModel = None) -> None:
    """End endpoints on this machine; versions and their evidence stay."""
    environment = load_environment()
    for spec in models_named(environment, model):
        environment.serving.stop(spec.name)
        typer.echo(f"{spec.name}: endpoint ended")


def read_answers(*, task: str | None, label_delay: str | None, **rest: Any) -> Answers:
    """Flags of `init` as a record.

    Raises:
        LifecycleError: a flag's value is none of those allowed.
    """
    if task is not None and task not in get_args(Task):
        raise LifecycleError(f"--task is {task!r}; allowed: {', '.join(get_args(Task))}")
    try:
        delay_s = None if label_delay is None else duration_s(label_delay)
    except ValueError as exc:
        raise LifecycleError(f"--label-delay is {label_delay!r}; allowed: {exc}") from exc
    return Answers(task=cast(Task | None, task), label_delay_s=delay_s, **rest)


def ask_on_terminal(question: Undecided) -> str:
    """Put a question; the first candidate is taken where nothing is typed."""
    typer.echo(f"{question.question}\n  {', '.join(question.candidates)}")
    return str(typer.prompt(question.field.replace("_", " "), default=question.candidates[0]))


def check_range(spec: ModelSpec, stages: Sequence[str], first: str, last: str) -> None:
    """Refuse stages and partitions that the model does not have, before anything is launched.

    Raises:
        LifecycleError: naming what was found and what is allowed.
    """
    if unknown := [name for name in stages if name not in (*PARTITIONED, *WATCHED)]:
        raise LifecycleError(f"unknown stage {unknown[0]!r}; allowed: {', '.join((*PARTITIONED, *WATCHED))}")
    keys = partitions_of(spec).get_partition_keys()
    for key in (first, last):
        if key not in keys:
            span = f"{keys[0]} to {keys[-1]}" if keys else "none: `data.partition.start` is in the future"
            raise LifecycleError(f"{spec.name} has no partition {key!r}; allowed: {span}")
    if keys.index(first) > keys.index(last):
        raise LifecycleError(f"the range {first} to {last} runs backwards")


app.add_typer(version_commands)
app.add_typer(rollout_commands)
app.add_typer(worker_commands)
app.add_typer(compile_commands)


def main() -> None:
    """Run the command; an error that the user can mend is one message, not a trace."""
    try:
        app()
    except LifecycleError as exc:
        typer.echo(f"error: {exc}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()

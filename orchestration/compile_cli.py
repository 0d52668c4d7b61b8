"""`flywheel compile`: the life of a model for another orchestrator."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer
import yaml

from assets.keys import EVALUATION
from lifecycle.clock import now
from lifecycle.errors import LifecycleError
from lifecycle.spec.model_spec import ModelSpec
from orchestration.environments import HOME, load_environment
from orchestration.kfp_pipeline import (
    PipelineSettings,
    Volume,
    check_partition,
    pipeline_name,
    pipeline_spec,
    platform_spec,
)
from orchestration.model_name import ModelName, models_named
from orchestration.pipeline_variables import check_shared, step_variables

commands = typer.Typer()


@commands.command("compile")
def compile_command(
    model: ModelName,
    image: Annotated[str, typer.Option(help="of the code location; by its digest, or no step is cached")],
    target: Annotated[Literal["kfp"], typer.Option(help="kfp: Kubeflow Pipelines v2")] = "kfp",
    to: Annotated[Path | None, typer.Option(help="file to write; by default MODEL-kfp.yaml")] = None,
    through: Annotated[str, typer.Option(metavar="STAGE", help="the last stage")] = EVALUATION,
    more: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="variable of the steps; may be repeated"),
    ] = None,
    claim: Annotated[
        str | None, typer.Option(help="PersistentVolumeClaim that steps mount at FLYWHEEL_HOME")
    ] = None,
    cpu: Annotated[float, typer.Option(min=0.1, help="processors of a step")] = 2,
    memory_gib: Annotated[int, typer.Option(min=1, help="memory of a step")] = 8,
    cache: Annotated[
        bool, typer.Option("--cache/--no-cache", help="leave out steps whose inputs are as they were")
    ] = True,
    partition: Annotated[str | None, typer.Option(help="with --submit: the partition that is made")] = None,
    submit: Annotated[bool, typer.Option("--submit", help="run it on Vertex AI Pipelines")] = False,
    account: Annotated[
        str | None, typer.Option(help="with --submit: service account of the steps; that of runs")
    ] = None,
) -> None:
    """Write the life of a model as a pipeline whose steps are runs of Dagster in containers."""
    (spec,) = models_named(load_environment(), model)
    said = _pairs(more or [])
    home = said.get(HOME, os.environ.get(HOME, "/flywheel"))
    if claim and not home.startswith("/"):
        raise LifecycleError(
            f"{HOME} is {home!r}, where steps mount the claim; allowed: a path from the root"
        )
    variables = step_variables(os.environ, said, home=home if claim else None)
    check_shared(variables, through, volume=claim is not None)
    settings = PipelineSettings(
        image=image,
        variables=variables,
        through=through,
        volume=Volume(claim=claim, path=home) if claim else None,
        cpu=cpu,
        memory_gib=memory_gib,
        cache=cache,
    )
    path = to or Path(f"{model}-{target}.yaml")
    _write(path, pipeline_text(spec, settings))
    typer.echo(f"{path}: {' > '.join(pipeline_spec(spec, settings)['root']['dag']['tasks'])}")
    if submit:
        for line in _submitted(spec, settings, partition, account):
            typer.echo(line)


@commands.command("data-version")
def data_version_command(
    model: ModelName,
    stage: Annotated[Literal["data", "features"], typer.Argument(help="data or features")],
    partition: Annotated[str, typer.Argument(help="that was materialized")],
    to: Annotated[Path | None, typer.Option(help="file to write it to; by default it is printed")] = None,
) -> None:
    """The version of what a stage made: what a step of a pipeline tells the next one."""
    from orchestration.stage_version import stage_version

    environment = load_environment()
    (spec,) = models_named(environment, model)
    version = stage_version(spec, environment.warehouse, stage, partition)
    if to is None:
        typer.echo(version)
        return
    to.parent.mkdir(parents=True, exist_ok=True)
    _write(to, version)


def pipeline_text(spec: ModelSpec, settings: PipelineSettings) -> str:
    """The pipeline as the file that Kubeflow's user interface and `kfp` take."""
    parts = [part for part in (pipeline_spec(spec, settings), platform_spec(settings)) if part is not None]
    # Each value is written out: an anchor is YAML that not every reader of pipelines knows.
    return yaml.dump_all(parts, Dumper=_Plain, sort_keys=False, width=120)


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


def _pairs(texts: list[str]) -> dict[str, str]:
    """`NAME=VALUE` as a mapping."""
    for text in texts:
        if not text.partition("=")[0].isidentifier() or "=" not in text:
            raise LifecycleError(f"--set is {text!r}; allowed: NAME=VALUE")
    return {name: value for name, _, value in (text.partition("=") for text in texts)}


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text)
    except OSError as exc:
        raise LifecycleError(
            f"{path} cannot be written: {exc.strerror}; name another file with --to"
        ) from exc


def _submitted(
    spec: ModelSpec, settings: PipelineSettings, partition: str | None, account: str | None
) -> tuple[str, str]:
    # Who only writes a file loads nothing of Google.
    from orchestration.google import SETTINGS
    from resources.vertex.api import VertexApi
    from resources.vertex.pipeline_job import PipelineRun, console_url, submit
    from resources.vertex.settings import load_settings

    if partition is None:
        raise LifecycleError("--submit makes one partition: name it with --partition")
    check_partition(spec, partition)
    if settings.volume is not None:
        raise LifecycleError("Vertex AI Pipelines mount no claim: leave out --claim, or run it on Kubeflow")
    if not (file := os.environ.get(SETTINGS)):
        raise LifecycleError(f"let {SETTINGS} name the file with the settings of Vertex AI")
    vertex = load_settings(Path(file))
    run = PipelineRun(
        name=pipeline_name(spec.name),
        pipeline=pipeline_spec(spec, settings),
        partition=partition,
        at=now(),
        account=account,
    )
    name = submit(VertexApi(settings=vertex, patience_s=vertex.patience.server), run)
    return name, console_url(vertex, name)

"""`flywheel init`: a folder in `models` from a user's table, whole or not at all."""

import os
import shutil
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from pydantic import TypeAdapter, ValidationError

from assets.keys import DATA, ENDPOINT, EVALUATION, FEATURES, MODEL, stage_key
from assets.partitions import partitions_of
from lifecycle.endpoint.wire import curl_line
from lifecycle.errors import LifecycleError
from lifecycle.spec.infer.answers import Answers
from lifecycle.spec.infer.draft import Draft
from lifecycle.spec.infer.names import model_name, shown
from lifecycle.spec.infer.write import SQL_FILE, spec_text
from lifecycle.spec.kinds import Name
from lifecycle.spec.model_spec import ModelSpec
from orchestration.build import SPEC_FILE, load_model, spec_files
from orchestration.environments import PORT, Environment
from orchestration.init_draft import Ask, Inferred, infer_draft
from resources.warehouse.find_table import FoundTable, find_table

FIRST_PORT, LAST_PORT = 8710, 65535
BACKUPS = "backups"
_NAMED = 8


def init_model(
    environment: Environment,
    told: str,
    answers: Answers,
    *,
    table: str | None = None,
    force: bool = False,
    ask: Ask | None = None,
) -> Iterator[str]:
    """Write `models/<name>/` from a table, and tell in lines what was decided and what to do next.

    Args:
        told: the table; see `find_table`.
        force: a folder that is there is moved away first, below `FLYWHEEL_HOME`.
        ask: how a user is asked; None: nobody is there.

    Raises:
        LifecycleError: with the way out; nothing was written.
    """
    found = find_table(told, table=table, home=environment.home)
    name = _name(answers.name, found)
    folder = environment.models / name
    if folder.exists() and not force:
        raise LifecycleError(
            f"{folder} is there already: choose another name with --name, or give --force, which "
            "keeps a backup"
        )
    port = answers.port or free_port(environment.models, but=name)
    source = source_path(found.template, folder)
    inferred = infer_draft(found, answers, name=name, source=source, port=port, ask=ask)
    spec, backup = _write(environment, folder, inferred.draft)
    yield f"{spec.name}: {spec_place(folder)} is written, and good"
    if backup is not None:
        yield f"  what was there before is in {backup}"
    yield from _told(inferred.draft)
    yield from _next_steps(spec, inferred)


def spec_place(folder: Path) -> str:
    """A model's spec as people would name it from where they stand."""
    return (
        os.path.relpath(folder / SPEC_FILE) if folder.is_relative_to(Path.cwd()) else str(folder / SPEC_FILE)
    )


def free_port(models: Path, *, but: str) -> int:
    """The first port that no other model's spec names, and nobody listens on.

    Raises:
        LifecycleError: there is none left.
    """
    taken = {_port_of(path) for path in spec_files(models) if path.parent.name != but}
    for port in range(FIRST_PORT, LAST_PORT + 1):
        if port not in taken and _is_free(port):
            return port
    raise LifecycleError(f"no port from {FIRST_PORT} to {LAST_PORT} is free: say one with --port")


def source_path(template: str, folder: Path) -> str:
    """The table's path as the spec names it: relative where both lie in one project, so that it can move."""
    project = folder.parent.parent
    if Path(template).is_relative_to(project):
        return os.path.relpath(template, folder)
    return template


def _name(told: str | None, found: FoundTable) -> str:
    if told is None:
        return model_name(found.stem)
    try:
        name: str = TypeAdapter(Name).validate_python(told)
    except ValidationError as exc:
        raise LifecycleError(
            f"--name is {shown(told)!r}; allowed: small letters, digits and _, a letter first, at most 63"
        ) from exc
    return name


def _port_of(path: Path) -> int | None:
    """Port of a spec, which may be broken in every other way."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return None
    section = raw.get("deployment") if isinstance(raw, Mapping) else None
    port = section.get("port", FIRST_PORT) if isinstance(section, Mapping) else FIRST_PORT
    return port if isinstance(port, int) else None


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _write(environment: Environment, folder: Path, draft: Draft) -> tuple[ModelSpec, Path | None]:
    """Write the folder aside, check it as `flywheel check` does, and move it into its place."""
    schema = (environment.models.parent / "docs" / "spec.schema.json").is_file()
    try:
        with TemporaryDirectory(prefix="flywheel-init-") as aside:
            draft_folder = Path(aside) / folder.name
            draft_folder.mkdir()
            if draft.sql is not None:
                (draft_folder / SQL_FILE).write_text(draft.sql, encoding="utf-8")
            (draft_folder / SPEC_FILE).write_text(spec_text(draft, schema=schema), encoding="utf-8")
            load_model(draft_folder / SPEC_FILE)
            backup = _move_away(environment.home, folder) if folder.exists() else None
            environment.models.mkdir(parents=True, exist_ok=True)
            shutil.move(draft_folder, folder)
    except OSError as exc:
        raise LifecycleError(f"{folder} cannot be written: {exc}") from exc
    return load_model(folder / SPEC_FILE), backup


def _move_away(home: Path, folder: Path) -> Path:
    """Keep a model's folder where it is no model: below the home, under a number."""
    backups = home / BACKUPS
    backups.mkdir(parents=True, exist_ok=True)
    number = 1
    while (backups / f"{folder.name}.{number}").exists():
        number += 1
    return Path(shutil.move(folder, backups / f"{folder.name}.{number}"))


def _told(draft: Draft) -> Iterator[str]:
    partition = draft.partition
    lines = [(d.what, d.value, d.why) for d in draft.decisions]
    lines += [
        ("partitions", partition.every, partition.why),
        ("features", str(len(draft.features)), ", ".join(f.name for f in draft.features[:_NAMED])),
        ("training", f"{draft.training.rounds} rounds", draft.training.why),
        ("gate", _gate(draft), draft.gate.why),
        ("port", str(draft.port), "free, and no other model's"),
    ]
    for what, value, why in lines:
        yield f"  {what:<12}{shown(value, at_most=30):<24} {shown(why, at_most=110)}".rstrip()
    if draft.sql is not None:
        yield f"  {'source':<12}{SQL_FILE:<24} what had to be renamed, parsed or made is done there"
    for dropped in draft.dropped[:40]:
        yield f"  left out    {shown(dropped.source, at_most=30):<24} {shown(dropped.why, at_most=110)}"
    if len(draft.dropped) > 40:
        yield f"  left out    and {len(draft.dropped) - 40} more: see the spec"
    for warning in draft.warnings:
        yield f"  mind        {shown(warning, at_most=300)}"


def _gate(draft: Draft) -> str:
    gate = draft.gate
    side = f"at least {gate.min:g}" if gate.min is not None else f"at most {gate.max:g}"
    return f"{gate.metric} {side}"


def _next_steps(spec: ModelSpec, inferred: Inferred) -> Iterator[str]:
    """The commands of the model's whole life, to be typed as they stand."""
    keys = partitions_of(spec).get_partition_keys()
    span = f"--partition {keys[-1]}" if len(keys) == 1 else f"--partition-range {keys[0]}...{keys[-1]}"
    port = int(os.environ.get(PORT, spec.deployment.port))
    yield "Next:"
    if "DAGSTER_HOME" not in os.environ and Path("deploy/local/env.sh").is_file():
        yield "  . deploy/local/env.sh"
    yield f"  flywheel check {spec.name}"
    yield f"  dg launch --assets '{_selection(spec.name, DATA, FEATURES)}' {span}"
    life = _selection(spec.name, MODEL, EVALUATION, ENDPOINT)
    yield f"  dg launch --assets '{life}' --partition {keys[-1]}"
    yield f"  {curl_line(f'http://127.0.0.1:{port}', inferred.example)}"


def _selection(name: str, *stages: str) -> str:
    return " or ".join(f'key:"{stage_key(name, stage).to_user_string()}"' for stage in stages)

"""From a YAML file to frozen records, with every problem reported at once."""

import os
import reprlib
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from lifecycle.errors import LifecycleError
from lifecycle.spec.model_spec import ModelSpec

MAX_SPEC_BYTES = 250_000
"""Some thousand columns. YAML is slow to read: a file of more would hold up the whole code location."""
_SHOWN = 30
_GATES: Mapping[object, str] = {
    "metric": "Gate",
    "slice": "SliceGate",
    "relative": "RelativeGate",
    "fairness": "FairnessGate",
    "data": "DataGate",
}
"""Tag of a kind of gate -> its record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with a spec: where, what was found, what is allowed."""

    path: str
    found: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.path}: found {self.found}; allowed: {self.allowed}"


class SpecError(LifecycleError):
    """A spec that cannot be used; it carries all of its problems."""

    def __init__(self, where: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        lines = "".join(f"\n  {problem}" for problem in self.problems[:_SHOWN])
        if len(self.problems) > _SHOWN:
            lines += f"\n  and {len(self.problems) - _SHOWN} more"
        super().__init__(f"{where}: {count}; nothing was changed:{lines}")


class _StrictLoader(yaml.SafeLoader):
    """Plain YAML only: a tag, an alias or a key given twice is an error, not a surprise (or a bomb)."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]  # untyped in PyYAML's stubs
        if isinstance(event, yaml.AliasEvent):
            raise _refused("an alias", event.start_mark)
        if (tag := getattr(event, "tag", None)) is not None:
            raise _refused(f"the tag {tag!r}", event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise _refused("a key that is no plain word", key_node.start_mark)
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise _refused(f"the key {reprlib.repr(key)} twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def _refused(what: str, mark: Any) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(None, None, what, mark)


def parse_spec(text: str, *, where: str = "the spec", folder: Path | None = None) -> ModelSpec:
    """Parse the text of a spec.

    Args:
        text: YAML.
        where: how errors name the spec.
        folder: where a `.sql` file named by the spec is looked up; its text takes the name's place, so that
            the record holds everything the model depends on.

    Raises:
        SpecError: with every problem found, not only the first.
    """
    if len(text) > MAX_SPEC_BYTES:
        allowed = f"at most {MAX_SPEC_BYTES} characters"
        raise SpecError(where, [Problem(path="(file)", found=f"{len(text)} characters", allowed=allowed)])
    try:
        raw = yaml.load(text, Loader=_StrictLoader)  # noqa: S506  # a SafeLoader, made stricter above
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark
        at = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "(file)"
        raise SpecError(where, [Problem(path=at, found=str(exc.problem), allowed="plain YAML")]) from exc
    except (yaml.YAMLError, ValueError) as exc:
        # ValueError: a date such as 2013-02-30, or a number too long for Python to read.
        raise SpecError(where, [Problem(path="(file)", found=str(exc), allowed="plain YAML")]) from exc
    except RecursionError as exc:
        problem = Problem(path="(file)", found="values nested too deeply", allowed="plain YAML")
        raise SpecError(where, [problem]) from exc
    if not isinstance(raw, Mapping):
        found = type(raw).__name__
        raise SpecError(where, [Problem(path="(file)", found=found, allowed="a mapping of sections")])
    raw, unread = _inline_sql(raw, folder)
    try:
        spec = ModelSpec.model_validate(raw)
    except ValidationError as exc:
        problems = [_problem(details) for details in exc.errors(include_url=False)]
        raise SpecError(where, [*unread, *problems]) from exc
    if unread:
        raise SpecError(where, unread)
    return spec if folder is None else spec.with_folder(folder)


def load_spec(path: Path) -> ModelSpec:
    """Read and parse `spec.yaml`.

    Raises:
        SpecError: the file is missing, not text, or has problems.
    """
    try:
        # One byte more than allowed is enough to refuse the rest unread.
        with path.open("rb") as file:
            text = file.read(MAX_SPEC_BYTES + 1).decode()
    except (OSError, UnicodeDecodeError) as exc:
        problem = Problem(path="(file)", found=str(exc), allowed="a readable UTF-8 text file")
        raise SpecError(str(path), [problem]) from exc
    return parse_spec(text, where=str(path), folder=path.parent)


def resolve_path(template: str, *, folder: Path, home: Path) -> str:
    """A path of a spec as one that can be opened; relative paths start at the spec's folder.

    Raises:
        SpecError: the path names a variable other than `FLYWHEEL_HOME`, so that no secret of the
            environment can end up in a path, a log or an error.

    >>> resolve_path("${FLYWHEEL_HOME}/lake/a.parquet", folder=Path("/m"), home=Path("/h"))
    '/h/lake/a.parquet'
    >>> resolve_path("rows.csv", folder=Path("/m"), home=Path("/h"))
    '/m/rows.csv'
    """
    filled = template.replace("${FLYWHEEL_HOME}", str(home))
    if "${" in filled or "\0" in filled:
        raise SpecError(
            "a path", [Problem(path=template, found="a variable", allowed="${FLYWHEEL_HOME} only")]
        )
    return filled if "://" in filled else os.path.normpath(folder / filled)


def _inline_sql(raw: Mapping[Any, Any], folder: Path | None) -> tuple[Mapping[Any, Any], list[Problem]]:
    """The raw spec with the text of a `.sql` file in the place of its name, or the problem with that file."""
    data = raw.get("data")
    source = data.get("source") if isinstance(data, Mapping) else None
    name = source.get("sql") if isinstance(source, Mapping) else None
    if folder is None or not isinstance(name, str) or not name.strip().endswith(".sql"):
        return raw, []
    try:
        path = (folder / name.strip()).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise OSError("it lies elsewhere")
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as exc:
        allowed = f"SQL text, or a readable UTF-8 file in {folder} ({exc})"
        return raw, [Problem(path="data.source.sql", found=reprlib.repr(name), allowed=allowed)]
    return {**raw, "data": {**dict(data or {}), "source": {**dict(source or {}), "sql": text}}}, []


def _problem(details: ErrorDetails) -> Problem:
    path = ".".join(map(str, _as_written(details["loc"]))) or "(file)"
    if details["type"] == "extra_forbidden":
        return Problem(path=path, found="an unknown key", allowed=_keys_beside(details["loc"]))
    if details["type"] == "missing":
        return Problem(path=path, found="nothing", allowed="a value: this key is required")
    message = details["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    if details["type"] == "value_error" and isinstance(details["input"], Mapping):
        return Problem(path=path, found="keys that do not fit together", allowed=message)
    return Problem(path=path, found=reprlib.repr(details["input"]), allowed=message)


def _as_written(loc: Sequence[int | str]) -> list[int | str]:
    """A location without the kind of gate, which pydantic adds behind the gate's number and nobody wrote."""
    behind_a_gate = ["evaluation", "gates"]
    return [part for i, part in enumerate(loc) if not (i == 3 and list(loc[:2]) == behind_a_gate)]


@cache
def _schema() -> dict[str, Any]:
    return ModelSpec.model_json_schema()


def _keys_beside(loc: Sequence[int | str]) -> str:
    """The keys that the record at `loc`'s parent knows, read from its own schema."""
    schema = _schema()
    node: Any = schema
    for part in loc[:-1]:
        if "properties" in node and part in node["properties"]:
            node = node["properties"][part]
        elif isinstance(part, int):
            node = node.get("items", {})
        elif "oneOf" in node:
            # A kind of gate: the part names its tag, the schema its record.
            node = schema["$defs"][_GATES[part]]
            continue
        else:
            patterns = list(node.get("patternProperties", {}).values())
            node = patterns[0] if patterns else node.get("additionalProperties", {})
        for choice in [node, *node.get("allOf", []), *node.get("anyOf", [])]:
            if "$ref" in choice:
                node = schema["$defs"][choice["$ref"].rsplit("/", 1)[-1]]
                break
    return ", ".join(node.get("properties", {})) or "no further keys"

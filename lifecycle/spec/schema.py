"""The spec's records written down: a JSON Schema for editors and a reference page for people.

`python -m lifecycle.spec.schema [project root]` writes both; a test compares them with what is on disk.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from lifecycle.spec.kinds import ColumnName, Name
from lifecycle.spec.model_spec import ModelSpec

SCHEMA_FILE, PAGE_FILE = Path("docs/spec.schema.json"), Path("docs/spec-reference.md")

Node = dict[str, Any]
"""A JSON Schema, or a part of one: open by nature."""

_DURATION = r"^\d+\s*[smhd]$"
# The kinds of text that a pattern tells apart.
_TEXTS: Mapping[str, str] = {
    TypeAdapter(Name).json_schema()["pattern"]: "name",
    TypeAdapter(ColumnName).json_schema()["pattern"]: "column name",
    _DURATION: "duration",
}
_INTRODUCTION = """\
# Reference of the spec

`models/<name>/spec.yaml` describes one model. This page and `spec.schema.json` are written by
`python -m lifecycle.spec.schema`: to change a description, change it in the section's module
of `lifecycle/spec/`.

Unknown keys are errors; a key without a default may be left out. An editor that knows `yaml-language-server`
completes a spec whose first line is `# yaml-language-server: $schema=../../docs/spec.schema.json`. What no
schema can say (keys that need or exclude each other, expressions, names of metrics) is checked when a spec is
loaded.
"""


class _WithoutTitles(GenerateJsonSchema):
    """A title of a field would only repeat its key."""

    def field_title_should_be_set(self, schema: object) -> bool:
        return False


def json_schema() -> Node:
    """JSON Schema (draft 2020-12) of a spec as people write it: a duration is `2h`, a date is text."""
    schema = ModelSpec.model_json_schema(schema_generator=_WithoutTitles)
    for node in _nodes(schema):
        if "patternProperties" in node:
            node["additionalProperties"] = False
        if "ge" in node:
            # A duration: pydantic knows no bounds on text, and leaves ours in seconds under these keys.
            for bound in ("ge", "le"):
                node.pop(bound, None)
            node["pattern"] = _DURATION
            if "default" in node:
                node["default"] = duration_text(node["default"])
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:dagster-flywheel:spec"}
    return {**about, **schema, "title": "Flywheel model spec"}


def reference_page() -> str:
    """Markdown page of every section and key: type, default, description."""
    schema = json_schema()
    blocks = [_INTRODUCTION.strip(), _keys(schema, at="")]
    for path, record in _records(schema, defs=schema["$defs"], at=""):
        blocks.append(f"{'###' if '.' in path else '##'} `{path}`")
        blocks += [record["description"]] if "description" in record else []
        blocks.append(_keys(record, at=path))
    kinds = [(kind, f"`{pattern}`") for pattern, kind in _TEXTS.items()]
    return "\n\n".join([*blocks, "## Kinds of text", _table(("kind", "form"), kinds)]) + "\n"


def write_references(root: Path) -> None:
    """Write the schema and the page below a project's root."""
    (root / SCHEMA_FILE).write_text(json.dumps(json_schema(), indent=2) + "\n", encoding="utf-8")
    (root / PAGE_FILE).write_text(reference_page(), encoding="utf-8")


def duration_text(seconds: int) -> str:
    """Seconds in the largest unit that divides them.

    >>> duration_text(7200), duration_text(90), duration_text(0)
    ('2h', '90s', '0s')
    """
    for unit, length_s in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds and seconds % length_s == 0:
            return f"{seconds // length_s}{unit}"
    return f"{seconds}s"


def _nodes(value: object) -> Iterator[Node]:
    """Every object inside a JSON value, itself included."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _nodes(part)


def _records(record: Node, *, defs: Mapping[str, Node], at: str) -> Iterator[tuple[str, Node]]:
    """Path and schema of every record inside one, in reading order."""
    for key, node in record["properties"].items():
        for path, member in _members(node, _below(at, key)):
            # Kinds of one record bear their names; a record or nothing is a record.
            for choice in member.get("oneOf") or member.get("anyOf") or [member]:
                if "$ref" not in choice:
                    continue
                name = choice["$ref"].rpartition("/")[2]
                below = f"{path} {name}" if "oneOf" in member else path
                yield below, defs[name]
                yield from _records(defs[name], defs=defs, at=below)


def _members(node: Node, path: str) -> Iterator[tuple[str, Node]]:
    """A value, or what it is a mapping or list of, under the path that the page gives it."""
    if "patternProperties" in node:
        yield from ((f"{path}.<name>", member) for member in node["patternProperties"].values())
    else:
        yield (f"{path}[]", node["items"]) if "items" in node else (path, node)


def _keys(record: Node, *, at: str) -> str:
    required = record.get("required", ())
    rows = [
        (f"`{key}`", _type(node, _below(at, key)), _default(node, key in required), node["description"])
        for key, node in record["properties"].items()
    ]
    return _table(("key", "type", "default", "what it is"), rows)


def _type(node: Node, path: str) -> str:
    """The type of a value in words; a record is a link to its part of the page."""
    ((member_path, member),) = _members(node, path)
    if "patternProperties" in node:
        (pattern,) = node["patternProperties"]
        return f"{_TEXTS[pattern]} -> {_type(member, member_path)}"
    if "items" in node:
        return f"list of {_type(member, member_path)}"
    if "oneOf" in node:
        # Kinds of one record, each with a part of the page that bears its name.
        kinds = [choice["$ref"].rpartition("/")[2] for choice in node["oneOf"]]
        return ", ".join(f"[{kind}](#{_anchor(f'{path} {kind}')})" for kind in kinds)
    if "$ref" in node:
        return f"[record](#{_anchor(path)})"
    if "anyOf" in node:
        # Null is a key left out, and an integer is a number.
        given = [choice for choice in node["anyOf"] if choice.get("type") != "null"]
        choices = [choice for choice in given if choice.get("type") != "integer"] or given
        return " or ".join(_type(choice, path) for choice in choices)
    if "const" in node or "enum" in node:
        return ", ".join(f"`{value}`" for value in node.get("enum") or [node["const"]])
    if "additionalProperties" in node:
        return f"text -> {_type(node['additionalProperties'], path)}"
    if node["type"] == "string":
        return "date" if node.get("format") == "date" else _TEXTS.get(node.get("pattern", ""), "text")
    return f"{node['type']}{_bounds(node)}"


def _anchor(heading: str) -> str:
    """The anchor that a page makes of a heading.

    >>> _anchor("evaluation.gates[] SliceGate")
    'evaluationgates-slicegate'
    """
    return re.sub(r"[^a-z0-9_-]", "", heading.lower().replace(" ", "-"))


def _bounds(node: Node) -> str:
    """Limits of a number, as people write them.

    >>> _bounds({"exclusiveMinimum": 0, "exclusiveMaximum": 0.5})
    ', > 0, < 0.5'
    """
    signs = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}
    return "".join(f", {sign} {node[name]}" for name, sign in signs.items() if name in node)


def _default(node: Node, required: bool) -> str:
    if required:
        return "required"
    default = node.get("default")
    # A record's default is what its keys say; null, "" and {} only mean that the key may be left out.
    if "$ref" in node or default in (None, "", [], {}):
        return ""
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _below(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


if __name__ == "__main__":
    write_references(Path(sys.argv[1] if len(sys.argv) > 1 else "."))

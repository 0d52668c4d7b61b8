"""Strict field validation: a misspelt or mistyped field is an error, not silence."""

import re
from collections.abc import Iterator
from typing import Any

from tests.doubles.kubernetes.custom import CUSTOM, Every
from tests.doubles.kubernetes.errors import ApiError
from tests.doubles.kubernetes.kinds import Kind

_SCALARS = {"str": str, "int": int, "bool": bool, "float": float}
_ANY = ("object", "datetime", "IntOrString", "file")


def refuse_unknown_fields(kind: Kind, body: dict[str, Any]) -> None:
    """What `fieldValidation=Strict` does; the fields of built-in kinds are those that the client knows.

    Raises:
        ApiError: 400, with every unknown field and every value of a wrong type.
    """
    schema = kind.model if kind.model is not None else CUSTOM[kind.name]
    if problems := list(_problems(body, schema, "")):
        message = f"strict decoding error: {', '.join(problems)}"
        raise ApiError(
            400, "BadRequest", f'{kind.name} in version "{kind.group_version}" cannot be handled: {message}'
        )


def _problems(value: Any, schema: Any, at: str) -> Iterator[str]:
    if isinstance(schema, type) and schema is not dict:
        schema = schema.__name__
    if isinstance(schema, Every):
        yield from _in_list(value, schema.element, at)
    elif schema is dict:
        yield from _in_mapping(value, "str", at)
    elif isinstance(schema, dict):
        yield from _in_fields(value, schema, at)
    elif schema in _SCALARS:
        if not isinstance(value, _SCALARS[schema]) or (isinstance(value, bool) and schema != "bool"):
            yield f'cannot use {value!r} as {schema} in "{at}"'
    elif found := re.fullmatch(r"list\[(.+)\]", schema):
        yield from _in_list(value, found[1], at)
    elif found := re.fullmatch(r"dict\[str, (.+)\]", schema):
        yield from _in_mapping(value, found[1], at)
    elif schema not in _ANY:
        from kubernetes.client import models

        model = getattr(models, schema)
        fields = {model.attribute_map[name]: kind for name, kind in model.openapi_types.items()}
        yield from _in_fields(value, fields, at)


def _in_list(value: Any, element: Any, at: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f'cannot use {value!r} as a list in "{at}"'
        return
    for index, item in enumerate(value):
        yield from _problems(item, element, f"{at}[{index}]")


def _in_mapping(value: Any, element: str, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f'cannot use {value!r} as a map in "{at}"'
        return
    for key, item in value.items():
        # Resource quantities may be numbers; they are kept as text.
        if element != "str" or not at.endswith((".limits", ".requests", ".capacity", ".allocatable")):
            yield from _problems(item, element, f"{at}.{key}")


def _in_fields(value: Any, fields: dict[str, Any], at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f'cannot use {value!r} as an object in "{at}"'
        return
    for key, item in value.items():
        where = f"{at}.{key}".lstrip(".")
        if key not in fields:
            yield f'unknown field "{where}"'
        elif item is not None:
            yield from _problems(item, fields[key], where)

"""Messages of the API from the plain dictionaries that its REST form takes."""

from collections.abc import Mapping
from typing import Any


def message(kind: Any, body: Mapping[str, Any]) -> Any:
    """A message of a kind; a field that it does not know is an error of ours.

    Args:
        kind: a class of `aiplatform_v1.types`.
        body: its JSON form.
    """
    from google.protobuf import json_format

    made = kind()
    json_format.ParseDict(dict(body), kind.pb(made))
    return made

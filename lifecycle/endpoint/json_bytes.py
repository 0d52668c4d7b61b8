"""JSON of requests, answers and log records: orjson, and the standard library for what orjson does not take.

Both ways read and write the same values, with two exceptions: a whole number beyond 64 bits is read as a
float, and a NaN is written as null. No column holds such a number, and scores are known to be finite by then.
"""

import json
from typing import Any, NoReturn

import orjson


def read_json(content: bytes) -> Any:
    """The value of a JSON text in UTF-8.

    Half a surrogate pair is read as it is, which orjson refuses and JSON allows.

    Raises:
        ValueError: not JSON, or NaN and infinities, which JSON does not have.
        RecursionError: nested some thousand levels deep.

    >>> read_json(b'{"distance": 1400}')
    {'distance': 1400}
    """
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return _DECODER.decode(content.decode("utf-8"))


def write_json(value: object) -> bytes:
    """Compact JSON of dictionaries, lists, tuples, texts, numbers, booleans and None.

    Raises:
        TypeError: anything else.

    >>> write_json({"scores": [0.25, None]})
    b'{"scores":[0.25,null]}'
    """
    try:
        return orjson.dumps(value, option=_PLAIN)
    except orjson.JSONEncodeError:
        return _ENCODER.encode(value).encode()


def _refuse_constant(token: str) -> NoReturn:
    raise ValueError(f"{token} is no JSON value; write null for a missing one")


# What JSON has no type for is our mistake, and not to be written in somebody's spelling.
_PLAIN = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
# Made once: json.loads and json.dumps make one each time for options other than their own.
_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)

"""Names of columns as BigQuery takes them: each has a form of its own, which leads back to it."""

import re

from lifecycle.errors import LifecycleError

MAX_LENGTH = 300
"""Characters that the name of a column of BigQuery may have."""
_RESERVED = ("_table_", "_file_", "_partition", "_row_timestamp", "__root__", "_colidentifier")
# The one after an underscore begins a code, so an underscore before a letter x is coded itself.
_CODED = re.compile(r"[^A-Za-z0-9_]|_(?=[xX])")
# Read from left to right: the end of one code begins no other.
_CODE = re.compile(r"_x(?:([0-9a-f]+)_|u([0-9a-f]+)$)")


def plain_name(name: str) -> str:
    """A name of letters, digits and underscores; other characters become codes.

    BigQuery does not tell capitals from small letters. Where there are any, the end of the name says which
    they are: bit 0 is its first letter. So no two names look alike to it.

    Raises:
        LifecycleError: the name is empty, or too long for BigQuery with its codes.

    >>> plain_name("weather.temp"), plain_name("#us"), plain_name("carrier"), plain_name("DepDelay")
    ('weather_x2e_temp', '_x23_us', 'carrier', 'DepDelay_xu9')
    """
    body = _CODED.sub(lambda found: _code(found.group()), name)
    if body[:1].isdigit() or body.lower().startswith(_RESERVED):
        body = _code(body[0]) + body[1:]
    capitals = sum(1 << place for place, letter in enumerate(body) if letter.isupper())
    plain = f"{body}_xu{capitals:x}" if capitals else body
    if not 0 < len(plain) <= MAX_LENGTH:
        raise LifecycleError(
            f"BigQuery has no name for the column {name[:80]!r}: it may have 1 to {MAX_LENGTH} characters "
            f"and would have {len(plain)}; give it another name"
        )
    return plain


def original_name(plain: str) -> str:
    """The name that `plain_name` brought into this form.

    >>> original_name("weather_x2e_temp"), original_name("depdelay_xu9")
    ('weather.temp', 'DepDelay')
    """
    marks = [found for found in _CODE.finditer(plain) if found.group(2)]
    body = plain
    if marks:
        capitals = int(marks[0].group(2), 16)
        letters = enumerate(plain[: marks[0].start()].lower())
        body = "".join(letter.upper() if capitals >> place & 1 else letter for place, letter in letters)
    return _CODE.sub(lambda found: chr(int(found.group(1), 16)), body)


def _code(letter: str) -> str:
    return f"_x{ord(letter):x}_"

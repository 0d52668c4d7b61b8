"""Text that reads as it stands: control characters and those that turn its direction are made visible.

Markup is not what they are: an escaped page still shows `evil<U+202E>txt.exe` backwards.
"""

import re

# Controls, direction marks, overrides and isolates, line and paragraph separators, invisible joiners, tags.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
)


def plain(text: str) -> str:
    """The text with every hidden character as its name, and breaks as spaces.

    >>> plain("abc\\u202edef\\nghi")
    'abc[U+202E]def ghi'
    """
    one_line = text.replace("\r\n", " ").replace("\n", " ").replace("\t", " ")
    return _HIDDEN.sub(lambda found: f"[U+{ord(found[0]):04X}]", one_line)

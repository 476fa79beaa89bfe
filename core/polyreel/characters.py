"""Characters: which characters of a text from elsewhere are safe to show.

A provider's words, a prompt or the name of a file may hold characters that do something instead
of being seen: they move a terminal's cursor, set its title, or reverse the order of the text.
"""

from __future__ import annotations

import re

# What a terminal would obey, as a whole. What a string command (OSC, DCS, …) holds is only removed
# with its end: without one, the rest of the text would be lost.
_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[PX^_\]]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x80-\x9f]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]?"
)
_LINE_END = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_HALF_A_PAIR = re.compile(r"[\ud800-\udfff]")
# The joiners U+200C and U+200D and the marks U+200E, U+200F and U+061C stay: emoji, Persian,
# Arabic and Hebrew need them.
UNSAFE_FROM_DEL = r"\x7f-\x9f\u200b\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
"""DEL, C1, what reverses the order of a text, and what has no width and no use in a sentence: the
inside of a set of a regular expression. C0 is apart, since JSON escapes it by itself."""
_UNSAFE = re.compile(rf"[\x00-\x09\x0b-\x1f{UNSAFE_FROM_DEL}]")


def clean(text: str) -> str:
    r"""Return a text that is safe to show, in one or more lines.

    Escape sequences and control characters are removed, also those that reverse the order of a
    text. Every end of a line becomes ``\n``, a tab becomes a space, and half of a surrogate pair,
    which no file and no terminal takes, becomes U+FFFD.
    """
    if text.isprintable():  # most texts are
        return text
    text = _LINE_END.sub("\n", _SEQUENCE.sub("", text)).replace("\t", " ")
    return _HALF_A_PAIR.sub("\ufffd", _UNSAFE.sub("", text))


def clean_line(text: str) -> str:
    """Return a text that is safe to show, in one line: an end of a line becomes a space."""
    return clean(text).replace("\n", " ")

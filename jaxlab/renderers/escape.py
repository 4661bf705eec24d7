"""Names come from programs, and so from anybody: what can't be seen is spelled out."""

from __future__ import annotations

from jaxlab.errors import cut

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\x1b": "\\e"}


def visible(text: str, limit: int = 80) -> str:
    """A text that is safe to print: one line, nothing invisible, at most `limit` characters.

    Control characters, ANSI escapes, line breaks, direction marks, zero-width characters and
    lone surrogates are spelled as `\\n`, `\\e` or `\\u202e`; a long text loses its middle.
    It is not escaped for HTML, XML or DOT: each writer does that on the way out.
    """
    short = cut(text, limit)
    if short.isprintable():
        return short
    return cut("".join(map(_spelled, short)), limit)


def _spelled(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

"""The line of a magic: options before or after what it is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from jaxlab.errors import InputError, cut

_LEADING = re.compile(r"(--\S+|-[a-zA-Z]\b)\s*")
_VALUE = r"(\"[^\"]*\"|'[^']*'|\S+)"
_WORD = re.compile(_VALUE + r"\s*")


class Line(NamedTuple):
    """The options of a line, each with its value ("" for a flag), in order; and the rest of it."""

    options: tuple[tuple[str, str], ...]
    rest: str


@dataclass(frozen=True)
class Syntax:
    """What options a magic has.

    Attributes:
      magic: its name, for what is said of bad input.
      flags: names of options without a value.
      values: names of options with one.
      calls: names of options whose value is a call: it ends at the next option or at the end.
    """

    magic: str
    flags: Sequence[str]
    values: Sequence[str]
    calls: Sequence[str] = ()

    def read(self, line: str) -> Line:
        """Read a line; options may stand before the rest or after it.

        Raises:
          InputError: an unknown option, or a value where there is none, or none where one is due.
        """
        found: list[tuple[str, str]] = []
        rest = line.strip()
        for name in self.calls:
            rest = self._take_call(name, rest, found)
        while (word := _LEADING.match(rest)) is not None:
            name, equals, value = word[1].partition("=")
            rest = rest[word.end() :]
            if name.removeprefix("--") in self.values and not equals:
                given = _WORD.match(rest)
                value = given[1] if given else ""
                rest = rest[given.end() :] if given else ""
            found.append(self._checked(name, value, bool(equals)))
        trailing = self._trailing
        while (option := trailing.search(f" {rest}")) is not None:
            name, _, value = option[1].replace("=", " ", 1).partition(" ")
            found.append(self._checked(name, value.strip(), False))
            rest = f" {rest}"[: option.start()].strip()
        return Line(tuple(found), rest)

    @property
    def _trailing(self) -> re.Pattern[str]:
        flags, values = "|".join(self.flags), "|".join(self.values)
        return re.compile(rf"\s(--(?:{flags})|--(?:{values})(?:\s+|=){_VALUE})\s*$")

    def _take_call(self, name: str, rest: str, found: list[tuple[str, str]]) -> str:
        """Take `--name CALL` out of the line."""
        names = "|".join((*self.flags, *self.values, *self.calls))
        option = re.search(rf"(?:^|\s)--{name}(?:\s+|=|$)(.*?)(?=\s--(?:{names})\b|$)", rest)
        if option is None:
            return rest
        found.append(self._checked(f"--{name}", option[1].strip(), False))
        return f"{rest[: option.start()]} {rest[option.end() :]}".strip()

    def _checked(self, name: str, value: str, equals: bool) -> tuple[str, str]:
        key = name.removeprefix("--")
        known = (*self.flags, *self.values, *self.calls)
        if not name.startswith("--") or key not in known:
            listed = " ".join(f"--{each}" for each in known)
            raise InputError(f"{self.magic} has no option `{cut(name, 40)}`. It has {listed}.")
        if key in self.flags:
            if equals:
                raise InputError(f"`--{key}` takes no value, got {cut(value, 40)!r}.")
            return key, ""
        if value[:1] == value[-1:] and value[:1] in ("'", '"'):
            value = value[1:-1]
        if not value:
            raise InputError(
                f"`--{key}` needs a value. `%{self.magic} --help` shows what it takes."
            )
        return key, value


def whole_number(key: str, value: str, least: int = 0) -> int:
    """A value that is a whole number.

    Raises:
      InputError: it is none, or too small.
    """
    if not value.isdecimal() or int(value) < least:
        raise InputError(f"`--{key}` needs a whole number from {least}, got {cut(value, 40)!r}.")
    return int(value)

"""The errors that a user of jaxlab can cause: what was asked, what was found, what to do."""

from __future__ import annotations

from collections.abc import Iterator


class JaxLabError(Exception):
    """Base class of every error that a user can cause. The magics show it as one line."""


class InputError(JaxLabError):
    """The arguments, the option or the call that was given can't be used."""


class PayloadError(InputError):
    """A report's payload is broken, cut off, too large or of another version."""


class StageError(JaxLabError):
    """A program has no such stage, or the stage could not be made."""


class CaptureError(JaxLabError):
    """A cell or a call could not be captured."""


class ProfileError(JaxLabError):
    """Something could not be measured: no profiler, no space for its trace, no inputs to run on."""


class GraphError(JaxLabError):
    """A graph was asked for something it doesn't hold."""


class ToolError(JaxLabError):
    """A program or package that is needed for this is missing or failed."""


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """An error, and those it came from or was raised in the handling of, each once."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        current = waiting.pop()
        if current is not None and id(current) not in seen:
            seen.add(id(current))
            waiting += [current.__cause__, current.__context__]
            yield current


def cut(text: str, limit: int = 80) -> str:
    """Shorten a text to at most `limit` characters, by cutting its middle."""
    if len(text) <= limit:
        return text
    head = (limit - 1) // 2
    tail = limit - 1 - head
    return f"{text[:head]}…{text[len(text) - tail :]}"

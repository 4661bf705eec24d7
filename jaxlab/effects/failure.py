"""Where the user's code was when an error came, and what its names meant there."""

from __future__ import annotations

import ast
import linecache
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import CodeType, FrameType, TracebackType
from typing import Any

from jaxlab import _jax
from jaxlab.effects.python_events import is_own
from jaxlab.origin import Frame

_TRACED = re.compile(r"tracing the function (\S+) at (.*?):(\d+)(?: traced)? for (\w+)")
_ARGUMENTS = re.compile(r"depends on the values? of the arguments? (.+?)\.(?:\s|$)")


@dataclass(frozen=True, slots=True)
class TracedBy:
    """The function that JAX was tracing, as its error says.

    Attributes:
      function: its name.
      file, line: where it is defined.
      transform: "jit", "scan", …
      arguments: those that the value depends on.
    """

    function: str
    file: str
    line: int
    transform: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """An error, at the user's innermost line.

    Attributes:
      error: what was raised.
      frame: the line.
      path: the expression under way, and what it is a part of, outwards to the module; () where
        the text can't be read.
      names: what the names meant there.
      traced: the function that was traced; None where the error does not say.
    """

    error: BaseException
    frame: Frame
    path: tuple[ast.AST, ...] = field(repr=False)
    names: Mapping[str, Any] = field(repr=False)
    traced: TracedBy | None

    @property
    def message(self) -> str:
        """What the error says."""
        return str(self.error)

    @property
    def expression(self) -> ast.expr | None:
        """The expression under way."""
        return next((each for each in self.path if isinstance(each, ast.expr)), None)

    @property
    def statement(self) -> ast.stmt | None:
        """The statement that it is in."""
        return next((each for each in self.path if isinstance(each, ast.stmt)), None)

    def tracers_in(self, node: ast.AST | None) -> tuple[str, ...]:
        """The names in a piece of code that stand for tracers, in the order written."""
        if node is None:
            return ()
        names = [each.id for each in ast.walk(node) if isinstance(each, ast.Name)]
        return tuple(dict.fromkeys(name for name in names if self.is_tracer(name)))

    def is_tracer(self, name: str) -> bool:
        """Whether a name stands for a tracer."""
        return _jax.is_tracer(self.names.get(name))


def failure_of(error: BaseException) -> Failure | None:
    """Where an error came from in the user's own code; None where it did not."""
    own = [each for each in _tracebacks(error) if is_own(each.tb_frame.f_code)]
    if not own:
        return None
    last = own[-1]
    frame = last.tb_frame
    (place,) = _jax.frames_of_code([(frame.f_code, last.tb_lasti)])
    return Failure(
        error=error,
        frame=place,
        path=_path(frame.f_code, last.tb_lasti),
        names=_names(frame),
        traced=_traced_by(str(error)),
    )


def parsed(file: str) -> ast.Module | None:
    """The text of a file or cell, as Python reads it; None where that can't be had."""
    try:
        return ast.parse("".join(linecache.getlines(file)))
    except (SyntaxError, ValueError):
        return None


def _tracebacks(error: BaseException) -> Iterator[TracebackType]:
    traceback = error.__traceback__
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _names(frame: FrameType) -> dict[str, Any]:
    return {**frame.f_builtins, **frame.f_globals, **frame.f_locals}


def _traced_by(message: str) -> TracedBy | None:
    found = _TRACED.search(message)
    if found is None:
        return None
    listed = _ARGUMENTS.search(message)
    arguments = tuple(re.split(r", and |, | and ", listed[1])) if listed else ()
    return TracedBy(found[1], found[2], int(found[3]), found[4], arguments)


def _path(code: CodeType, offset: int) -> tuple[ast.AST, ...]:
    """The innermost piece of code that an instruction was made of, and what it stands in."""
    positions = [*code.co_positions()]
    first, last, begin, end = (
        positions[offset // 2] if 0 <= offset // 2 < len(positions) else [0] * 4
    )
    tree = parsed(code.co_filename)
    if tree is None or not first or last is None or begin is None or end is None:
        return ()
    wanted = (first, begin), (last, end)
    path: list[ast.AST] = [tree]
    inner: ast.AST | None = tree
    while inner is not None:
        inner = next((each for each in _parts(inner) if _spans(each, wanted)), None)
        if inner is not None:
            path.append(inner)
    if isinstance(path[-1], ast.If | ast.While | ast.Assert | ast.IfExp):
        path.append(path[-1].test)  # Python 3.11 gives the whole of it as the place of a bare name
    return tuple(reversed(path))


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """What a node is made of, without what can't raise by itself."""
    for part in ast.iter_child_nodes(node):
        is_format = isinstance(node, ast.FormattedValue) and part is node.format_spec
        if not is_format and not isinstance(part, ast.Constant):
            yield part


def _spans(node: ast.AST, wanted: tuple[tuple[int, int], tuple[int, int]]) -> bool:
    """Whether a node holds a stretch of the text; one without a place is not looked into."""
    if not isinstance(node, ast.expr | ast.stmt | ast.keyword | ast.comprehension):
        return False
    if isinstance(node, ast.comprehension):
        return any(_spans(each, wanted) for each in (node.iter, *node.ifs))
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    begin, end = wanted
    return (node.lineno, node.col_offset) <= begin and end <= (node.end_lineno, node.end_col_offset)

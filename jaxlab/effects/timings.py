"""What the user's code timed: two readings of a clock, of which it takes the difference."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from jaxlab.effects.seen import Call, Seen
from jaxlab.origin import Frame

_DEFS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a piece of code reads a clock, works, and reads it again.

    Attributes:
      starts, stops: the lines that read it.
      scope: the function or module that they are in.
    """

    starts: frozenset[int]
    stops: frozenset[int]
    scope: ast.AST


@dataclass(frozen=True, slots=True)
class Timing:
    """One time that was taken.

    Attributes:
      start, stop: the two readings.
      scope: the function or module that took it.
    """

    start: Call
    stop: Call
    scope: ast.AST

    @property
    def seconds(self) -> float:
        """How long it was."""
        return self.stop.at - self.start.at

    @property
    def frames(self) -> tuple[Frame, ...]:
        """Its two lines, the later one first."""
        return tuple(dict.fromkeys((self.stop.frame, self.start.frame)))

    @property
    def said(self) -> str:
        """Its lines, in words."""
        first, last = self.start.frame.line, self.stop.frame.line
        return f"line {first}" if first == last else f"lines {first} to {last}"

    def has(self, frame: Frame) -> bool:
        """Whether a line is in between."""
        first, last = sorted((self.start.frame.line, self.stop.frame.line))
        return frame.file == self.stop.frame.file and first <= frame.line <= last

    def statements(self) -> Iterator[ast.stmt]:
        """The statements in between, in the order written."""
        first, last = sorted((self.start.frame.line, self.stop.frame.line))
        for node in _own(self.scope):
            if isinstance(node, ast.stmt) and first <= node.lineno <= last:
                yield node


def timings(seen: Seen) -> Iterator[Timing]:
    """The times that were taken outside of traces, in order."""
    clocks: dict[str, list[Call]] = {}
    for call in seen.calls:
        if call.what == "clock":
            clocks.setdefault(call.frame.file, []).append(call)
    for file, calls in clocks.items():
        source = seen.sources.get(file)
        intervals = intervals_of(source.text) if source is not None else ()
        for place, stop in enumerate(calls):
            for interval in intervals:
                if stop.frame.line not in interval.stops:
                    continue
                before = (
                    call
                    for call in reversed(calls[:place])
                    if call.frame.line in interval.starts
                    and call.frame.function == stop.frame.function
                )
                start = next(before, None)
                if start is not None:
                    yield Timing(start, stop, interval.scope)


@lru_cache(maxsize=256)
def intervals_of(text: str) -> tuple[Interval, ...]:
    """Where a text takes the difference of two calls, `clock() - start`, by its lines."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return ()
    scopes = [tree, *(node for node in ast.walk(tree) if isinstance(node, _DEFS))]
    return tuple(interval for scope in scopes for interval in _intervals(scope))


def _intervals(scope: ast.AST) -> Iterator[Interval]:
    read: dict[str, set[int]] = {}  # the lines that set a variable to what a call gives
    for node in _own(scope):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            for target in node.targets:
                read.setdefault(ast.unparse(target), set()).add(node.value.lineno)
        elif isinstance(node, ast.NamedExpr) and isinstance(node.value, ast.Call):
            read.setdefault(node.target.id, set()).add(node.value.lineno)
    for node in _own(scope):
        if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Sub):
            continue
        starts = read.get(ast.unparse(node.right))
        is_call = isinstance(node.left, ast.Call)
        stops = {node.left.lineno} if is_call else read.get(ast.unparse(node.left))
        if starts and stops:
            yield Interval(frozenset(starts), frozenset(stops), scope)


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    """What a scope is made of, without the functions and classes in it."""
    for child in ast.iter_child_nodes(scope):
        if not isinstance(child, _DEFS):
            yield child
            yield from _own(child)

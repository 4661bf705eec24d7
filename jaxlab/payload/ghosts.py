"""Ghosts: where, in a program, Python did what the program itself never does again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from jaxlab.finding import Finding
from jaxlab.graph import Graph
from jaxlab.origin import Frame

ONCE = frozenset(
    {
        "fstring-debug-print",
        "host-clock",
        "host-io",
        "host-mutation",
        "host-random",
        "iterator-in-loop",
        "print-at-trace",
    }
)
"""Hazards that are about what Python does while JAX traces."""

_Equation = tuple[int, str]
"""A line of a function, and a node that came from it."""


class Ghosts:
    """Finds the place of what Python did once, among the equations of the same function."""

    def __init__(self, graph: Graph | None) -> None:
        """Look into a jaxpr, as it was read; None where the report has none."""
        self._graph = graph

    def place(self, finding: Finding) -> tuple[str, bool] | None:
        """The node beside which it happened, and whether it happened after that node.

        That is the next equation of the same function, by line; behind the last one, the last.
        Of a function without equations it is the call whose trace it happened in. None where
        that is not known, and for findings of other kinds.
        """
        if finding.hazard not in ONCE:
            return None
        for frame in finding.frames:
            beside = self._first_of(frame)
            following = next((node for line, node in beside if line >= frame.line), None)
            if following is not None:
                return following, False
            if beside:
                return beside[-1][1], True
        return None

    def _first_of(self, frame: Frame) -> Sequence[_Equation]:
        """The equations of a frame's function, in the first program that has some."""
        programs = self._functions.get(_function(frame), {})
        return next(iter(programs.values()), ())

    @cached_property
    def _functions(self) -> dict[tuple[str, str], dict[str, list[_Equation]]]:
        """By function, then by the region that its equations were read in."""
        found: dict[tuple[str, str], dict[str, list[_Equation]]] = {}
        for node in self._graph.nodes() if self._graph is not None else ():
            for function, line in _lines_of(node.origin.frames):
                regions = found.setdefault(function, {})
                regions.setdefault(node.region_id, []).append((line, node.id))
        return found


def _lines_of(frames: Sequence[Frame]) -> Iterator[tuple[tuple[str, str], int]]:
    """The innermost line of each function in a stack."""
    known: set[tuple[str, str]] = set()
    for frame in frames:
        function = _function(frame)
        if function not in known:
            known.add(function)
            yield function, frame.line


def _function(frame: Frame) -> tuple[str, str]:
    """Its file and name; some versions of Python and JAX write the classes around it, too."""
    return frame.file, frame.function.rpartition(".")[2]

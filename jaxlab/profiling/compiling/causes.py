"""Why a compile takes what it takes: what the program handed to the compiler is made of.

Equations by source line (an unrolled Python loop shows as one line that owns thousands), captured
constants by size, and how many distinct shapes there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from jaxlab.graph import Graph, Node
from jaxlab.origin import Frame
from jaxlab.quantities import quantity
from jaxlab.report import Table

UNROLLED_ROUNDS = 8
"""Rounds from which a line that is traced over and over is called unrolled: the few layers of a
small network that are written out on purpose are none."""
UNROLLED_EQUATIONS = 300
"""Equations of such a line from which a loop of JAX's is worth its trouble: a compiler takes
about a millisecond for each, and a loop's body is then compiled once."""
LARGE_CONSTANT = 1_000_000
"""Bytes of a captured constant from which it is named: the compiler reads, hashes and copies it."""
MANY_SHAPES = 300
"""Distinct types from which they are named: GPT-2's whole training step has fewer than fifty, and
code is shared only between operations on the same."""

_ROWS = 15


@dataclass(frozen=True, slots=True)
class Line:
    """What one source line gave the program.

    Attributes:
      frame: the line.
      equations: those traced while it ran, in functions that it calls too.
      own: those of its own.
      rounds: how often it was traced at least; 1 where that is not known.
      node: the first of its equations.
    """

    frame: Frame
    equations: int
    own: int
    rounds: int
    node: str


def lines_of(jaxpr: Graph) -> tuple[Line, ...]:
    """The source lines of a program, those with the most equations of their own first.

    How often a line was traced is what the rarest of its equations says: each round leaves the
    same operations with the same calls below the line. Backward passes are left out where there
    is a forward pass, for they are not the same in each round; and functions jitted within where
    there is anything else, for they are traced once and called again.
    """
    return jaxpr.derived(_lines_of)


_Place = tuple[str, int]
"""A file and a line of it."""


def _lines_of(jaxpr: Graph) -> tuple[Line, ...]:
    alike = Counter(key for node in jaxpr.nodes() for key in _keys(node).values())
    equations: Counter[_Place] = Counter()
    own: Counter[_Place] = Counter()
    rarest: dict[_Place, tuple[bool, int, int]] = {}
    first: dict[_Place, tuple[Frame, str]] = {}
    for node in jaxpr.nodes():
        backward, nesting = node.origin.backward, node.region_id.count("/")
        for place, key in _keys(node).items():
            depth = len(key[2])
            equations[place] += 1
            own[place] += depth == 1
            rank = backward, nesting, alike[key]
            rarest[place] = min(rank, rarest.get(place, rank))
            first.setdefault(place, (_whole_line(key[2][-1]), node.id))
    found = [
        Line(
            first[place][0],
            count,
            own[place],
            rarest[place][2],
            first[place][1],
        )
        for place, count in equations.items()
    ]
    return tuple(sorted(found, key=lambda line: (-line.own, -line.equations)))


_Key = tuple[str, tuple[str, ...], tuple[Frame, ...]]


def _keys(node: Node) -> dict[_Place, _Key]:
    """For each line of an equation's stack, once: what its rounds through that line share."""
    frames = node.origin.frames
    found: dict[_Place, _Key] = {}
    for depth, frame in enumerate(frames, 1):
        place = frame.file, frame.line
        if place not in found:
            found[place] = node.op, node.origin.transforms, frames[:depth]
    return found


def _whole_line(frame: Frame) -> Frame:
    return replace(frame, column=0, end_line=frame.line, end_column=0)


def unrolled_lines(jaxpr: Graph) -> tuple[Line, ...]:
    """Lines that look like the body of an unrolled Python loop, the largest first.

    Of lines that call each other only the outermost that is traced over and over is given.
    """
    found = [
        line
        for line in lines_of(jaxpr)
        if line.rounds >= UNROLLED_ROUNDS and line.equations >= UNROLLED_EQUATIONS
    ]
    chosen = {(line.frame.file, line.frame.line) for line in found}
    covered: dict[tuple[str, int], bool] = dict.fromkeys(chosen, True)
    for node in jaxpr.nodes():
        places = [(frame.file, frame.line) for frame in node.origin.frames]
        for depth, place in enumerate(places):
            if place in chosen:
                covered[place] &= any(outer in chosen for outer in places[depth + 1 :])
    outermost = [line for line in found if not covered[line.frame.file, line.frame.line]]
    return tuple(sorted(outermost, key=lambda line: -line.equations))


def constants_of(jaxpr: Graph) -> tuple[tuple[str, int], ...]:
    """Captured constants, (type, bytes), the largest first; those of unknown size are left out."""
    sizes = [
        (str(value.type), value.type.bytes)
        for region in jaxpr.regions.values()
        for value in region.inputs
        if value.role == "const"
    ]
    known = [(name, size) for name, size in sizes if size is not None]
    return tuple(sorted(known, key=lambda constant: -constant[1]))


def types_of(jaxpr: Graph) -> Mapping[str, int]:
    """How many results have each type, the most frequent first."""
    counts = Counter(
        str(value.type)
        for node in jaxpr.nodes()
        for value in node.outputs
        if value.type.kind == "array"
    )
    return dict(counts.most_common())


def why(jaxpr: Graph) -> tuple[str, ...]:
    """What makes this program slow to compile, a sentence each; () for nothing remarkable."""
    total = len(jaxpr) or 1
    found = [
        f"{line.frame.file}:{line.frame.line} was traced {line.rounds:,} times and owns "
        f"{line.equations:,} of {total:,} equations ({quantity(line.equations / total, '%')}): "
        "a Python loop, or a map over a tree, is written out round by round. Where all rounds have "
        "the same shapes, `jax.lax.scan` or `jax.lax.fori_loop` is traced and compiled once."
        for line in unrolled_lines(jaxpr)[:3]
    ]
    large = [size for _, size in constants_of(jaxpr) if size >= LARGE_CONSTANT]
    if large:
        found.append(
            f"{len(large):,} captured {'array' if len(large) == 1 else 'arrays'} of "
            f"{quantity(sum(large), 'B')} became constants of the program, which the compiler "
            "reads and copies. Pass them as arguments instead."
        )
    types = types_of(jaxpr)
    if len(types) >= MANY_SHAPES:
        found.append(
            f"There are {len(types):,} distinct types and shapes: code is shared only between "
            "operations on the same. Padding to a few sizes shares it."
        )
    return tuple(found)


def lines_table(jaxpr: Graph) -> Table:
    """Equations by source line."""
    shown = sorted(lines_of(jaxpr), key=lambda line: (-line.own, -line.equations))[:_ROWS]
    total = len(jaxpr) or 1
    return Table(
        "Equations by source line",
        ("line", "of its own", "share", "with what it calls", "traced at least"),
        tuple(
            (_place(line.frame), line.own, line.own / total, line.equations, line.rounds)
            for line in shown
        ),
        ("", "", "%", "", ""),
        "jaxpr",
        tuple(line.node for line in shown),
        tuple(line.frame for line in shown),
    )


def captured_table(jaxpr: Graph) -> Table:
    """Captured constants by size."""
    constants = constants_of(jaxpr)
    return Table(
        f"Captured constants: {len(constants):,}, the largest first",
        ("type", "bytes"),
        constants[:_ROWS],
        ("", "B"),
    )


def types_table(jaxpr: Graph) -> Table:
    """Distinct types and shapes of results."""
    types = types_of(jaxpr)
    return Table(
        f"Distinct types and shapes: {len(types):,}",
        ("type", "results"),
        tuple(types.items())[:_ROWS],
    )


def _place(frame: Frame) -> str:
    name = frame.file.rpartition("/")[2]
    return f"{name}:{frame.line} ({frame.function})" if frame.function else f"{name}:{frame.line}"

"""What a report shows of memory: tables, the largest rows first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from jaxlab.analyses.lineage import Lineage
from jaxlab.graph import Graph
from jaxlab.origin import Frame, Source, place_of
from jaxlab.overlay import Cell
from jaxlab.profiling.memory.constants import LEAST, Constant
from jaxlab.profiling.memory.live import Alive, LiveBytes
from jaxlab.profiling.memory.residuals import Residual, Residuals
from jaxlab.profiling.memory.reuse import Reuse
from jaxlab.profiling.memory.whence import frame_of, origin_of
from jaxlab.quantities import quantity
from jaxlab.report import Table

_ROWS = 50
"""Rows of a table; the overlays have the rest."""

_Key = TypeVar("_Key")
_Item = TypeVar("_Item")


def peak_table(live: LiveBytes, graph: Graph, lineage: Lineage | None) -> Table:
    """What is alive at the peak, buffer by buffer."""
    shown = live.alive[:_ROWS]
    return Table(
        title=_title("Alive at the peak, by buffer", len(shown), len(live.alive)),
        columns=("value", "bytes", "share", "kind", "operation", "scope"),
        rows=tuple(
            (
                _name(graph, each),
                each.size,
                each.size / (live.peak or 1),
                each.kind,
                node.op if (node := graph.get(each.node)) is not None else "",
                origin_of(graph, node).scope,
            )
            for each in shown
        ),
        units=("", "B", "%", "", "", ""),
        stage="hlo",
        nodes=tuple(each.node for each in shown),
        frames=tuple(frame_of(graph, graph.get(each.node), lineage) for each in shown),
    )


def peak_by_line_table(
    live: LiveBytes, graph: Graph, lineage: Lineage | None, sources: Sequence[Source]
) -> Table:
    """What is alive at the peak, by the line that made it."""

    def line_of(each: Alive) -> tuple[str, Frame | None]:
        if each.kind in ("argument", "constant"):
            return f"({each.kind}s)", None
        return "", _line_of(frame_of(graph, graph.get(each.node), lineage))

    groups = _grouped(live.alive, line_of, lambda each: each.size)
    shown = groups[:_ROWS]
    return Table(
        title=_title("Alive at the peak, by source line", len(shown), len(groups)),
        columns=("line", "bytes", "share", "buffers"),
        rows=tuple(
            (kind or place_of(frame, sources), size, size / (live.peak or 1), count)
            for (kind, frame), size, count in shown
        ),
        units=("", "B", "%", ""),
        frames=tuple(frame for (_, frame), _, _ in shown),
    )


def peak_by_scope_table(live: LiveBytes, graph: Graph) -> Table:
    """What is alive at the peak, by the scope that made it, forward and backward apart."""

    def scope_of(each: Alive) -> tuple[str, str]:
        if each.kind in ("argument", "constant"):
            return f"({each.kind}s)", ""
        origin = origin_of(graph, graph.get(each.node))
        return origin.scope or "(no scope)", "backward" if origin.backward else "forward"

    groups = _grouped(live.alive, scope_of, lambda each: each.size)
    shown = groups[:_ROWS]
    return Table(
        title=_title("Alive at the peak, by scope", len(shown), len(groups)),
        columns=("scope", "pass", "bytes", "share", "buffers"),
        rows=tuple(
            (scope, direction, size, size / (live.peak or 1), count)
            for (scope, direction), size, count in shown
        ),
        units=("", "", "B", "%", ""),
    )


def residuals_table(residuals: Residuals) -> Table:
    """What is saved for the backward pass, value by value."""
    shown = residuals.saved[:_ROWS]
    return Table(
        title=_title("Saved for the backward pass, by value", len(shown), len(residuals.saved)),
        columns=("value", "bytes", "operation", "rounds", "scope"),
        rows=tuple(
            (str(each.value.type), _size(each), each.op, each.rounds, each.scope) for each in shown
        ),
        units=("", "B", "", "", ""),
        stage="jaxpr",
        nodes=tuple(each.node for each in shown),
        frames=tuple(each.frame for each in shown),
    )


def residuals_by_line_table(residuals: Residuals, sources: Sequence[Source]) -> Table:
    """What is saved for the backward pass, by the line that made it."""
    groups = _grouped(
        residuals.saved, lambda each: _line_of(each.frame), lambda each: each.size or 0
    )
    shown = groups[:_ROWS]
    total = residuals.total or 1
    return Table(
        title=_title("Saved for the backward pass, by source line", len(shown), len(groups)),
        columns=("line", "bytes", "share", "values"),
        rows=tuple(
            (place_of(frame, sources), size, size / total, count) for frame, size, count in shown
        ),
        units=("", "B", "%", ""),
        frames=tuple(frame for frame, _, _ in shown),
    )


def constants_table(constants: Sequence[Constant], sources: Sequence[Source]) -> Table:
    """The constants in the executable."""
    shown = constants[:_ROWS]
    return Table(
        title=_title(f"Constants of {quantity(LEAST, 'B')} and more", len(shown), len(constants)),
        columns=("constant", "bytes", "from", "read at"),
        rows=tuple(
            (str(each.type), each.size, each.source, place_of(each.frame, sources))
            for each in shown
        ),
        units=("", "B", "", ""),
        stage="hlo",
        nodes=tuple(each.node for each in shown),
        frames=tuple(each.frame for each in shown),
    )


def reuse_table(reuse: Reuse) -> Table:
    """What donation saves and could save, argument by argument."""
    shown = reuse.arguments[:_ROWS]
    return Table(
        title=_title("Donation", len(shown), len(reuse.arguments)),
        columns=(
            *("argument", "arrays", "bytes", "donated", "reused"),
            *("in vain", "could be reused", "remedy"),
        ),
        rows=tuple(
            (
                each.name or "(no name)",
                each.arrays,
                each.size,
                "not known" if each.donated is None else each.donated,
                each.reused,
                each.unusable,
                each.reusable,
                each.remedy,
            )
            for each in shown
        ),
        units=("", "", "B", "B", "B", "B", "B", ""),
    )


def _size(residual: Residual) -> Cell:
    return "not known" if residual.size is None else residual.size


def _name(graph: Graph, each: Alive) -> str:
    """An argument's own name, or an instruction's; with the part of its tuple."""
    node = graph.get(each.node)
    if node is None:
        return "(not known)"
    value = node.inputs[0] if node.op == "parameter" else node.outputs[0]
    return value.name + "".join(f"[{place}]" for place in each.index)


def _line_of(frame: Frame | None) -> Frame | None:
    """The whole line that a frame is in."""
    return frame and Frame(frame.file, frame.line, end_line=frame.line)


def _grouped(
    items: Iterable[_Item], key: Callable[[_Item], _Key], size: Callable[[_Item], int]
) -> list[tuple[_Key, int, int]]:
    """(key, bytes, number of items), the largest first."""
    found: dict[_Key, list[int]] = {}
    for item in items:
        found.setdefault(key(item), []).append(size(item))
    groups = [(each, sum(sizes), len(sizes)) for each, sizes in found.items()]
    return sorted(groups, key=lambda group: -group[1])


def _title(title: str, shown: int, all_: int) -> str:
    return title if shown == all_ else f"{title}: {shown} of {all_:,}"

"""Two profiles side by side: which stages, programs and operations take more, and how much more."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jaxlab.call_profile import Profile
from jaxlab.cell_profile import CellProfile
from jaxlab.display import Display
from jaxlab.errors import InputError, cut
from jaxlab.graph import Graph
from jaxlab.overlay import Cell
from jaxlab.profiling.against.compare import diff as diff_of_stages
from jaxlab.profiling.device.operations import Operations
from jaxlab.quantities import quantity
from jaxlab.report import Report, Table

_ROWS = 50
_NUMBER = re.compile(r"(\.\d+)+$")


@dataclass(frozen=True, repr=False)
class ProfileDiff:
    """Two profiles side by side; ratios are of the second by the first.

    Attributes:
      names: what they are called.
      headline: what came out, in a sentence.
      tables: stages, or programs; operations; kinds of operation.
    """

    names: tuple[str, str]
    headline: str
    tables: tuple[Table, ...]

    def __repr__(self) -> str:
        return f"ProfileDiff({self.headline})"

    def __str__(self) -> str:
        return self.show().text()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        return self.show()._repr_mimebundle_(include, exclude)  # pyright: ignore[reportPrivateUsage]

    def report(self) -> Report:
        """What there is to show of it."""
        return Report(" against ".join(self.names), (self.headline,), tables=self.tables)

    def show(self) -> Display:
        """The two profiles as something to look at."""
        return Display(self.report())


def profile_diff(one: Profile | CellProfile, other: Profile | CellProfile) -> ProfileDiff:
    """Set two profiles side by side; see `jaxlab.diff`."""
    names = _names(one.program.name, other.program.name)
    if isinstance(one, Profile) and isinstance(other, Profile):
        tables = [diff_of_stages(one.stages, other.stages, names)]
        taken = (_run(one), _run(other))
        graphs = (one.hlo, other.hlo) if one.operations and other.operations else None
    elif isinstance(one, CellProfile) and isinstance(other, CellProfile):
        tables = [_table("Programs", "program", _programs(one), _programs(other), names)]
        taken = (one.wall, other.wall)
        mains = (one.main, other.main)
        graphs = (mains[0].hlo, mains[1].hlo) if mains[0] and mains[1] else None
    else:
        kinds = f"{_kind(one)} and {_kind(other)}"
        raise InputError(
            f"`jaxlab.diff` takes two profiles of calls, or two of cells; got {kinds}."
        )
    if graphs is not None and one.operations is not None and other.operations is not None:
        first, second = (one.operations, graphs[0]), (other.operations, graphs[1])
        own, theirs = _operations(*first), _operations(*second)
        tables.append(_table("Operations, by their own time", "operation", own, theirs, names))
        own, theirs = _kinds(*first), _kinds(*second)
        tables.append(_table("Kinds of operation", "kind", own, theirs, names))
    return ProfileDiff(names, _headline(names, taken), tuple(t for t in tables if t.rows))


def _names(one: str, other: str) -> tuple[str, str]:
    one, other = cut(one, 40), cut(other, 40)
    return (one, other) if one != other else ("A", "B")


def _kind(value: object) -> str:
    return f"a {cut(type(value).__name__, 40)}"


def _run(profile: Profile) -> float | None:
    runs = profile.stages.runs
    return profile.stages.first if runs is None else runs.total.median


def _headline(names: tuple[str, str], taken: tuple[float | None, float | None]) -> str:
    one, other = taken
    if not one or not other:
        return "One of the two was not run: only what both have is compared."
    said = f"{names[0]} {quantity(one, 's')}, {names[1]} {quantity(other, 's')}"
    return f"{said}: a ratio of {quantity(other / one)}."


def _programs(profile: CellProfile) -> dict[str, float]:
    found: defaultdict[str, float] = defaultdict(float)
    for each in profile.programs:
        found[each.name] += each.host if each.device_total is None else each.device_total
    return found


def _operations(operations: Operations, graph: Graph) -> dict[str, float]:
    """Seconds by what one may call the same operation in two compiles: name without its number,
    type, and how many of those came before it."""
    found: dict[str, float] = {}
    seen: defaultdict[str, int] = defaultdict(int)
    for node in graph.nodes():
        if node.id not in operations.seconds or not node.outputs:
            continue
        name = _NUMBER.sub("", node.outputs[0].name)
        what = f"{name} {node.outputs[0].type}"
        seen[what] += 1
        found[what if seen[what] == 1 else f"{what} #{seen[what]}"] = operations.seconds[node.id]
    return found


def _kinds(operations: Operations, graph: Graph) -> dict[str, float]:
    found: defaultdict[str, float] = defaultdict(float)
    for node, seconds in operations.seconds.items():
        found[graph.node(node).op] += seconds
    return found


def _table(
    title: str,
    what: str,
    one: Mapping[str, float],
    other: Mapping[str, float],
    names: tuple[str, str],
) -> Table:
    """Both columns, the largest differences first."""
    keys = sorted(
        dict.fromkeys((*one, *other)), key=lambda key: -abs(one.get(key, 0) - other.get(key, 0))
    )
    rows = tuple(_row(key, one.get(key), other.get(key)) for key in keys[:_ROWS])
    shown = title if len(keys) <= _ROWS else f"{title}: {_ROWS} of {len(keys):,}"
    return Table(shown, (what, *names, f"{names[1]} by {names[0]}"), rows, ("", "s", "s", ""))


def _row(key: str, one: float | None, other: float | None) -> tuple[Cell, ...]:
    ratio: Cell = other / one if one and other is not None else ""
    return (cut(key, 60), "" if one is None else one, "" if other is None else other, ratio)

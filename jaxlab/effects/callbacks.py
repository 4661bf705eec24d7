"""How often a program calls back into Python, and in which order. Predicted: nothing is run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from jaxlab.analyses.flow import inlined_region
from jaxlab.analyses.trips import loop_trips
from jaxlab.effects.needed import Needs, Places
from jaxlab.graph import Graph, Node, Region
from jaxlab.origin import Frame

CALLBACKS = {
    "debug_callback": "jax.debug.callback",
    "debug_print": "jax.debug.print",
    "pure_callback": "jax.pure_callback",
    "io_callback": "jax.experimental.io_callback",
}
"""Primitives that call back, and what a user writes for them."""

_ONCE = ("jaxpr", "call_jaxpr", "fun_jaxpr", "body")
"""Roles of a region that an equation, one that is no loop and no branch, runs once."""

MOST_PATHS = 10_000
"""Callbacks, by the calls that lead to them, before the rest is left out."""


@dataclass(frozen=True, slots=True)
class Times:
    """How often something runs. `at_most` is None where nothing in the program says it."""

    at_least: int
    at_most: int | None

    @property
    def exact(self) -> int | None:
        """The number; None where it depends on values."""
        return self.at_least if self.at_least == self.at_most else None

    def __add__(self, other: Times) -> Times:
        either = None in (self.at_most, other.at_most)
        most = None if either else (self.at_most or 0) + (other.at_most or 0)
        return Times(self.at_least + other.at_least, most)

    def __mul__(self, other: Times) -> Times:
        least = self.at_least * other.at_least
        if 0 in (self.at_most, other.at_most):
            return NEVER
        if self.at_most is None or other.at_most is None:
            return Times(least, None)
        return Times(least, self.at_most * other.at_most)

    def __str__(self) -> str:
        if self.at_most is None:
            return f"{self.at_least:,} or more times" if self.at_least else "as often as it loops"
        if self.exact is None:
            return f"{self.at_least:,} to {self.at_most:,} times"
        return {0: "never", 1: "once", 2: "twice"}.get(self.at_least, f"{self.at_least:,} times")


NEVER, ONCE = Times(0, 0), Times(1, 1)


@dataclass(frozen=True, slots=True)
class CallbackRuns:
    """One callback of a program, as one path of calls leads to it.

    Attributes:
      node: its equation.
      path: the equations that it is inside of, outermost first.
      times: how often it runs in one run of the program.
    """

    node: Node
    path: tuple[Node, ...]
    times: Times

    @property
    def ordered(self) -> bool:
        """Whether it keeps its place among the other ordered ones."""
        return any(effect.startswith("Ordered") for effect in self.node.effects)

    @property
    def transforms(self) -> tuple[str, ...]:
        """The transforms that it is inside of, outermost first."""
        return tuple(name for node in (*self.path, self.node) for name in node.origin.transforms)

    @property
    def frame(self) -> Frame | None:
        """The line that calls back."""
        return next(iter(self.node.origin.frames), None)


@dataclass(frozen=True, slots=True)
class CallbackSite:
    """All that one line of the user's calls back in one program.

    Attributes:
      op: the primitive.
      frame: the line; None where JAX has none.
      runs: its equations, by the paths that lead to them.
    """

    op: str
    frame: Frame | None
    runs: tuple[CallbackRuns, ...]

    @property
    def name(self) -> str:
        """What the user wrote: `jax.debug.print`."""
        return CALLBACKS[self.op]

    @property
    def times(self) -> Times:
        """How often they run, all together, in one run of the program."""
        return sum_of(each.times for each in self.runs)

    @property
    def nodes(self) -> tuple[str, ...]:
        """The ids of its equations."""
        return tuple({each.node.id: None for each in self.runs})


def sum_of(times: Iterable[Times]) -> Times:
    """How often several things run, all together."""
    total = NEVER
    for each in times:
        total = total + each
    return total


def callback_sites(graph: Graph, eager: bool = False) -> tuple[CallbackSite, ...]:
    """The callbacks of a program line by line, in the order in which the program has them."""
    found: dict[tuple[str, object], list[CallbackRuns]] = {}
    for run in callback_runs(graph, eager):
        frame = run.frame
        where = run.node.id if frame is None else (frame.file, frame.line, frame.column)
        found.setdefault((run.node.op, where), []).append(run)
    return tuple(CallbackSite(op, runs[0].frame, tuple(runs)) for (op, _), runs in found.items())


def callback_runs(graph: Graph, eager: bool = False) -> tuple[CallbackRuns, ...]:
    """Predict how often each callback of a jaxpr runs, when the program runs once.

    Lengths of scans, lanes of vmap (which are equations by then, or a scan), shards of shard_map
    and rounds of loops between constants are counted. A branch runs or does not: 0 to 1. A loop
    that ends by a value says nothing: 0 to None. What is read by nobody is left out, as JAX and
    XLA do. XLA may still do without a `pure_callback` whose result it does not need.

    Args:
      graph: a jaxpr.
      eager: the program itself ran operation by operation, so that nothing of it is left out;
        what it calls was compiled.
    """
    walk = _Walk(graph, Needs(graph), loop_trips(graph), _regions_that_call_back(graph))
    everything = frozenset(range(len(graph.main.outputs)))
    walk.region(graph.main, everything, ONCE, (), eager)
    return tuple(walk.found)


def _regions_that_call_back(graph: Graph) -> frozenset[str]:
    """Regions with a callback, in themselves or in what they call."""
    waiting = [region.id for region in graph.regions.values() if _calls_back(region)]
    found = set(waiting)
    while waiting:
        for caller in graph.callers_of(waiting.pop()):
            home = graph.home_of(caller).id
            if home not in found:
                found.add(home)
                waiting.append(home)
    return frozenset(found)


def _calls_back(region: Region) -> bool:
    return any(node.op in CALLBACKS for node in region.nodes)


@dataclass
class _Walk:
    graph: Graph
    needs: Needs
    trips: dict[str, int]
    inside: frozenset[str]
    found: list[CallbackRuns] = field(default_factory=list[CallbackRuns])

    def region(
        self, region: Region, read: Places, times: Times, path: tuple[Node, ...], eager: bool
    ) -> None:
        if region.id not in self.inside:
            return
        needed = self.needs.of(region, read).results
        for node in region.nodes:
            if len(self.found) >= MOST_PATHS:
                return
            own = times if eager or node.id in needed else NEVER
            if node.op in CALLBACKS:
                self.found.append(CallbackRuns(node, path, own))
            elif node.calls:
                every = frozenset(range(len(node.outputs)))
                outs = every if eager else needed.get(node.id, frozenset())
                for role, inner, places in self.needs.of_calls(node, outs):
                    often = own * self.rounds(node, role)
                    repeats = eager and node.op == "repeat"
                    self.region(inner, places, often, (*path, node), repeats)

    def rounds(self, node: Node, role: str) -> Times:
        """How often an equation runs one of its regions, for each time that it runs itself."""
        if node.op in ("scan", "repeat"):
            length = node.params.get("length")
            return Times(length, length) if isinstance(length, int) else Times(0, None)
        if node.op == "while":
            trips = self.trips.get(node.id)
            extra = role.startswith("cond")
            return Times(extra, None) if trips is None else Times(trips + extra, trips + extra)
        if node.op == "cond":
            return ONCE if len(node.calls) == 1 else Times(0, 1)
        if node.op == "shard_map":
            shards = getattr(node.params.get("mesh"), "size", None)
            return Times(shards, shards) if isinstance(shards, int) else Times(1, None)
        if inlined_region(self.graph, node) is not None or role in _ONCE:
            return ONCE
        return Times(0, None)


def order_of(sites: Iterable[CallbackSite]) -> Iterator[str]:
    """In which order the lines call back: a sentence for the ordered ones, one for the others."""
    sites = list(sites)
    kept = [each for each in sites if any(run.ordered for run in each.runs)]
    free = [each for each in sites if each not in kept]
    if kept:
        yield f"{_lines(kept)} keep their order among themselves (`ordered=True`)."
    if free:
        yield f"{_lines(free)} may run in any order."


def _lines(sites: list[CallbackSite]) -> str:
    return ", ".join(
        f"`{each.name}`" + (f" on line {each.frame.line}" if each.frame else "") for each in sites
    )

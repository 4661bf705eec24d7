"""Where a compile's time went: phases, pipelines of passes, passes, and code made by fusion.

On one thread, what the compiler reports nests by time: a pipeline holds its passes. The thread
that compiles is read as one tree, whose self times add up to the whole. What other threads made
meanwhile, code for single fusions mostly, stands apart: it overlaps with it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from jaxlab.charts import Flame
from jaxlab.graph import Graph
from jaxlab.profiling.trace import Event
from jaxlab.quantities import quantity
from jaxlab.report import Table

ROOT = "backend_compile_and_load"
"""What JAX calls handing a module to XLA, since 0.10 at least."""

PHASE, PIPELINE, PASS, CODE = "phase", "pipeline", "pass", "code of a fusion"

_ROWS = 15
_NARROWEST = 1 / 2000
"""Boxes below this share of the whole are left out of the flame charts: no one can see them."""

_KERNEL = re.compile(r"__compute_module_(?P<before>.+)|(?P<after>.+)_kernel_module")
"""What XLA for CPUs calls the module that a fusion becomes."""


@dataclass(frozen=True, slots=True)
class Step:
    """What the compiler did under one name in one place of its tree, all its runs together.

    Attributes:
      name: the pass, the pipeline, the phase, or the fusion that code was made for.
      kind: `PHASE`, `PIPELINE`, `PASS` or `CODE`.
      parent: the place of the step around it, always an earlier one; -1 at the top.
      count: how often it ran.
      seconds: all its runs, what ran inside included.
      own: all its runs without what ran inside.
      node: the HLO instruction that it is about, "" for none.
    """

    name: str
    kind: str
    parent: int
    count: int
    seconds: float
    own: float
    node: str = ""


@dataclass(frozen=True)
class Compilation:
    """Where a compile's time went.

    Attributes:
      steps: of the thread that compiles; the self times of all are `seconds` together.
      apart: of other threads, while that one worked or waited.
      threads: how many other threads there were.
    """

    steps: tuple[Step, ...]
    apart: tuple[Step, ...] = ()
    threads: int = 0

    @property
    def seconds(self) -> float:
        """How long the compile took, from the call to its end."""
        return sum(step.seconds for step in self.steps if step.parent < 0)

    @property
    def seconds_apart(self) -> float:
        """What other threads did in all, however many there were."""
        return sum(step.seconds for step in self.apart if step.parent < 0)

    @cached_property
    def fusions(self) -> tuple[Step, ...]:
        """The fusions by what their code took, the longest first. Equal fusions share code."""
        found = [step for step in (*self.steps, *self.apart) if step.kind == CODE]
        return tuple(sorted(found, key=lambda step: -step.seconds))

    @property
    def notes(self) -> tuple[str, ...]:
        """What to beware of when reading this."""
        if not self.steps:
            return ("The compiler was not seen: nothing was compiled while the trace ran.",)
        if not any(step.kind == PASS for step in self.steps):
            return (
                "The compiler reported no pass: what was compiled came from a cache, or this back "
                "end says nothing of its passes.",
            )
        if not self.apart:
            return ()
        one = self.threads == 1
        return (
            f"{'Another thread' if one else f'{self.threads} other threads'} made code at the "
            f"same time: {'its' if one else 'their'} {quantity(self.seconds_apart, 's')} overlap "
            f"with the compile's own {quantity(self.seconds, 's')}, part of which is waiting for "
            f"{'it' if one else 'them'}.",
        )

    @property
    def figures(self) -> tuple[str, ...]:
        """The figures that matter, each with its unit."""
        passes = [step for step in self.steps if step.kind == PASS]
        if not passes:
            return ()
        return (
            f"{sum(step.count for step in passes):,} runs of "
            f"{len({step.name for step in passes}):,} passes took "
            f"{quantity(sum(step.own for step in passes), 's')} of the compile's "
            f"{quantity(self.seconds, 's')}",
        )


def compilation_of(events: Iterable[Event], hlo: Graph | None = None) -> Compilation:
    """Read a trace around one compile, taken with `tracing(host_level=2)`.

    Names are the compiler's own, whatever the back end. Where JAX hands the compile to another
    thread (0.10 does), that thread's steps stand inside JAX's own.

    Args:
      events: of the trace; those of devices are not looked at.
      hlo: the module that came of it, to know which fusion a piece of code is for.
    """
    lines: defaultdict[_Line, list[Event]] = defaultdict(list)
    for event in events:
        if not event.on_device:
            lines[event.plane, event.line].append(event)
    roots: list[_Span] = []
    used: set[_Line] = set()
    for line, found in lines.items():
        own = list(_roots(_nested(found)))
        if own:
            roots += own
            used.add(line)
    for place, root in enumerate(roots):
        if not root.inside:
            line = _busiest(root.event, {key: lines[key] for key in lines if key not in used})
            if line is not None:
                used.add(line)
                (roots[place],) = _nested([root.event, *_during([root.event], lines[line])])
    during = [root.event for root in roots]
    others = [_during(during, found) for line, found in lines.items() if line not in used]
    nodes = {} if hlo is None else hlo.derived(_by_name)
    return Compilation(
        steps=_merged(roots, nodes),
        apart=_merged([span for found in others for span in _nested(found)], nodes),
        threads=sum(1 for found in others if found),
    )


_Line = tuple[str, str]
"""A thread: its plane and its name."""


@dataclass(frozen=True, slots=True)
class _Span:
    """An event with those that ran inside it, and the seconds that are its own."""

    event: Event
    inside: tuple[_Span, ...]

    @property
    def own(self) -> float:
        return self.event.seconds - sum(inner.event.seconds for inner in self.inside)


def _nested(events: Sequence[Event]) -> tuple[_Span, ...]:
    """The outermost of one thread's events, each with what ran inside it."""
    order = sorted(events, key=lambda event: (event.start, -event.seconds))
    tops: list[_Span] = []
    around: list[tuple[Event, list[_Span]]] = []

    def close() -> None:
        event, inside = around.pop()
        (around[-1][1] if around else tops).append(_Span(event, tuple(inside)))

    for event in order:
        while around and event.start >= around[-1][0].end:
            close()
        if around and event.end > around[-1][0].end:  # rounded, or waited for by another thread
            event = replace(event, seconds=around[-1][0].end - event.start)
        around.append((event, []))
    while around:
        close()
    return tuple(tops)


def _roots(spans: Iterable[_Span]) -> Iterator[_Span]:
    for span in spans:
        if span.event.name == ROOT:
            yield span
        else:
            yield from _roots(span.inside)


def _during(roots: Sequence[Event], events: Iterable[Event]) -> list[Event]:
    return [
        event for event in events if any(root.start <= event.start < root.end for root in roots)
    ]


def _busiest(root: Event, lines: Mapping[_Line, list[Event]]) -> _Line | None:
    """The thread that a compile was handed to: the one with the longest step meanwhile."""
    longest = {
        line: max((event.seconds for event in _during([root], events)), default=0.0)
        for line, events in lines.items()
    }
    best = max(longest, key=longest.__getitem__, default=None)
    return best if best is not None and longest[best] else None


@dataclass(slots=True)
class _Sum:
    """A step that is being added up."""

    name: str
    kind: str
    parent: int
    node: str
    count: int = 0
    seconds: float = 0.0
    own: float = 0.0


def _merged(spans: Sequence[_Span], nodes: Mapping[str, str]) -> tuple[Step, ...]:
    """Steps of the same name in the same place as one, each after the one around it."""
    sums: list[_Sum] = []
    places: dict[tuple[int, str, str], int] = {}

    def add(span: _Span, parent: int, within_pipeline: bool) -> None:
        here = parent
        path = _path(span.event, within_pipeline, nodes)
        for name, kind, node in path:
            key = (here, name, kind)
            if key not in places:
                places[key] = len(sums)
                sums.append(_Sum(name, kind, here, node))
            here = places[key]
            sums[here].count += 1
            sums[here].seconds += span.event.seconds
        sums[here].own += span.own
        for inner in span.inside:
            add(inner, here, within_pipeline or path[0][1] == PIPELINE)

    for span in spans:
        add(span, -1, False)
    return tuple(
        Step(each.name, each.kind, each.parent, each.count, each.seconds, each.own, each.node)
        for each in sums
    )


def _path(
    event: Event, within_pipeline: bool, nodes: Mapping[str, str]
) -> tuple[tuple[str, str, str], ...]:
    """What an event is called, outermost first: (name, kind, node); a fusion stands in its step."""
    name, kind = _name_and_kind(event, within_pipeline)
    fusion = _fusion(event, nodes)
    own = (name, kind, "")
    return (own,) if fusion is None else (own, (fusion[0], CODE, fusion[1]))


def _name_and_kind(event: Event, within_pipeline: bool) -> tuple[str, str]:
    """A step's name, without the module's, and whether it is a pipeline, a pass or neither."""
    module = event.stats.get("module")
    if isinstance(module, str) and event.name.endswith(f" ({module})"):
        return event.name.removesuffix(f" ({module})"), PIPELINE
    return event.name, PASS if within_pipeline else PHASE


def _fusion(event: Event, nodes: Mapping[str, str]) -> tuple[str, str] | None:
    """The fusion that an event made code for, and its node where the module has one."""
    module = event.stats.get("module")
    if not isinstance(module, str) or event.name.endswith(f" ({module})"):
        return None
    found = _KERNEL.fullmatch(module)
    name = module if found is None else found["before"] or found["after"]
    return (name, nodes.get(name, "")) if found or name in nodes else None


def _by_name(graph: Graph) -> dict[str, str]:
    return {node.outputs[0].name: node.id for node in graph.nodes() if node.outputs}


_MEANING = {
    ROOT: "JAX hands the module over, and loads what comes back",
    "JitCompiler::Compile": "LLVM makes machine code, on other threads",
    "ThunkEmitter::EmitEntryComputation": "kernels of fusions are made, partly on other threads",
    "ThunkEmitter::ConsumeKernels": "waits for kernels of fusions, and links them",
    "RunInvariantCheckers": "XLA verifies the module after a pass",
    "CpuCompiler::CloneAsThreadSafeModule": "the module is copied for other threads",
    "copy-insertion": "copies for what is overwritten while still needed",
    "layout-assignment": "the order of each array's dimensions in memory",
    "algsimp": "simplifies arithmetic",
    "constant_folding": "computes what needs no argument, while compiling",
    "fusion": "decides what runs together",
    "cpu-parallel-task-assigner": "splits what is large among threads",
    "dce": "drops what nothing reads",
    "cse": "merges what is computed twice",
}
"""What some steps do, in a few words; the names are XLA's."""


def compile_flames(compilation: Compilation) -> tuple[Flame, ...]:
    """The compile's phases and passes as boxes; what other threads did as a chart of its own."""
    charts = [
        _flame("Compile: phases and passes", compilation.steps, compilation.seconds),
        _flame(
            "Code made by other threads meanwhile", compilation.apart, compilation.seconds_apart
        ),
    ]
    return tuple(chart for chart in charts if chart.names)


def _flame(title: str, steps: Sequence[Step], whole: float) -> Flame:
    kept: dict[int, int] = {-1: -1}
    for place, step in enumerate(steps):
        if step.parent in kept and step.seconds >= whole * _NARROWEST:
            kept[place] = len(kept) - 1
    shown = [steps[place] for place in kept if place >= 0]
    return Flame(
        title,
        "s",
        "measured",
        tuple(step.name for step in shown),
        tuple(kept[step.parent] for step in shown),
        tuple(step.seconds for step in shown),
        "hlo",
        tuple(step.node for step in shown),
    )


def passes_table(compilation: Compilation) -> Table:
    """What took the longest on the thread that compiles, by name and without what ran inside."""
    found: dict[tuple[str, str], list[Step]] = {}
    for step in compilation.steps:
        found.setdefault((step.name, step.kind), []).append(step)
    own = {key: sum(step.own for step in steps) for key, steps in found.items()}
    counts = {key: sum(step.count for step in steps) for key, steps in found.items()}
    whole = compilation.seconds or 1.0
    return Table(
        "Compile: what took the longest",
        ("step", "kind", "runs", "own time", "of the compile", "what it does"),
        tuple(
            (
                name,
                kind,
                counts[name, kind],
                own[name, kind],
                own[name, kind] / whole,
                _MEANING.get(name, ""),
            )
            for name, kind in sorted(found, key=lambda key: -own[key])[:_ROWS]
        ),
        ("", "", "", "s", "%", ""),
    )


def fusions_table(compilation: Compilation) -> Table:
    """The fusions whose code took the longest to make."""
    shown = compilation.fusions[:_ROWS]
    whole = sum(step.seconds for step in compilation.fusions) or 1.0
    return Table(
        f"Code by fusion: the longest of {len(compilation.fusions):,}",
        ("fusion", "time", "of all fusions' code"),
        tuple((step.name, step.seconds, step.seconds / whole) for step in shown),
        ("", "s", "%"),
        "hlo",
        tuple(step.node for step in shown),
    )

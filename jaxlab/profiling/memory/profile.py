"""Where a compiled program's memory goes: XLA's figures, the peak, what was saved and reused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jaxlab import _jax
from jaxlab.analyses.lineage import Lineage
from jaxlab.analyses.memory import Memory, memory_of
from jaxlab.collection import collector_paused
from jaxlab.graph import Graph
from jaxlab.origin import Source
from jaxlab.overlay import Overlay
from jaxlab.profiling.memory.buffers import read_assignment, statistics_of
from jaxlab.profiling.memory.constants import Constant, constants_of
from jaxlab.profiling.memory.device import DeviceMemory
from jaxlab.profiling.memory.live import LiveBytes, live_bytes
from jaxlab.profiling.memory.residuals import Residuals, residuals_of
from jaxlab.profiling.memory.reuse import Reuse, reuse_of
from jaxlab.profiling.memory.tables import (
    constants_table,
    peak_by_line_table,
    peak_by_scope_table,
    peak_table,
    residuals_by_line_table,
    residuals_table,
    reuse_table,
)
from jaxlab.quantities import quantity
from jaxlab.report import Tab

_NO_ASSIGNMENT = (
    "This back end gives no buffer assignment: what is alive when is not known, nor are constants."
)


@dataclass(frozen=True, eq=False)
class MemoryProfile:
    """Where one program's memory goes, on one device.

    Attributes:
      hlo, jaxpr, lineage: the program; the latter two are None where they are not known.
      memory: XLA's own figures.
      live: what is in use when; None where XLA gives no buffer assignment.
      constants: the large constants in the executable, the largest first.
      constant_bytes: bytes of all constants, small ones too; None where it is not known.
      reuse: what donation saves and could save.
      residuals: what is saved for the backward pass; None without a jaxpr.
      before, after: memory in use on the devices around the runs.
      notes: sentences: what to beware of, what is not known.
    """

    hlo: Graph
    jaxpr: Graph | None
    lineage: Lineage | None
    memory: Memory
    live: LiveBytes | None
    constants: tuple[Constant, ...]
    constant_bytes: int | None
    reuse: Reuse
    residuals: Residuals | None
    before: tuple[DeviceMemory, ...] = ()
    after: tuple[DeviceMemory, ...] = ()
    notes: tuple[str, ...] = ()

    def figures(self) -> tuple[str, ...]:
        """The figures that matter, each with its unit and what it is."""
        memory = self.memory
        found = [
            ("at the peak", None if self.live is None else self.live.peak),
            ("arguments", memory.arguments),
            ("outputs", memory.outputs),
            ("aliased", memory.aliased),
            ("temporaries", memory.temporaries),
            ("constants", self.constant_bytes),
            ("generated code", memory.generated_code or None),
        ]
        if self.residuals is not None and self.residuals.has_backward:
            found.append(("saved for backward", self.residuals.total))
        if any(each.remedy for each in self.reuse.arguments):
            found.append(("donation could save", self.reuse.could_save))
        if self.reuse.unusable:
            found.append(("donated in vain", self.reuse.unusable))
        return tuple(
            f"{name} {'not known' if size is None else quantity(size, 'B')}" for name, size in found
        )

    def overlays(self) -> tuple[tuple[str, Overlay], ...]:
        """Columns of values, each with the stage that it is for."""
        found: list[tuple[str, Overlay]] = []
        if self.residuals is not None and self.residuals.saved:
            found.append(("jaxpr", self.residuals.overlay()))
        if self.live is not None:
            found.append(("hlo", self.live.overlay()))
        return tuple(found)

    def tab(self, sources: Sequence[Source] = ()) -> Tab:
        """The report's tab.

        Args:
          sources: the texts that lines are quoted from: `Program.source`.
        """
        live, graph = self.live, self.hlo
        tables = (
            live and peak_by_line_table(live, graph, self.lineage, sources),
            live and peak_by_scope_table(live, graph),
            live and peak_table(live, graph, self.lineage),
            self.residuals and residuals_by_line_table(self.residuals, sources),
            self.residuals and residuals_table(self.residuals),
            constants_table(self.constants, sources),
            reuse_table(self.reuse),
        )
        return Tab(
            "Memory",
            self.figures(),
            self.notes,
            (live.curve(),) if live is not None and live.values else (),
            tuple(table for table in tables if table is not None and table.rows),
        )


@collector_paused()
def memory_profile(
    executable: Any,
    hlo: Graph,
    jaxpr: Graph | None = None,
    lineage: Lineage | None = None,
    traced: Any = None,
    before: tuple[DeviceMemory, ...] = (),
    after: tuple[DeviceMemory, ...] = (),
    statistics: Any = None,
) -> MemoryProfile:
    """Read where a compiled program's memory goes. Nothing is run.

    Args:
      executable: a `Compiled`, or an executable that ran.
      hlo: its optimized HLO, as a graph.
      jaxpr: the program's jaxpr, for what is saved for the backward pass.
      lineage: from that jaxpr to `hlo`, for lines; without it, the lines that XLA has noted.
      traced: JAX's Traced of it, for what was donated.
      before, after: what `device_memory` gave around the runs.
      statistics: XLA's of the executable, where they are at hand; else they are asked for.
    """
    statistics = statistics or statistics_of(executable)
    memory = memory_of(statistics)
    notes = list(_notes(hlo, memory))
    serialized = getattr(statistics, "serialized_buffer_assignment_proto", b"")
    live, constants, constant_bytes = None, (), None
    if serialized:
        assignment = read_assignment(serialized, _jax.hlo_proto(executable), hlo)
        live = live_bytes(hlo, assignment)
        constants = constants_of(hlo, assignment, jaxpr, lineage)
        constant_bytes = assignment.bytes("constant")
        notes += [*_peak_notes(live, memory, hlo), *live.notes]
    else:
        notes.append(_NO_ASSIGNMENT)
    reuse = reuse_of(hlo, traced)
    residuals = None if jaxpr is None else residuals_of(jaxpr)
    notes += [*reuse.notes, *_reuse_notes(reuse), *_device_notes(before, after)]
    return MemoryProfile(
        hlo,
        jaxpr,
        lineage,
        memory,
        live,
        constants,
        constant_bytes,
        reuse,
        residuals,
        before,
        after,
        tuple(notes),
    )


def _notes(hlo: Graph, memory: Memory) -> list[str]:
    counts = [hlo.facts.get(name) for name in ("num_replicas", "num_partitions")]
    devices = 1
    for count in counts:
        devices *= count if isinstance(count, int) else 1
    notes: list[str] = []
    if devices > 1:
        notes.append(
            f"The program runs on {devices} devices. Figures are of one of them, but what is saved "
            "for the backward pass is counted for all together."
        )
    if not memory.generated_code:
        notes.append("This back end does not count the memory of the generated code.")
    return notes


def _peak_notes(live: LiveBytes, memory: Memory, hlo: Graph) -> list[str]:
    if not live.steps:
        return []
    node = hlo.node(live.peak_node)
    name = node.outputs[0].name if node.outputs else node.id
    notes = [
        f"The peak is at step {live.peak_step + 1:,} of {len(live.steps):,}, `{name}`. "
        "Loops stand in the schedule with one round."
    ]
    in_use = live.bytes("temporary")
    if memory.temporaries and in_use < 0.95 * memory.temporaries:
        notes.append(
            f"XLA reserves {quantity(memory.temporaries, 'B')} for temporaries, for the whole run; "
            f"{quantity(in_use, 'B')} of it are in use at that step."
        )
    return notes


def _reuse_notes(reuse: Reuse) -> list[str]:
    notes = [
        f"Results could take over {quantity(each.reusable, 'B')} of "
        f"`{each.name or 'the arguments'}`, if that is not used after the call: {each.remedy}."
        for each in reuse.arguments
        if each.remedy
    ]
    notes += [
        f"{quantity(each.unusable, 'B')} of `{each.name}` were donated in vain: no result took "
        "over their memory."
        for each in reuse.arguments
        if each.unusable
    ]
    return notes


def _device_notes(before: Sequence[DeviceMemory], after: Sequence[DeviceMemory]) -> list[str]:
    notes: list[str] = []
    for start, end in zip(before, after, strict=False):
        if start.in_use is None or end.in_use is None:
            notes.append(f"Memory in use on {end.device}: not reported by this back end.")
            continue
        most = "" if end.peak is None else f", at most {quantity(end.peak, 'B')} ever"
        limit = "" if end.limit is None else f", of {quantity(end.limit, 'B')} that JAX may use"
        notes.append(
            f"Memory in use on {end.device}: {quantity(start.in_use, 'B')} before, "
            f"{quantity(end.in_use, 'B')} after{most}{limit}."
        )
    return notes

"""Transforms side by side: what each adds to a function, removes, doubles and reorders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from jaxlab.effects.callbacks import NEVER, CallbackSite, Times, callback_sites, order_of
from jaxlab.graph import Graph, Node
from jaxlab.origin import Source, place_of
from jaxlab.overlay import Cell
from jaxlab.profiling.memory.residuals import residuals_of
from jaxlab.quantities import quantity
from jaxlab.report import Table

_CALLS = ("jit", "pjit", "closed_call", "core_call", "custom_jvp_call", "custom_vjp_call")
"""Equations that only call: what they call is counted."""

_COLLECTIVES = (
    *("psum", "pmax", "pmin", "pmean", "ppermute", "pshuffle", "all_gather", "all_to_all"),
    *("reduce_scatter", "psum_scatter", "ragged_all_to_all"),
)
_MOST = 4


@dataclass(frozen=True)
class Rung:
    """A function under some of its transforms.

    Attributes:
      text: what a user would write: `grad(vmap(f))`.
      jaxpr: what it is traced to; None where its arguments can't be known.
    """

    text: str
    jaxpr: Graph | None

    @cached_property
    def counts(self) -> Counter[str]:
        """How many equations there are of each primitive, in all bodies, without calls."""
        nodes: list[Node] = [] if self.jaxpr is None else list(self.jaxpr.nodes())
        return Counter(node.op for node in nodes if node.op not in _CALLS)

    @cached_property
    def sites(self) -> tuple[CallbackSite, ...]:
        """Its callbacks, line by line."""
        return () if self.jaxpr is None else callback_sites(self.jaxpr)

    @cached_property
    def residuals(self) -> int | None:
        """Bytes that the forward pass keeps for the backward pass; None where there is none."""
        if self.jaxpr is None:
            return None
        found = residuals_of(self.jaxpr)
        return found.total if found.has_backward else None

    @property
    def selects(self) -> int:
        """Equations that choose elementwise: what a branch becomes where lanes differ."""
        return self.counts["select_n"]

    @property
    def collectives(self) -> int:
        """Equations that talk to other devices."""
        return sum(n for op, n in self.counts.items() if op.startswith(_COLLECTIVES))

    def times(self) -> Mapping[tuple[str, str, int], Times]:
        """How often each line calls back, by primitive, file and line."""
        return {_key(site): site.times for site in self.sites}


def side_by_side(rungs: Sequence[Rung], sources: Sequence[Source]) -> tuple[Table, ...]:
    """What there is at each step, how often each line calls back there, and what each changed.

    Args:
      rungs: the plain function first.
      sources: the texts that lines are in.
    """
    tables = (_steps(rungs), _callbacks(rungs, sources), _changes(rungs))
    return tuple(table for table in tables if table.rows)


def order_notes(rungs: Sequence[Rung]) -> tuple[str, ...]:
    """In which order the lines call back, at the last step."""
    sites = rungs[-1].sites
    return tuple(order_of(sites)) if len(sites) > 1 else ()


def _steps(rungs: Sequence[Rung]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for rung in rungs:
        if rung.jaxpr is None:
            rows.append((rung.text, *["not known"] * 6))
            continue
        kept: Cell = "" if rung.residuals is None else quantity(rung.residuals, "B")
        loops = rung.counts["scan"] + rung.counts["while"]
        rows.append(
            (
                *(rung.text, rung.counts.total(), rung.counts["cond"], rung.selects),
                *(loops, rung.collectives, kept),
            )
        )
    return Table(
        "Transforms side by side",
        ("function", "equations", "branches", "selects", "loops", "collectives", "kept"),
        tuple(rows),
    )


def _callbacks(rungs: Sequence[Rung], sources: Sequence[Source]) -> Table:
    """How often each line calls back in one run, under `jit`, at each step."""
    known = [rung for rung in rungs if rung.jaxpr is not None]
    first: dict[tuple[str, str, int], CallbackSite] = {}
    for rung in known:
        for site in rung.sites:
            first.setdefault(_key(site), site)
    return Table(
        "Callbacks in one run of the compiled function",
        ("line", "callback", *(rung.text for rung in known)),
        tuple(
            (
                place_of(site.frame, sources),
                site.name,
                *(str(rung.times().get(key, NEVER)) for rung in known),
            )
            for key, site in first.items()
        ),
        frames=tuple(site.frame for site in first.values()),
    )


def _changes(rungs: Sequence[Rung]) -> Table:
    known = [rung for rung in rungs if rung.jaxpr is not None]
    rows = [
        (after.text, said) for before, after in pairwise(known) for said in _changed(before, after)
    ]
    return Table("What each step changed", ("step", "change"), tuple(rows))


def _changed(before: Rung, after: Rung) -> Iterator[str]:
    added, removed = after.counts - before.counts, before.counts - after.counts
    if added:
        yield f"adds {_listed(added)}"
    if removed:
        yield f"removes {_listed(removed)}"
    lost = before.counts["cond"] - after.counts["cond"]
    if lost > 0 and after.selects > before.selects:
        yield (
            f"makes {lost:,} branch{'es' if lost > 1 else ''} a select: both sides are computed "
            "for all lanes, and one is kept"
        )
    times = before.times()
    for site in after.sites:
        was, now = times.get(_key(site), NEVER), site.times
        if was != now:
            line = f" on line {site.frame.line}" if site.frame is not None else ""
            yield f"`{site.name}`{line} ran {was}, now {now}"
    if after.residuals is not None and before.residuals is None:
        yield f"keeps {quantity(after.residuals, 'B')} for the backward pass"
    if not (added or removed):
        yield "changes no equation"


def _listed(counts: Counter[str]) -> str:
    shown = [f"{n:,} {op}" for op, n in counts.most_common(_MOST)]
    left = counts.total() - sum(n for _, n in counts.most_common(_MOST))
    return ", ".join(shown) + (f" and {left:,} more" if left else "")


def _key(site: CallbackSite) -> tuple[str, str, int]:
    frame = site.frame
    return (site.op, "", 0) if frame is None else (site.op, frame.file, frame.line)

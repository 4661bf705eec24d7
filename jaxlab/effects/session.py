"""Judge what was seen, stretch by stretch, and remember what the next one has to know."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from jaxlab.effects.ledger import Ledger, is_own_compile, ledger_of
from jaxlab.effects.seen import History, Seen
from jaxlab.finding import Finding
from jaxlab.origin import Source


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found in one cell or block.

    Attributes:
      title: which: "cell [3]".
      findings: the worst first.
      notes: what could not be watched or judged, a sentence each.
      traces: how many functions were traced that are not JAX's own, without those inside others.
      compiles: how many of them were compiled, or loaded from the persistent cache.
      eager_compiles: how many compiles single operations needed.
      compile_seconds: what all compiles took.
      seconds: how long it ran.
      ledger: the same, function by function.
    """

    title: str
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    traces: int
    compiles: int
    eager_compiles: int
    compile_seconds: float
    seconds: float
    ledger: Ledger = field(default_factory=Ledger)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many outermost traces there were, compiles of what they traced, and other compiles."""

    traces: int
    compiles: int
    eager_compiles: int


def counts_of(seen: Seen) -> Counts:
    """How much was traced and compiled."""
    own = {trace.name for trace in seen.outermost}
    compiles = sum(is_own_compile(each, own) for each in seen.compiles)
    return Counts(len(seen.outermost), compiles, len(seen.compiles) - compiles)


@dataclass
class Session:
    """What was seen and found so far: in a notebook, or in one block.

    Attributes:
      history: facts of what ran before.
      judged: what was found, in order.
      sources: the texts that findings' frames point into, by file.
    """

    history: History = field(default_factory=History)
    judged: list[Judged] = field(default_factory=list[Judged])
    sources: dict[str, Source] = field(default_factory=dict[str, Source])

    def judge(self, seen: Seen, title: str, options: Collection[str] = ()) -> Judged:
        """Look for every hazard in what was seen, and remember it.

        Args:
          seen: what was seen; its traced programs are let go afterwards.
          title: what it is called.
          options: hazards that are only looked for when they are asked for, by their option.
        """
        from jaxlab.effects.hazards import HAZARDS, findings_of  # noqa: PLC0415 - many files

        asked = [each for each in HAZARDS if not each.option or each.option in options]
        findings, failed = findings_of(seen, asked)
        counts = counts_of(seen)
        judged = Judged(
            title=title,
            findings=findings,
            notes=(*seen.notes, *failed),
            traces=counts.traces,
            compiles=counts.compiles,
            eager_compiles=counts.eager_compiles,
            compile_seconds=sum(each.seconds for each in seen.compiles),
            seconds=seen.seconds,
            ledger=ledger_of(seen, title),
        )
        self.sources.update(seen.sources)
        self.history.keep(seen)
        self.judged.append(judged)
        return judged

    @property
    def ledger(self) -> Ledger:
        """What was traced, compiled and called, function by function, cell by cell."""
        return Ledger(tuple(entry for judged in self.judged for entry in judged.ledger))

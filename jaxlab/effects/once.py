"""What Python called during traces, a line at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jaxlab.effects.seen import HostCall, Seen, Trace
from jaxlab.origin import Frame


@dataclass(frozen=True, slots=True)
class OnceCall:
    """A line that calls something of Python's while JAX traces.

    Attributes:
      name: what it calls.
      frame: the line.
      traces: those during which it was called, each once.
      count: how often in all.
    """

    name: str
    frame: Frame
    traces: tuple[Trace, ...]
    count: int

    @property
    def function(self) -> str:
        """The user's function that calls it."""
        return self.frame.function.rpartition(".")[2] or "this code"

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The line itself, then the lines that asked for the first trace."""
        return (self.frame, *self.traces[0].frames)

    @property
    def evidence(self) -> tuple[str, ...]:
        """How often, while what was traced."""
        names = ", ".join(f"`{name}`" for name in dict.fromkeys(each.name for each in self.traces))
        often = "once" if self.count == 1 else f"{self.count:,} times"
        return (f"called {often} while {names} was traced",)

    @property
    def headline(self) -> str:
        """What it is and when it runs, without what that does."""
        return (
            f"`{self.name}` in `{self.function}` runs while JAX traces `{self.traces[0].name}`, "
            "not when the compiled program runs"
        )


def once_calls(seen: Seen, *kinds: str) -> Iterator[OnceCall]:
    """What was called during traces, of some kinds, as `HostCall.kind`: one for each line."""
    lines: dict[tuple[str, int, str], list[tuple[Trace, HostCall]]] = {}
    for trace in seen.traces:
        for call in trace.host_calls:
            if call.kind in kinds:
                place = call.frame.file, call.frame.line, call.name
                lines.setdefault(place, []).append((trace, call))
    for calls in lines.values():
        traces = tuple(trace for trace, _ in calls)
        call = calls[0][1]
        yield OnceCall(call.name, call.frame, traces, sum(each.count for _, each in calls))

"""A trace of JAX's profiler, read into events. Nothing is written to the disk."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from jaxlab import _jax
from jaxlab.errors import ProfileError, cut

_NOISE = ("ThreadpoolListener::", "end: ")
"""What the thread pools say of themselves, by far the most events and of no use here."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    Attributes:
      name: what the profiler calls it.
      start: seconds since the trace began.
      seconds: how long it took.
      line: the thread or the stream.
      plane: `/host:CPU`, `/device:GPU:0`, `/device:TPU:0`.
      stats: what else is known: `hlo_op`, `program_id`, `run_id`.
    """

    name: str
    start: float
    seconds: float
    line: str = ""
    plane: str = ""
    stats: Mapping[str, object] = field(default_factory=dict[str, object])

    @property
    def end(self) -> float:
        """Seconds since the trace began."""
        return self.start + self.seconds

    @property
    def on_device(self) -> bool:
        """Whether this is of an accelerator's own plane; the CPU's operations are on the host's."""
        return self.plane.startswith("/device:")


@dataclass(slots=True)
class Trace:
    """What a trace saw: empty until it has ended."""

    events: tuple[Event, ...] = ()


@contextmanager
def tracing(host_level: int = 1, keep: Callable[[Event], bool] | None = None) -> Generator[Trace]:
    """Trace what JAX does in a `with` block; its events are there when the block has ended.

    An error in the block goes through as it is, and the session of the profiler ends with it.

    Args:
      host_level: 1 for what the host does in large, 2 for passes of the compiler too.
      keep: which events to keep; all but the thread pools' own by default.

    Raises:
      ProfileError: another trace is under way, or the profiler does not work here.
    """
    session = start_session(host_level)
    trace = Trace()
    try:
        yield trace
    except BaseException:
        _jax.stop_profiler(session)
        raise
    trace.events = tuple(
        event for event in events_of(_jax.stop_profiler(session)) if keep is None or keep(event)
    )


def start_session(host_level: int) -> Any:
    """Start a session of the profiler; see `tracing`. ProfileError where there can be none."""
    try:
        return _jax.start_profiler(host_level)
    except RuntimeError as error:
        raise ProfileError(_why_not(error)) from None


def events_of(data: Any) -> Iterator[Event]:
    """The events of a `jax.profiler.ProfileData`, plane by plane and line by line."""
    for plane, line, name, start, seconds, stats in _jax.profiled_events(data, _is_wanted):
        yield Event(name, start * 1e-9, seconds * 1e-9, line, plane, stats)


def _is_wanted(name: str) -> bool:
    return not name.startswith(_NOISE)


def _why_not(error: RuntimeError) -> str:
    if "ALREADY_EXISTS" in str(error):
        return (
            "Another trace of JAX's profiler is under way, and there can be only one. End it "
            "with `jax.profiler.stop_trace()`, or leave the `with jax.profiler.trace(...)` block."
        )
    return f"JAX's profiler can't be started here: {cut(str(error), 160)}"

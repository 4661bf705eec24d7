"""What was seen while a cell or a block was watched: the facts that hazards are judged by."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from jaxlab import _jax
from jaxlab.effects.checks import Checked
from jaxlab.effects.failure import Failure
from jaxlab.effects.handed import HandedOver
from jaxlab.effects.keys import KeyHistory, UsedKey
from jaxlab.effects.narrowing import Narrowed
from jaxlab.effects.twice import Twice
from jaxlab.effects.values import Snapshot
from jaxlab.graph import Graph
from jaxlab.origin import Frame, Source
from jaxlab.readers.jaxpr import read_jaxpr


@dataclass(slots=True)
class HostCall:
    """A call of Python's that a trace makes once, and the traced program never.

    Attributes:
      kind: "print", "logging", "clock", "random", "file" …; see `host_calls`.
      name: what was called, as a person calls it: "print", "time.time".
      frame: where.
      count: how often, during this trace.
    """

    kind: str
    name: str
    frame: Frame
    count: int = 1


@dataclass(frozen=True, slots=True)
class Mutation:
    """A variable of the user's that a trace changed: a run of the traced program won't.

    Attributes:
      name: as a person writes it: `self.count`.
      frames: the lines that may have changed it.
      before, after: what it was and is, in a few words.
    """

    name: str
    frames: tuple[Frame, ...]
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Read:
    """A variable of the user's that a trace read: its value is part of the traced program.

    Attributes:
      name: as a person writes it: `config.rate`.
      frame: where it is read.
      find: looks it up again.
      owner: the object whose method read it; None where it was read elsewhere.
      then: the value that the trace read.
    """

    name: str
    frame: Frame
    find: Callable[[], Any] = field(repr=False)
    owner: weakref.ref[Any] | None
    then: Snapshot


@dataclass(frozen=True, slots=True)
class Stale:
    """A compiled program ran with a value that its variable no longer has.

    Attributes:
      function: the name of the traced function.
      read: what its trace read.
      now: the value at the call, in a few words.
      frame: the call.
    """

    function: str
    read: Read
    now: str
    frame: Frame


@dataclass(eq=False)
class Trace:
    """One trace to a jaxpr of a function that is not JAX's own.

    Attributes:
      function: what was traced.
      frames: the user's lines that asked for it, innermost first.
      parent: the trace that it was inside; None for an outermost one.
      seconds: how long it took, without compiling.
      error: the exception that ended it; "" where none did.
      jaxpr: its ClosedJaxpr; None where it failed, and once it was judged.
      host_calls: what Python did during it.
      mutations: what it changed, if it is an outermost one.
    """

    function: _jax.TracedFunction
    frames: tuple[Frame, ...]
    parent: Trace | None
    seconds: float = 0.0
    error: str = ""
    jaxpr: Any = field(default=None, repr=False)
    host_calls: list[HostCall] = field(default_factory=list[HostCall])
    mutations: list[Mutation] = field(default_factory=list[Mutation])

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.name

    @property
    def defined(self) -> Frame:
        """Where the function is defined."""
        return Frame(self.function.file, self.function.line, self.function.name)

    @cached_property
    def graph(self) -> Graph | None:
        """Its jaxpr as a graph; None where there is none."""
        return None if self.jaxpr is None else read_jaxpr(self.jaxpr, self.name)

    def forget(self) -> None:
        """Let go of its jaxpr, and with it of the arrays that it closes over."""
        self.jaxpr = None
        self.__dict__.pop("graph", None)


@dataclass(frozen=True, slots=True)
class EagerTrace:
    """JAX traced one of its own functions for an operation outside of any trace of the user's."""

    name: str
    frame: Frame | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Compile:
    """XLA compiled something.

    Attributes:
      name: of the function.
      frame: the user's line that asked for it.
      seconds: how long it took.
      loaded: whether it was only loaded from the persistent cache.
      before: seconds of tracing and lowering for it, before.
      call: what it was compiled for; None where that is no call of a jitted function.
      at: when it was done, in seconds by `time.perf_counter`.
    """

    name: str
    frame: Frame | None
    seconds: float
    loaded: bool
    before: float = 0.0
    call: _jax.JitCall | None = None
    at: float = 0.0

    @property
    def total(self) -> float:
        """Seconds of tracing, lowering and compiling."""
        return self.before + self.seconds


@dataclass(frozen=True, slots=True)
class Call:
    """The user's code called something that hazards ask about, outside of any trace.

    Attributes:
      what: "jit" for a jitted function, else as `HostCall.kind`.
      name: what was called.
      key: tells jitted functions apart; 0 for others.
      frame: where.
      at: when, in seconds by `time.perf_counter`.
      waits: at a clock, the variables there whose arrays are still being computed.
    """

    what: str
    name: str
    key: int
    frame: Frame
    at: float
    waits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Leak:
    """A tracer that is alive though its trace has ended.

    Attributes:
      path: what leads to it, as a person writes it: `history[0]`.
      kind: its type and shape.
      function: the traced function that it belongs to; "" where not known.
      frames: the user's lines that made it, innermost first; () where not known.
    """

    path: str
    kind: str
    function: str
    frames: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """What the traces of one jitted function read.

    Attributes:
      function: what was jitted, held weakly.
      name: its name.
      reads: by name and owner, what each trace read, in order.
    """

    function: weakref.ref[Any]
    name: str
    reads: dict[tuple[str, int], list[Read]] = field(default_factory=dict[Any, list[Read]])


@dataclass(frozen=True, slots=True)
class Held:
    """An array that only the notebook itself keeps alive.

    Attributes:
      path: what holds it: `Out[5]`.
      kind: its type and shape.
      size: its bytes.
    """

    path: str
    kind: str
    size: int


@dataclass
class History:
    """What was seen before: of a notebook's earlier cells, of a script so far."""

    traces: list[Trace] = field(default_factory=list[Trace])
    compiles: list[Compile] = field(default_factory=list[Compile])
    leaked: list[weakref.ref[Any]] = field(default_factory=list[weakref.ref[Any]])
    held: list[weakref.ref[Any]] = field(default_factory=list[weakref.ref[Any]])
    keys: KeyHistory = field(default_factory=KeyHistory)
    programs: dict[int, Program] = field(default_factory=dict[int, Program])

    def keep(self, seen: Seen) -> None:
        """Remember what was seen, without the arrays that traced programs close over."""
        for trace in seen.traces:
            trace.forget()
        self.traces += seen.traces
        self.compiles += seen.compiles


@dataclass
class Seen:
    """What was seen of a cell or a block.

    Attributes:
      traces: of functions that are not JAX's own, in the order they began.
      eager: traces of JAX's own functions, each for an operation of the user's.
      compiles: in order.
      calls: what the user's code called outside of traces, in order, the first of many.
      namespace: the user's, as it is afterwards.
      sources: the texts that frames point into, by file.
      history: what was seen before this.
      graph: what was recorded, at the stage that the report shows; None where nothing was.
      seconds: how long it ran.
      notes: what could not be watched, a sentence each.
      leaks: tracers that something in the namespace holds, each told once.
      call_counts: how often each jitted function was called outside of traces, by its name and
        `Call.key`; None where that can't be seen.
      stale: calls of compiled programs that know values which have changed since.
      checked: what was found in values, by the options that ask for it; None where none did.
      held: arrays that only the notebook keeps alive, each told once.
      keys: PRNG keys that calls outside of traces used more than once.
      handed: NumPy arrays that were given to jitted functions again and again.
      narrowed: arrays that lost values as JAX cut them to 32 bits.
      late: settings that were changed after JAX had read them, by name.
      twice: what a call gave with and without `jit`; None where that was not asked for.
      failure: the error that ended it; None where none did, or none of the user's lines raised it.
    """

    traces: Sequence[Trace]
    eager: Sequence[EagerTrace]
    compiles: Sequence[Compile]
    calls: Sequence[Call]
    namespace: Mapping[str, Any]
    sources: Mapping[str, Source]
    history: History
    graph: Graph | None = None
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    leaks: tuple[Leak, ...] = ()
    stale: tuple[Stale, ...] = ()
    held: tuple[Held, ...] = ()
    keys: tuple[UsedKey, ...] = ()
    handed: tuple[HandedOver, ...] = ()
    narrowed: tuple[Narrowed, ...] = ()
    late: tuple[str, ...] = ()
    twice: Twice | None = None
    failure: Failure | None = None
    checked: Checked | None = None
    call_counts: Mapping[tuple[str, int], int] | None = None

    @property
    def outermost(self) -> tuple[Trace, ...]:
        """The traces that were inside no other."""
        return tuple(trace for trace in self.traces if trace.parent is None)

    @cached_property
    def graphs(self) -> tuple[Graph, ...]:
        """The programs to judge: the recorded one, else those that were traced."""
        if self.graph is not None:
            return (self.graph,)
        return tuple(trace.graph for trace in self.outermost if trace.graph is not None)

    def text(self, frame: Frame | None) -> str:
        """The user's line of a frame, without its indentation; "" where it is not known."""
        source = None if frame is None else self.sources.get(frame.file)
        return "" if source is None or frame is None else source.line(frame.line).strip()

"""Watch what JAX does, from here until `stop`. Nothing of the user's is changed."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Mapping
from time import perf_counter
from types import CodeType, FrameType
from typing import Any, TypeVar

import jax.monitoring

from jaxlab import _jax
from jaxlab.capture.sources import sources_named
from jaxlab.effects.checks import Checked
from jaxlab.effects.failure import Failure, failure_of
from jaxlab.effects.generators import States, drawn_between, states_of_generators
from jaxlab.effects.handed import Handed
from jaxlab.effects.held import held_arrays
from jaxlab.effects.host_calls import host_call, is_host_call
from jaxlab.effects.keys import KeyUse, UsedKey
from jaxlab.effects.late import changed_too_late, early_settings
from jaxlab.effects.leaks import find_leaks
from jaxlab.effects.narrowing import Narrowed, is_narrowing, narrowed_arguments, narrowed_array
from jaxlab.effects.outside import Outside
from jaxlab.effects.python_events import hear_python, is_own, trace_begins, trace_ends
from jaxlab.effects.seen import (
    Call,
    Compile,
    EagerTrace,
    Held,
    History,
    HostCall,
    Leak,
    Seen,
    Trace,
)
from jaxlab.effects.staleness import Staleness
from jaxlab.effects.variables import still_computed
from jaxlab.errors import cut
from jaxlab.graph import Graph
from jaxlab.origin import Frame, Source

_COMPILE = "/jax/core/compile/backend_compile_duration"
_BEFORE = (
    "/jax/core/compile/jaxpr_trace_duration",
    "/jax/core/compile/jaxpr_to_mlir_module_duration",
)
_LOADED = "/jax/compilation_cache/cache_hits"
_MOST_CALLS = 10_000

_Method = TypeVar("_Method", bound=Callable[..., None])


def _safely(method: _Method) -> _Method:
    """A fault of ours is noted and never reaches the user's code."""

    @functools.wraps(method)
    def told(self: Any, *args: Any, **kwargs: Any) -> None:
        try:
            method(self, *args, **kwargs)
        except Exception as error:
            self.note_fault(error)

    return told  # pyright: ignore[reportReturnType]


class _Here(threading.local):
    """What is under way in one thread."""

    def __init__(self) -> None:
        self.open: list[tuple[Trace | None, float, str]] = []  # None: one of JAX's own
        self.tracing = 0
        self.loaded = False
        self.states: States = ()
        self.before: dict[str, float] = {}  # seconds of the last tracing and lowering
        self.outside = Outside()
        self.called = 0  # the `Call.key` of the last jitted function that was called


class Watch:
    """Notes what JAX and the user's Python do, in every thread, until `stop`."""

    def __init__(self, history: History | None = None) -> None:
        self._history = history if history is not None else History()
        self._here = _Here()
        self._traces: list[Trace] = []
        self._eager: list[EagerTrace] = []
        self._compiles: list[Compile] = []
        self._calls: list[Call] = []
        self._counts: dict[tuple[str, int], int] = {}
        self._host_calls: dict[tuple[Trace, str, Frame], HostCall] = {}
        self._places: dict[tuple[int, int], tuple[CodeType, Frame]] = {}
        self._keys: dict[int, tuple[Any, tuple[KeyUse, ...]]] = {}
        self._stale = Staleness(self._history.programs)
        self._notes: list[str] = []
        self._narrowed: list[Narrowed] = []
        self._handed = Handed()
        self._settings = early_settings()
        self._began = perf_counter()
        self._python = hear_python(self)
        if not self._python.works:
            self._notes.append(
                "Python's monitoring is taken by other tools (debugger, coverage, profiler): "
                "what Python does during a trace was not seen."
            )
        self._hearing = _jax.hear_traces(self)
        jax.monitoring.register_event_duration_secs_listener(self._on_duration)
        jax.monitoring.register_event_listener(self._on_event)

    def stop(
        self,
        namespace: Mapping[str, Any] | None = None,
        cells: Mapping[str, Source] | None = None,
        graph: Graph | None = None,
        error: BaseException | None = None,
        checked: Checked | None = None,
    ) -> Seen:
        """Take all hooks back, and give what was seen.

        Args:
          namespace: the user's, where findings look for names.
          cells: the cells that frames point into; files are read.
          graph: what was recorded meanwhile; findings then name its nodes.
          error: what ended the cell or the block.
          checked: what was found in its values, where that was asked for.
        """
        self.abandon()
        leaks = self._leaks(namespace or {})
        frames = [*(each.frame for each in self._host_calls.values())]
        failure = self._failure(error)
        stale = self._stale.end()
        keys = self._reused_keys(namespace or {})
        frames += [each.frame for each in self._handed.end()]
        frames += [each.frame for each in self._narrowed if each.frame is not None]
        frames += [use.frame for key in keys for use in key.uses]
        for each in stale:
            frames += each.frame, each.read.frame
        frames += [] if failure is None else [failure.frame]
        frames += [] if checked is None else checked.frames()
        frames += [frame for leak in leaks for frame in leak.frames]
        for trace in self._traces:
            frames += (*trace.frames, trace.defined)
            frames += [frame for each in trace.mutations for frame in each.frames]
        frames += [each.frame for each in (*self._compiles, *self._eager) if each.frame is not None]
        frames += [each.frame for each in self._calls]
        files = {frame.file: None for frame in frames}
        sources = sources_named(files, cells or {})
        return Seen(
            traces=tuple(self._traces),
            eager=tuple(self._eager),
            compiles=tuple(self._compiles),
            calls=tuple(self._calls),
            namespace=namespace or {},
            sources={source.file: source for source in sources} | dict(cells or {}),
            history=self._history,
            graph=graph,
            seconds=perf_counter() - self._began,
            notes=(*self._notes, *(checked.notes if checked is not None else ())),
            leaks=leaks,
            held=self._held(namespace or {}),
            keys=keys,
            handed=self._handed.end(),
            narrowed=tuple(self._narrowed),
            late=changed_too_late(self._settings),
            stale=stale,
            failure=failure,
            checked=checked,
            call_counts=self._counts if self._python.sees_calls else None,
        )

    def so_far(self) -> Seen:
        """The traces and compiles until now, while watching goes on."""
        return Seen(
            (*self._traces,), (*self._eager,), (*self._compiles,), (), {}, {}, self._history
        )

    def _leaks(self, namespace: Mapping[str, Any]) -> tuple[Leak, ...]:
        """Tracers that are kept; looked for only where JAX traced something."""
        if self._here.open or not (self._traces or self._eager):
            return ()
        try:
            return find_leaks(namespace, self._history.leaked)
        except Exception as error:
            self.note_fault(error)
            return ()

    def _held(self, namespace: Mapping[str, Any]) -> tuple[Held, ...]:
        try:
            return held_arrays(namespace, self._history.held)
        except Exception as error:
            self.note_fault(error)
            return ()

    def _reused_keys(self, namespace: Mapping[str, Any]) -> tuple[UsedKey, ...]:
        """Keys that more than one call outside of traces used."""
        names = {id(value): name for name, value in namespace.items() if name[:1] != "_"}
        keys, self._keys = self._keys, {}
        return tuple(UsedKey(names.get(id(key), ""), [*uses]) for key, uses in keys.values())

    def _failure(self, error: BaseException | None) -> Failure | None:
        try:
            return None if error is None else failure_of(error)
        except Exception as fault:
            self.note_fault(fault)
            return None

    def abandon(self) -> None:
        """Take all hooks back. Safe to repeat."""
        self._hearing.stop()
        self._python.stop()
        _jax.unregister_listener(self._on_duration)
        _jax.unregister_listener(self._on_event)

    def note_fault(self, error: Exception) -> None:
        """Note that watching failed; the user's code went on."""
        said = cut(f"{type(error).__name__}: {error}", 200)
        note = f"Something could not be watched ({said}). This is a fault of jaxlab, not of yours."
        if note not in self._notes:
            self._notes.append(note)

    # What JAX tells.

    @_safely
    def on_trace_begin(self, function: _jax.TracedFunction) -> None:
        """See `TraceListener`."""
        here = self._here
        if not _jax.is_user_file(function.file):
            here.open.append((None, perf_counter(), function.name))
            return
        parent = next((trace for trace, _, _ in reversed(here.open) if trace is not None), None)
        frames = _jax.frames_of_python(sys._getframe(1))
        trace = Trace(function, frames, parent)
        self._traces.append(trace)
        here.tracing += 1
        here.open.append((trace, perf_counter(), function.name))
        if here.tracing == 1:
            here.states = states_of_generators(sys._getframe(1))
            here.outside = Outside()
            self._stale.on_trace(function)
            trace_begins()

    @_safely
    def on_trace_end(self, jaxpr: Any, error: BaseException | None) -> None:
        """See `TraceListener`."""
        here = self._here
        if not here.open:  # it began before we did
            return
        trace, began, name = here.open.pop()
        seconds = perf_counter() - began
        if trace is not None:
            here.tracing -= 1
            trace.seconds = seconds
            trace.jaxpr = jaxpr if _may_be_kept(jaxpr) else None
            trace.error = "" if error is None else cut(f"{type(error).__name__}: {error}", 400)
            if not here.tracing:
                trace_ends()
                drawn, here.states = drawn_between(here.states), ()
                trace.host_calls += [HostCall("state", name, trace.defined) for name in drawn]
                outside, here.outside = here.outside, Outside()
                trace.mutations, reads, taken = outside.end()
                trace.host_calls += taken
                if error is None:
                    self._stale.on_read(reads)
        elif not here.open:
            self._eager.append(EagerTrace(name, _own_line(), seconds))

    @_safely
    def _on_duration(self, event: str, duration_secs: float, **facts: Any) -> None:
        if _jax.is_evaluating():  # for us
            return
        here = self._here
        if event in _BEFORE:
            here.before[event] = duration_secs
        elif event == _COMPILE:
            name, loaded, before = str(facts.get("fun_name", "")), here.loaded, here.before
            here.loaded, here.before = False, {}
            call = _jax.current_jit_call()
            spent = sum(before.values())
            frame = _own_line()
            done = perf_counter()
            compiled = Compile(name, frame, duration_secs, loaded, spent, call, done)
            self._compiles.append(compiled)
            if call is not None and call.function.is_own:
                self._handed.on_compile(here.called, call)
                self._narrowed += narrowed_arguments(call, frame)

    @_safely
    def _on_event(self, event: str, **facts: Any) -> None:
        if event == _LOADED and not _jax.is_evaluating():
            self._here.loaded = True

    # What Python tells.

    def is_tracing(self) -> bool:
        """See `PythonListener`."""
        return self._here.tracing > 0

    def wants(self, function: Any) -> bool:
        """See `PythonListener`."""
        try:
            return (
                _jax.is_jitted(function)
                or is_host_call(function)
                or is_narrowing(function)
                or bool(_jax.draw_name(function))
            )
        except Exception:  # from the user's own `__getattr__`: no jitted function has one
            return False

    @_safely
    def on_enter(self, frame: FrameType) -> None:
        """See `PythonListener`."""
        self._here.outside.enter(frame)

    @_safely
    def on_call(self, frame: FrameType, function: Any, first: Any) -> None:
        """See `PythonListener`."""
        found = host_call(function, first)
        if not self.is_tracing():
            if _jax.is_jitted(function):
                found = "jit", _jax.function_name(function)
            elif _jax.draw_name(function) and _jax.is_key(first):
                place = self._place(frame)
                uses = self._history.keys.use(first, place, self)
                if len(uses) > 1:
                    self._keys[id(first)] = first, uses
            elif is_narrowing(function):
                self._narrowed += narrowed_array(function, first, lambda: self._place(frame))
            if found is None:
                return
            what, name = found
            key = id(function) if what == "jit" else 0
            if what == "jit" and _is_own_function(function):
                self._counts[name, key] = self._counts.get((name, key), 0) + 1
                self._stale.on_call(function, first, frame)
                self._here.called = key
                self._handed.on_call(key, frame, lambda: self._place(frame))
            if len(self._calls) < _MOST_CALLS:
                place = self._place(frame)
                waits = still_computed(frame) if what == "clock" else ()
                self._calls.append(Call(what, name, key, place, perf_counter(), waits))
        elif found is not None:
            kind, name = found
            place = self._place(frame)
            trace = next(trace for trace, _, _ in reversed(self._here.open) if trace is not None)
            call = self._host_calls.get((trace, name, place))
            if call is None:
                call = self._host_calls[trace, name, place] = HostCall(kind, name, place, 0)
                trace.host_calls.append(call)
            call.count += 1

    def _place(self, frame: FrameType) -> Frame:
        """The line that a frame is at; looked up once for each instruction."""
        code, offset = frame.f_code, frame.f_lasti
        known = self._places.get((id(code), offset))
        if known is None:
            (place,) = _jax.frames_of_code([(code, offset)])
            known = self._places[id(code), offset] = code, place
        return known[1]


def _may_be_kept(jaxpr: Any) -> bool:
    """Whether a jaxpr holds no tracer, where JAX asks for that."""
    return not (_jax.checks_leaks() and any(map(_jax.is_tracer, getattr(jaxpr, "consts", ()))))


def _is_own_function(jitted: Any) -> bool:
    """Whether what was jitted is the user's own, or can't be told."""
    code = getattr(getattr(jitted, "__wrapped__", None), "__code__", None)
    return not isinstance(code, CodeType) or is_own(code)


def _own_line() -> Frame | None:
    """The innermost line of the user's own code that runs now."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        if is_own(frame.f_code):
            return _jax.frames_of_code([(frame.f_code, frame.f_lasti)])[0]
        frame = frame.f_back
    return None

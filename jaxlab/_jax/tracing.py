"""Hear when JAX begins and ends to trace a function to a jaxpr."""

# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false

from __future__ import annotations

import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol

from jax._src import core
from jax._src.interpreters import partial_eval

from jaxlab._jax.evaluating import is_evaluating
from jaxlab._jax.jaxprs import _ClosedJaxpr


@dataclass(frozen=True, slots=True)
class TracedFunction:
    """What is traced.

    Attributes:
      name: the function's.
      file, line: where it is defined; "" and 0 where JAX doesn't know.
      traced_for: what for: "jit", "scan", "cond", "checkpoint", "custom_vjp fun" ….
      arguments: the names of its array arguments, one for each leaf; () where not known.
    """

    name: str
    file: str
    line: int
    traced_for: str
    arguments: tuple[str, ...]


class TraceListener(Protocol):
    """Is told of each trace to a jaxpr, in the thread that traces. Must not raise."""

    def on_trace_begin(self, function: TracedFunction) -> None:
        """A trace begins; those that begin before it ends are inside it."""

    def on_trace_end(self, jaxpr: Any, error: BaseException | None) -> None:
        """The innermost trace of this thread ends.

        Args:
          jaxpr: its ClosedJaxpr, with its constants; None where it failed.
          error: what the traced function raised; None where it did not.
        """


_listeners: list[TraceListener] = []

_originals: list[tuple[Any, str, Any]] = []

_lock = threading.RLock()


class _Made(threading.local):
    """The jaxpr that the trace under way in this thread has just become."""

    jaxpr: Any = None


_made = _Made()


class _Heard:
    """JAX's context of one trace, `core.ensure_no_leaks`, with its beginning and end told.

    It holds no trace: under `jax.checking_leaks` JAX looks for whoever does.
    """

    def __init__(self, inner: Any, function: TracedFunction) -> None:
        self._inner, self._function = inner, function
        self._told: tuple[TraceListener, ...] = ()

    def __enter__(self) -> None:
        self._inner.__enter__()
        self._told = () if is_evaluating() else tuple(_listeners)
        for listener in self._told:
            listener.on_trace_begin(self._function)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        jaxpr, _made.jaxpr = _made.jaxpr, None
        for listener in reversed(self._told):
            listener.on_trace_end(None if error is not None else jaxpr, error)
        del jaxpr
        return self._inner.__exit__(kind, error, traceback)


def _heard_traces(original: Any) -> Any:
    def ensure_no_leaks(trace: Any) -> Any:
        inner = original(trace)
        if not isinstance(trace, partial_eval.DynamicJaxprTrace):
            return inner
        return _Heard(inner, _function_of(trace.frame.debug_info))

    return ensure_no_leaks


def _heard_jaxprs(original: Any) -> Any:
    def to_jaxpr(self: Any, *args: Any, **kwargs: Any) -> Any:
        jaxpr, consts = original(self, *args, **kwargs)
        _made.jaxpr = _closed(jaxpr, consts)
        return jaxpr, consts

    return to_jaxpr


def _closed(jaxpr: Any, consts: Any) -> Any:
    if hasattr(jaxpr, "with_consts"):  # JAX 0.12, where there is one class for both
        return jaxpr.with_consts(consts)
    return _ClosedJaxpr(jaxpr, consts)


def _function_of(debug: Any) -> TracedFunction:
    if debug is None:
        return TracedFunction("function", "", 0, "", ())
    return TracedFunction(
        name=debug.func_name,
        file=debug.func_filename or "",
        line=debug.func_lineno or 0,
        traced_for=debug.traced_for,
        arguments=tuple(debug.arg_names or ()),
    )


class hear_traces:
    """Tell a listener of each trace to a jaxpr, in any thread, until `stop`."""

    def __init__(self, listener: TraceListener) -> None:
        self._listener = listener
        with _lock:
            if not _originals:
                for owner, name, heard in (
                    (core, "ensure_no_leaks", _heard_traces),
                    (partial_eval.JaxprStackFrame, "to_jaxpr", _heard_jaxprs),
                ):
                    original = vars(owner)[name]
                    _originals.append((owner, name, original))
                    setattr(owner, name, heard(original))
            _listeners.append(listener)

    def stop(self) -> None:
        """Tell it no more; JAX is as it was once nobody listens. Safe to repeat."""
        with _lock:
            if self._listener in _listeners:
                _listeners.remove(self._listener)
            if not _listeners:
                while _originals:
                    owner, name, original = _originals.pop()
                    setattr(owner, name, original)

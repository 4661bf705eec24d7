"""Observe what JAX evaluates, and change nothing of it."""

# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false

from __future__ import annotations

import functools
import threading
from collections.abc import Sequence
from contextvars import ContextVar
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Any, Protocol

import jax
import numpy as np
from jax._src import (
    array,
    config,
    core,
    pjit,
    tree_util,
)
from jax._src.interpreters import pxla
from jax._src.lib import _jax as _xla  # pyright: ignore[reportPrivateImportUsage]

from jaxlab._jax.building import EAGER_SHARD_MAP
from jaxlab.errors import chain_of


class Observer(Protocol):
    """What is told of each thing that JAX evaluates, while `observe` is under way."""

    busy: bool
    """True while an observed call is under way; what it does inside is not told."""

    def before_call(self, args: Sequence[Any], params: dict[str, Any]) -> None:
        """A jitted function is about to be called; what it donates is still there."""

    def on_primitive(
        self,
        primitive: Any,
        args: Sequence[Any],
        params: dict[str, Any],
        outs: Any,
        ran: Any,
        start: float,
    ) -> None:
        """A primitive was evaluated; `ran` is the executable where it was a jitted call.

        `start` is when it began, by `time.perf_counter`; it has ended just now.
        """

    def on_compiled(self, compiled: Any, args: Any, outs: Any, start: float) -> None:
        """An ahead-of-time compiled object was called, from `start` until now."""

    def on_round_trip(self, array: Any, how: str, start: float) -> None:
        """A value left JAX for Python, from `start` until now."""

    def on_error(self, error: BaseException) -> None:
        """An error passes through; it will carry frames of this file."""


_observer: ContextVar[Observer | None] = ContextVar("jaxlab_observer", default=None)

_last_executable: ContextVar[Any] = ContextVar("jaxlab_executable", default=None)

# A cache key of its own: what is compiled or looked up while recording neither uses nor spoils
# the entries of JAX's C++ fast path. It is no part of the trace context, so nothing retraces.
_jit_key: Any = config.config_ext.Config("jaxlab_recording", False, include_in_jit_key=True)

_installed: list[tuple[Any, str, Any]] = []

_users: list[Observer] = []

_lock = threading.RLock()


def _idle_observer() -> Observer | None:
    observer = _observer.get()
    return None if observer is None or observer.busy else observer


def _observed_primitive(original: Any) -> Any:
    @functools.wraps(original)
    def process_primitive(self: Any, primitive: Any, args: Any, params: Any, /) -> Any:
        observer = _idle_observer()
        if observer is None:
            return original(self, primitive, args, params)
        observer.busy = True
        token = _last_executable.set(None)
        try:
            args = tuple(args)
            if primitive is pjit.jit_p:
                observer.before_call(args, params)
            start = perf_counter()
            outs = original(self, primitive, args, params)
            ran = _last_executable.get() if primitive is pjit.jit_p else None
        except BaseException as error:
            observer.on_error(error)
            raise
        finally:
            _last_executable.reset(token)
            observer.busy = False
        observer.on_primitive(primitive, args, params, outs, ran, start)
        return outs

    return process_primitive


class _Dispatcher:
    """Calls one jitted program again through JAX's C++ path, in a cache that is ours alone.

    JAX's own caches must not be used while recording (a hit there would not be seen), and its
    Python path takes 20 us a call and 10 us a leaf. The first call takes the Python path, which
    gives the executable; so does each call whose arguments the C++ path has not met.
    """

    def __init__(self, original: Any, params: dict[str, Any]) -> None:
        self.params = params
        self.executables: list[Any] = []
        donated = tuple(index for index, given in enumerate(params["donated_invars"]) if given)
        key = pxla.JitGlobalCppCacheKeys(
            donate_argnums=donated,
            donate_argnames=None,
            device=None,
            backend=None,
            in_shardings_treedef=None,
            in_shardings_leaves=params["in_shardings"],
            out_shardings_treedef=None,
            out_shardings_leaves=params["out_shardings"],
            in_layouts_treedef=None,
            in_layouts_leaves=params["in_layouts"],
            out_layouts_treedef=None,
            out_layouts_leaves=params["out_layouts"],
        )
        self.call = _xla.pjit(
            params["name"],
            _not_called,
            functools.partial(self._miss, original),
            [],
            [],
            key,
            tree_util.dispatch_registry,
            pxla.cc_shard_arg,
            _xla.PjitFunctionCache(capacity=8),
        )

    def _miss(self, original: Any, *args: Any) -> Any:
        found = original(*args, **self.params)
        outs, executable, _, const_args = found
        if not any(executable is known for known in self.executables):
            self.executables.append(executable)
        closed = self.params["jaxpr"]
        tree = tree_util.tree_structure(outs)
        fastpath = _fastpath_data(
            executable, tree, args, outs, closed.effects, closed.consts, None, const_args
        )
        return outs, fastpath, False


def _not_called(*args: Any) -> Any:
    raise AssertionError(f"called with {len(args)} arguments")


_fastpath_data: Any = pjit._get_fastpath_data

_dispatchers: dict[tuple[int, ...], _Dispatcher] = {}


def _call_jit(original: Any, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """What `_pjit_call_impl_python` gives: results, executable, no profiler, no constants."""
    if config.enable_pgle.value:
        return original(*args, **params)
    key = tuple(map(id, params.values()))
    dispatcher = _dispatchers.get(key)
    if dispatcher is None:
        dispatcher = _dispatchers[key] = _Dispatcher(original, params)
    elif len(dispatcher.executables) > 1:  # a hit would not say which of them ran
        return original(*args, **params)
    outs = dispatcher.call(*args)
    return outs, dispatcher.executables[-1], None, []


def _observed_jit(original: Any) -> Any:
    @functools.wraps(original)
    def call_python(*args: Any, **params: Any) -> Any:
        observer = _observer.get()
        if observer is None:
            return original(*args, **params)
        if observer.busy:
            found = _call_jit(original, args, params)
            _last_executable.set(found[1])
            return found
        observer.busy = True
        try:
            observer.before_call(args, params)
            start = perf_counter()
            found = _call_jit(original, args, params)
        except BaseException as error:
            observer.on_error(error)
            raise
        finally:
            observer.busy = False
        observer.on_primitive(pjit.jit_p, args, params, found[0], found[1], start)
        return found

    return call_python


def _observed_shard_map(original: Any) -> Any:
    @functools.wraps(original)
    def process_shard_map(self: Any, prim: Any, fun: Any, args: Any, /, **params: Any) -> Any:
        observer = _idle_observer()
        if observer is None:
            return original(self, prim, fun, args, **params)
        observer.busy = True
        start = perf_counter()
        try:
            outs = original(self, prim, fun, args, **params)
        except BaseException as error:
            observer.on_error(error)
            raise
        finally:
            observer.busy = False
        params["body"] = f"ran eagerly, not traced: {getattr(fun, '__name__', 'function')}"
        observer.on_primitive(EAGER_SHARD_MAP, tuple(args), params, list(outs), None, start)
        return outs

    return process_shard_map


def _observed_compiled(original: Any) -> Any:
    @functools.wraps(original)
    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:
        observer = _idle_observer()
        if observer is None:
            return original(self, *args, **kwargs)
        observer.busy = True
        start = perf_counter()
        try:
            outs = original(self, *args, **kwargs)
        except BaseException as error:
            observer.on_error(error)
            raise
        finally:
            observer.busy = False
        observer.on_compiled(self, (args, kwargs), outs, start)
        return outs

    return __call__


def _observed_read(original: Any, how: str) -> Any:
    @functools.wraps(original)
    def read(*args: Any, **kwargs: Any) -> Any:
        observer = _idle_observer()
        if observer is None or not args or type(args[0]) is not array.ArrayImpl:
            return original(*args, **kwargs)
        observer.busy = True
        start = perf_counter()
        try:
            value = original(*args, **kwargs)
        except BaseException as error:
            observer.on_error(error)
            raise
        finally:
            observer.busy = False
        observer.on_round_trip(args[0], how, start)
        return value

    return read


def _no_fastpath(original: Any) -> Any:
    @functools.wraps(original)
    def get_fastpath_data(*args: Any, **kwargs: Any) -> Any:
        return None if _jit_key.value else original(*args, **kwargs)

    return get_fastpath_data


_READS = {
    "__float__": "float()",
    "__int__": "int()",
    "__complex__": "complex()",
    "__bool__": "bool()",
    "__index__": "index",
    "item": ".item()",
    "tolist": ".tolist()",
    "tobytes": ".tobytes()",
    "__array__": "np.asarray()",
    "__format__": "format",
    "__repr__": "repr()",
    "__str__": "str()",
}


def _patches() -> list[tuple[Any, str, Any]]:
    """What is replaced while something is recorded: (owner, name, replacement)."""
    found: list[tuple[Any, str, Any]] = [
        (
            core.EvalTrace,
            "process_primitive",
            _observed_primitive(core.EvalTrace.process_primitive),
        ),
        (
            core.EvalTrace,
            "process_shard_map",
            _observed_shard_map(getattr(core.EvalTrace, "process_shard_map")),  # noqa: B009
        ),
        (pjit, "_pjit_call_impl_python", _observed_jit(pjit._pjit_call_impl_python)),
        (pjit, "_get_fastpath_data", _no_fastpath(pjit._get_fastpath_data)),
        (jax.stages.Compiled, "__call__", _observed_compiled(jax.stages.Compiled.__call__)),
        (np, "asarray", _observed_read(np.asarray, "np.asarray()")),
        (np, "array", _observed_read(np.array, "np.array()")),
    ]
    for name, how in _READS.items():
        method = getattr(array.ArrayImpl, name)
        found.append((array.ArrayImpl, name, _observed_read(method, how)))
    return found


class observe:
    """Tell an observer what JAX evaluates in this thread and context, until `stop`.

    JAX evaluates as it would without: nothing is traced, nothing is compiled that would not
    be. Calls of jitted functions take JAX's Python path instead of its C++ one.
    """

    def __init__(self, observer: Observer) -> None:
        with _lock:
            _users.append(observer)
            if not _installed:
                for owner, name, replacement in _patches():
                    _installed.append((owner, name, getattr(owner, name)))
                    setattr(owner, name, replacement)
        self._observer = observer
        self._before = _observer.get()
        self._key_before = _jit_key.get_local()
        self._thread = threading.get_ident()
        _observer.set(observer)
        _jit_key.set_local(True)

    def stop(self) -> None:
        """Stop telling, and put everything back once nobody is told any more. Safe to repeat."""
        if threading.get_ident() == self._thread:
            _observer.set(self._before)
            _jit_key.set_local(self._key_before)
        with _lock:
            if self._observer in _users:
                _users.remove(self._observer)
            if not _users:
                _dispatchers.clear()
                while _installed:
                    owner, name, original = _installed.pop()
                    setattr(owner, name, original)


_OWN_FILES = (__file__, str(Path(__file__).with_name("tracing.py")))


def _names_own(text: str) -> bool:
    return any(file in text for file in _OWN_FILES)


def strip_own_frames(error: BaseException) -> None:
    """Take the frames of our hooks out of an error's traceback, and of those it came from."""
    for current in chain_of(error):
        if isinstance(current, jax.errors.JaxRuntimeError) and _names_own(str(current)):
            current.args = tuple(map(_without_own_lines, current.args))
            for name, text in vars(current).items():  # JaxRuntimeError has its own copy
                vars(current)[name] = _without_own_lines(text)
        kept = None
        frames: list[TracebackType] = []
        step = current.__traceback__
        while step is not None:
            frames.append(step)
            step = step.tb_next
        for frame in reversed(frames):
            if frame.tb_frame.f_code.co_filename not in _OWN_FILES:
                frame.tb_next = kept
                kept = frame
        current.__traceback__ = kept


def _without_own_lines(text: Any) -> Any:
    """A message without our frames: a host callback's error has its whole stack as text."""
    if not isinstance(text, str):
        return text
    kept: list[str] = []
    ours = False
    for line in text.split("\n"):
        is_frame = line.lstrip().startswith('File "')
        ours = _names_own(line) if is_frame else ours and line.startswith("    ")
        if not ours:
            kept.append(line)
    return "\n".join(kept)


def current_observer() -> Observer | None:
    """Who is told of what JAX evaluates here; None if nobody is."""
    return _observer.get()

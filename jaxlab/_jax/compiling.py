"""Trace, lower and compile as if for the first time, and leave JAX's caches as they were."""

# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false

from __future__ import annotations

import copy
import inspect
import math
import tempfile
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, TypeVar

import jax
from jax._src import compilation_cache, config, monitoring
from jax._src.compilation_cache_interface import CacheInterface
from jax._src.interpreters import mlir
from jax._src.lru_cache import LRUCache
from jaxlib.mlir import ir

# Part of the key of all that JAX remembers of tracing and lowering. A value that no other has
# makes it find nothing, and lets nobody find what is remembered meanwhile.
_first_time: Any = config.config_ext.Config(
    "jaxlab_first_time", None, include_in_trace_context=True
)

_Cache = TypeVar("_Cache", bound=CacheInterface)

_cache_lock = threading.RLock()

_EVENTS = {
    "/jax/core/compile/jaxpr_trace_duration": "trace",
    "/jax/core/compile/jaxpr_to_mlir_module_duration": "lower",
    "/jax/core/compile/backend_compile_duration": "compile",
}


# Not in JAX 0.10: there a program that calls back into Python is not kept.
_KEEPS_CALLBACKS = (
    "host_callbacks" in inspect.signature(compilation_cache.get_executable_and_time).parameters
)


@contextmanager
def first_time() -> Generator[None]:
    """Trace and lower in this thread as if nothing had been traced before.

    Also for jitted functions inside: what JAX knows of them is not used, and not spoilt.
    """
    before = _first_time.swap_local(object())
    try:
        yield
    finally:
        _first_time.set_local(before)


@contextmanager
def timed_events() -> Generator[dict[str, float]]:
    """Hear from JAX itself how long it traces, lowers and compiles in this thread, in seconds.

    By "trace", "lower" and "compile"; of several the one that ended last, which is the one round
    the others.
    """
    here = threading.get_ident()
    seconds: dict[str, float] = {}

    def listen(event: str, duration_secs: float, **_: Any) -> None:
        if event in _EVENTS and threading.get_ident() == here:
            seconds[_EVENTS[event]] = duration_secs

    monitoring.register_event_duration_secs_listener(listen)
    try:
        yield seconds
    finally:
        monitoring.unregister_event_duration_listener(listen)


def unregister_listener(listener: Callable[..., None]) -> None:
    """Let JAX tell a listener nothing more. Safe to repeat, and where the user took it away."""
    if listener in monitoring.get_event_duration_listeners():
        monitoring.unregister_event_duration_listener(listener)
    if listener in monitoring.get_event_listeners():
        monitoring.unregister_event_listener(listener)


class CompileListener:
    """Hears from JAX what is traced, lowered and compiled in this thread, until `stop`.

    Attributes:
      heard: for each time: "trace", "lower" or "compile", the function's name, seconds.
    """

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, float]] = []
        self._thread = threading.get_ident()
        monitoring.register_event_duration_secs_listener(self._listen)

    def _listen(self, event: str, duration_secs: float, **facts: Any) -> None:
        if event in _EVENTS and threading.get_ident() == self._thread:
            name = str(facts.get("fun_name", ""))
            self.heard.append((_EVENTS[event], name, duration_secs))

    def stop(self) -> None:
        """Hear nothing more. Safe to repeat, and where the user took all listeners away."""
        unregister_listener(self._listen)


class _NoCache(CacheInterface):
    """A persistent cache that has nothing; it notes what it was asked for."""

    def __init__(self) -> None:
        self.key = ""

    def get(self, key: str) -> None:
        self.key = key

    def put(self, key: str, value: bytes) -> None:
        raise AssertionError("nothing takes long enough to be kept")


def compile_cold(lowered: jax.stages.Lowered) -> tuple[jax.stages.Compiled, str]:
    """Compile past the persistent cache: nothing in it is found, and nothing is put there.

    Args:
      lowered: a program that was not compiled before; see `first_time`.

    Returns:
      The program, and its key in the persistent cache ("" where that is switched off). On a GPU,
      kernels that this process has tuned already are not tuned again.
    """
    asked = _NoCache()
    with _persistent_cache(asked), config.persistent_cache_min_compile_time_secs(math.inf):
        return lowered.compile(), asked.key


def load_seconds(
    lowered: jax.stages.Lowered,
    compiled: jax.stages.Compiled,
    key: str,
    seconds: Callable[[], float],
) -> float | None:
    """How long compiling takes where the persistent cache has the program.

    The program is put into a cache in a temporary folder, and compiled anew with that cache: its
    key is worked out, its file is read and unpacked, and its code loaded.

    Args:
      lowered, compiled: the program, and what `compile_cold` made of it.
      key: what `compile_cold` gave.
      seconds: the clock.

    Returns:
      None where the cache would not keep it: it is switched off, the program calls back into
      Python (JAX 0.10), its code can't be written down, or there is no space for the file.
    """
    inner: Any = lowered._lowering
    if not key or (inner.compile_args.get("host_callbacks") and not _KEEPS_CALLBACKS):
        return None
    executable: Any = compiled.runtime_executable()
    backend = inner.compile_args["backend"]
    again = _not_yet_compiled(lowered)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="jaxlab-", ignore_cleanup_errors=True) as folder,
            _persistent_cache(_Hits(folder)) as cache,
            config.persistent_cache_min_entry_size_bytes(-1),
            config.persistent_cache_min_compile_time_secs(math.inf),
            config.raise_persistent_cache_errors(True),
        ):
            compilation_cache.put_executable_and_time(key, "", executable, backend, 0)
            start = seconds()
            again.compile()
            took = seconds() - start
    except (OSError, RuntimeError):  # NotImplementedError is one
        return None
    return took if cache.hits else None


class _Hits(LRUCache):
    """A persistent cache in a folder; it counts what was found in it."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder, max_size=-1)
        self.hits = 0

    def get(self, key: str) -> bytes | None:
        found = super().get(key)
        self.hits += found is not None
        return found


@contextmanager
def _persistent_cache(cache: _Cache) -> Generator[_Cache]:
    """Let this thread use another persistent cache than the user's; other threads keep theirs."""
    here = threading.get_ident()
    with _cache_lock, config.persistent_cache_enable_xla_caches("none"):
        original = compilation_cache._get_cache

        def cache_of(backend: Any) -> CacheInterface | None:
            return cache if threading.get_ident() == here else original(backend)

        compilation_cache._get_cache = cache_of
        try:
            yield cache
        finally:
            compilation_cache._get_cache = original


def _not_yet_compiled(lowered: jax.stages.Lowered) -> jax.stages.Lowered:
    """The same program as another module: JAX remembers what it compiled by the module."""
    again: Any = copy.copy(lowered)
    inner: Any = copy.copy(again._lowering)
    inner._hlo = ir.Module.parse(mlir.module_to_bytecode(inner._hlo), inner._hlo.context)
    inner._executable = None
    again._lowering = inner
    return again

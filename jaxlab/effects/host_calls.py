"""Which calls of Python's a trace makes once, and the traced program never."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportPrivateUsage=false

from __future__ import annotations

import builtins
import random
import re
import sys
import time
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any

import jax
import numpy as np

_LEVELS = ("debug", "info", "warning", "error", "exception", "critical", "log")
_CLOCKS = ("time", "perf_counter", "monotonic", "process_time", "thread_time")
_REQUESTS = ("get", "post", "put", "patch", "delete", "head", "request")
_FILES = ("read", "readline", "readlines", "write", "writelines")
_OF_PATH = ("read_text", "read_bytes", "write_text", "write_bytes", "open", "mkdir", "unlink")
_OF_SYSTEM = ("system", "popen", "remove", "unlink", "rename", "replace", "mkdir", "makedirs")
_OF_NUMPY = ("save", "savez", "savez_compressed", "savetxt", "load", "loadtxt", "genfromtxt")


def _each(module: str, names: Iterable[str], kind: str, owner: str = "") -> dict[Any, Any]:
    """Names of a module, or of a class in it, as (kind, what a person calls it)."""
    prefix = f"{owner}." if owner else ""
    return {(module, prefix + name): (kind, f"{module}.{prefix}{name}") for name in names}


# Known by the module's first name and the qualified name, so that nothing has to be imported and
# every name that the user bound a function to is met.
_KNOWN: Mapping[tuple[str, str], tuple[str, str]] = {
    ("builtins", "print"): ("print", "print"),
    ("IPython", "display"): ("print", "display"),
    ("rich", "print"): ("print", "rich.print"),
    **_each("rich", ("print", "log"), "print", "Console"),
    **_each("pprint", ("pprint", "pp", "PrettyPrinter.pprint"), "print"),
    **_each("warnings", ("warn", "warn_explicit"), "print"),
    ("_warnings", "warn"): ("print", "warnings.warn"),
    **_each("logging", _LEVELS, "logging"),
    **_each("logging", _LEVELS, "logging", "Logger"),
    **_each("logging", _LEVELS, "logging", "LoggerAdapter"),
    **_each("time", (*_CLOCKS, *(f"{name}_ns" for name in _CLOCKS)), "clock"),
    **_each("time", ("localtime", "gmtime", "ctime", "strftime", "sleep"), "clock"),
    **_each("datetime", ("now", "utcnow", "today"), "clock", "datetime"),
    **_each("datetime", ("today",), "clock", "date"),
    **_each("uuid", ("uuid1", "uuid4", "uuid6", "uuid7"), "clock"),
    **_each("secrets", ("token_bytes", "token_hex", "token_urlsafe", "randbelow"), "clock"),
    **_each("os", ("urandom", "getrandom"), "clock"),
    **_each("numpy", ("default_rng", "RandomState", "RandomState.__init__"), "seed"),
    **_each("random", ("Random", "Random.__init__"), "seed"),
    ("builtins", "input"): ("file", "input"),
    ("ipykernel", "Kernel.raw_input"): ("file", "input"),
    ("_io", "open"): ("file", "open"),
    **_each("pathlib", _OF_PATH, "file", "Path"),
    **_each("os", _OF_SYSTEM, "file"),
    **_each("shutil", ("copy", "copyfile", "copy2", "copytree", "move", "rmtree"), "file"),
    **_each("subprocess", ("run", "call", "check_call", "check_output", "Popen"), "file"),
    **_each("subprocess", ("getoutput",), "file"),
    **_each("numpy", (*_OF_NUMPY, "fromfile", "ndarray.tofile"), "file"),
    **_each("pickle", ("dump", "load"), "file"),
    **_each("requests", (*_REQUESTS, *(f"Session.{name}" for name in _REQUESTS)), "file"),
    **_each("httpx", _REQUESTS, "file"),
    **_each("urllib", ("urlopen", "urlretrieve"), "file"),
    **_each(
        "socket", ("create_connection", "socket.connect", "socket.send", "socket.recv"), "file"
    ),
    **_each("pandas", ("read_csv", "read_parquet", "read_json", "read_pickle"), "file"),
}
"""By module and name: the kind of call, and what a person calls it."""

_ALIASES = {"posix": "os", "nt": "os", "_pickle": "pickle", "_socket": "socket", "io": "_io"}

_STATE = re.compile(r"(get|set)_?state$|__|bit_generator|^_|^spawn$|^jumped$|^permutation_state$")

_MODULE_FILE = re.compile(
    r"(?:(?:site|dist)-packages|python3\.\d+t?)[/\\](?!(?:site|dist)-packages)(\w+)[^<>]*$"
)

_FROZEN = re.compile(r"<frozen (\w+)")

_C_FUNCTIONS = frozenset(
    [
        BuiltinFunctionType,
        MethodDescriptorType,
        *map(type, (np.save, np.random.default_rng, np.random.Generator.normal)),
    ]
)
"""What functions are that Python does not write; other objects are not asked for names."""

_OUTSIDE = frozenset(
    [
        builtins.print,
        *(
            getattr(time, name + end)
            for name in _CLOCKS
            for end in ("", "_ns")
            if hasattr(time, name + end)
        ),
    ]
)


_TRACER = re.compile(r"\b\w*Tracer[(<]|\bTraced<")


def is_host_call(function: Any) -> bool:
    """Whether a call is asked for outside of traces too: a clock, a print."""
    if type(function) is BuiltinFunctionType:
        return function in _OUTSIDE
    return function is jax.debug.print


def host_call(function: Any, first: Any) -> tuple[str, str] | None:
    """The kind and the name of a call that the traced program will not make; None for others.

    Kinds: "print", "logging", "clock", "random", "seed" (a new generator), "formatted" (a
    `jax.debug.print` of text that has a tracer written into it) and "file", which is every other
    input and output.

    Args:
      function: what is called; on Python 3.11 its code where it is Python's.
      first: its first argument, which is `self` for a method; None where not known.
    """
    if function is jax.debug.print or function is jax.debug.print.__code__:
        is_late = isinstance(first, str) and _TRACER.search(first)
        return ("formatted", "jax.debug.print") if is_late else None
    owner, module, name = _named(function, first)
    if is_generator(owner):
        return _drawn(owner, name)
    last = name.rpartition(".")[2]
    if last in _FILES and (written := _written(owner, module, last)) is not None:
        return written
    return _KNOWN.get((module, name))


def is_generator(value: Any) -> bool:
    """Whether this is a random generator of Python's or of NumPy's."""
    kind: type = type(value)
    return str(kind.__module__).partition(".")[0] in ("random", "_random", "numpy") and (
        kind.__name__ in ("Random", "SystemRandom", "Generator", "RandomState")
    )


def shared_generators() -> dict[str, Any]:
    """The generators behind `random.random` and `np.random.normal`, by their module's name."""
    return {"random": getattr(random, "_inst", None), "np.random": np.random.mtrand._rand}


def _drawn(generator: Any, name: str) -> tuple[str, str] | None:
    last = name.rpartition(".")[2]
    if _STATE.search(last):
        return None
    for module, shared in shared_generators().items():
        if generator is shared:
            return "random", f"{module}.{last}"
    return "random", f"{type(generator).__name__}.{last}"


def _written(owner: Any, module: str, name: str) -> tuple[str, str] | None:
    """A read or a write of a stream: to the screen, or of a file; None where it is neither."""
    for stream in ("stdout", "stderr"):
        if owner is not None and owner is getattr(sys, stream):
            return "print", f"sys.{stream}.{name}"
    if module == "_io" and type(owner).__name__ not in ("StringIO", "BytesIO"):
        return "file", f"file.{name}"
    return None


def _named(function: Any, first: Any) -> tuple[Any, str, str]:
    """What a call is a method of (None for functions), its module's first name, and its name."""
    if isinstance(function, MethodType):
        function, first = function.__func__, function.__self__
    if isinstance(function, FunctionType):
        function = function.__code__
    if isinstance(function, CodeType):
        module, name = _named_code(function)
        return (first if "." in name else None), module, name
    if isinstance(function, type):
        return None, _first_of(function.__module__), function.__qualname__
    if type(function) not in _C_FUNCTIONS:
        return None, "", ""
    name = str(getattr(function, "__name__", ""))
    owner: Any = getattr(function, "__self__", None)
    if owner is None and hasattr(function, "__objclass__"):  # a method on its way to be called
        owner = first if first is not None else function.__objclass__
    elif owner is None and "." in str(getattr(function, "__qualname__", "")):  # Cython's
        owner = first
    if owner is None or isinstance(owner, ModuleType) or owner is builtins:
        return None, _first_of(getattr(function, "__module__", None) or ""), name
    kind = owner if isinstance(owner, type) else type(owner)
    return owner, _first_of(kind.__module__), f"{kind.__name__}.{name}"


@lru_cache(maxsize=4096)
def _named_code(code: CodeType) -> tuple[str, str]:
    found = _FROZEN.match(code.co_filename) or _MODULE_FILE.search(code.co_filename)
    return (_first_of(found[1]) if found else ""), code.co_qualname


def _first_of(module: str) -> str:
    first = module.partition(".")[0]
    return _ALIASES.get(first, first)

"""Which calls of Python's a trace makes once, and the traced program never."""

from __future__ import annotations

import builtins
import logging
import time
from collections.abc import Callable, Mapping
from types import CodeType, FunctionType
from typing import Any

HOST: Mapping[Callable[..., Any], tuple[str, str]] = {
    builtins.print: ("print", "print"),
    **{
        getattr(logging, name): ("logging", f"logging.{name}")
        for name in ("debug", "info", "warning", "error", "exception", "critical", "log")
    },
    time.time: ("clock", "time.time"),
    time.perf_counter: ("clock", "time.perf_counter"),
}
"""By function: the kind of call, and what a person calls it."""

_BY_CODE = {
    function.__code__: said for function, said in HOST.items() if isinstance(function, FunctionType)
}

_KINDS = frozenset(map(type, HOST))


def host_call(function: Any, first: Any) -> tuple[str, str] | None:
    """The kind and the name of a call that the traced program will not make; None for others.

    Args:
      function: what is called; on Python 3.11 its code where it is Python's.
      first: its first argument, which is `self` for a method; None where not known.
    """
    if isinstance(function, CodeType):
        return _BY_CODE.get(function)
    return HOST.get(function) if is_host_call(function) else None


def is_host_call(function: Any) -> bool:
    """Whether it is one of `HOST`; objects of the user's are not asked for their hash."""
    return type(function) in _KINDS and function in HOST

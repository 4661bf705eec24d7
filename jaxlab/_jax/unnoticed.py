"""Compile for a report without the user's listeners and logs taking it for work of the cell."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportPrivateUsage=false

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import jax
from jax._src import monitoring

_Listener = Callable[..., Any]


@contextmanager
def unnoticed() -> Generator[None]:
    """Keep JAX's events of this thread from `jax.monitoring`'s listeners, and its logs quiet.

    What other threads do is heard as ever. Listeners that come or go meanwhile do so for good.
    """
    lists: tuple[list[Any], ...] = (
        monitoring._event_listeners,
        monitoring._event_duration_secs_listeners,
        monitoring._event_time_span_listeners,
        monitoring._scalar_listeners,
    )
    originals: dict[_Listener, _Listener] = {}
    for listeners in lists:
        for place, listener in enumerate(listeners):
            listeners[place] = deaf = _deaf_here(listener)
            originals[deaf] = listener
    try:
        with jax.log_compiles(False):
            yield
    finally:
        for listeners in lists:
            listeners[:] = [originals.get(listener, listener) for listener in listeners]


def _deaf_here(listener: _Listener) -> _Listener:
    here = threading.get_ident()

    def heard(*args: Any, **facts: Any) -> None:
        if threading.get_ident() != here:
            listener(*args, **facts)

    return heard

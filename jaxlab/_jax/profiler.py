"""JAX's profiler, kept in memory: the public way writes a directory of files for each trace."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportMissingTypeStubs=false, reportAttributeAccessIssue=false

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import jax
from jax._src.lib import _profiler  # pyright: ignore[reportPrivateImportUsage]


def start_profiler(host_level: int) -> Any:
    """Start a session of the profiler; Python's own calls are left out.

    Args:
      host_level: 0 for the devices alone, 1 for the host's coarse events too, 2 for all of them.

    Raises:
      RuntimeError: another session is under way, whoever started it.
    """
    jax.devices()  # a device's tracer has to be there before the session
    stop_profiler(_session(0))  # a session that was refused says so only when it is stopped
    return _session(host_level)


def _session(host_level: int) -> Any:
    options = jax.profiler.ProfileOptions()
    options.host_tracer_level = host_level
    options.python_tracer_level = 0
    return _profiler.ProfilerSession(options)


def stop_profiler(session: Any) -> Any:
    """End a session, and give what it saw as a `jax.profiler.ProfileData`."""
    return session.stop_and_get_profile_data()


@contextmanager
def _warnings_survived() -> Generator[None]:
    """Where warnings are errors, what Python 3.13 says of nanobind's types would end the process.

    Elsewhere the filters are left alone: to touch them makes Python show old warnings again.
    """
    if not any(
        action == "error" and issubclass(DeprecationWarning, category)
        for action, _, category, *_ in warnings.filters
    ):
        yield
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def profiled_events(
    data: Any, wanted: Callable[[str], bool]
) -> list[tuple[str, str, str, float, float, dict[str, object]]]:
    """The events whose name is wanted: plane, line, name, start and duration in ns, stats."""
    with _warnings_survived():
        return [
            (plane.name, line.name, name, event.start_ns, event.duration_ns, dict(event.stats))
            for plane in data.planes
            for line in plane.lines
            for event in line.events
            if wanted(name := event.name)
        ]


def first_events(
    data: Any, wanted: Callable[[str], bool], most: int
) -> tuple[list[tuple[str, str, str, float, float, dict[str, object]]], int]:
    """The first events in time whose name is wanted, as `profiled_events` gives them.

    Returns:
      The events, at most about `most`; and how many there were.
    """
    with _warnings_survived():
        found = [
            (plane.name, line.name, name, event)
            for plane in data.planes
            for line in plane.lines
            for event in line.events
            if wanted(name := event.name)
        ]
        seen = len(found)
        if seen > most:
            end = sorted(each[3].start_ns for each in found)[most]
            found = [each for each in found if each[3].start_ns < end]
        return [
            (plane, line, name, event.start_ns, event.duration_ns, dict(event.stats))
            for plane, line, name, event in found
        ], seen


@contextmanager
def giving_way(end: Callable[[], None]) -> Generator[None]:
    """Let the user start a session of the profiler in the block: `end` ends ours before it.

    There can be only one, and a session that is refused finds it out when it is stopped.
    """
    original = _profiler.ProfilerSession

    def start(*args: Any, **kwargs: Any) -> Any:
        end()
        return original(*args, **kwargs)

    _profiler.ProfilerSession = start
    try:
        yield
    finally:
        _profiler.ProfilerSession = original

"""JAX's profiler, kept in memory: the public way writes a directory of files for each trace."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportMissingTypeStubs=false, reportAttributeAccessIssue=false

from __future__ import annotations

import warnings
from collections.abc import Callable
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


def profiled_events(
    data: Any, wanted: Callable[[str], bool]
) -> list[tuple[str, str, str, float, float, dict[str, object]]]:
    """The events whose name is wanted: plane, line, name, start and duration in ns, stats.

    Where warnings are errors, the one that Python 3.13 gives for nanobind's types would abort
    the process.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return [
            (plane.name, line.name, name, event.start_ns, event.duration_ns, dict(event.stats))
            for plane in data.planes
            for line in plane.lines
            for event in line.events
            if wanted(name := event.name)
        ]

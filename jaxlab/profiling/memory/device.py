"""How much memory a device has in use, where it says so; CPUs don't."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax


@dataclass(frozen=True, slots=True)
class DeviceMemory:
    """One device's memory at one moment; None for what it does not report.

    Attributes:
      device: its name.
      in_use: bytes that arrays and programs hold now.
      peak: the most that was ever in use since the process began.
      limit: bytes that JAX may use.
    """

    device: str
    in_use: int | None = None
    peak: int | None = None
    limit: int | None = None


def device_memory(devices: Sequence[Any] | None = None) -> tuple[DeviceMemory, ...]:
    """The memory in use on some devices, on this process's own by default."""
    return tuple(_read(device) for device in (devices or jax.local_devices()))


def _read(device: Any) -> DeviceMemory:
    try:
        figures = device.memory_stats()
    except (NotImplementedError, RuntimeError):  # a device that isn't attached, or has none
        figures = None

    def figure(name: str) -> int | None:
        value = (figures or {}).get(name)
        return int(value) if isinstance(value, int) else None

    return DeviceMemory(
        str(device), figure("bytes_in_use"), figure("peak_bytes_in_use"), figure("bytes_limit")
    )

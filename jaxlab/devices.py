"""The attached devices: platform, kind, memory, what JAX picked and why."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

import os
from typing import Any

import jax

from jaxlab import _jax
from jaxlab.quantities import quantity
from jaxlab.report import Report, Table


def describe_devices() -> Report:
    """What is attached. This starts JAX's backends if nothing has yet."""
    devices = jax.devices()
    chosen = devices[0]
    rows = tuple(
        (
            device.id,
            device.platform,
            device.device_kind,
            _memory(device, "bytes_limit"),
            _memory(device, "bytes_in_use"),
            "default" if device == chosen else "",
        )
        for platform in _jax.platforms()
        for device in jax.devices(platform)
    )
    columns = ("id", "platform", "kind", "memory", "in use", "")
    return Report(
        title="Attached devices",
        figures=(
            f"JAX {jax.__version__}",
            f"{len(devices)} × {chosen.device_kind} by default",
        ),
        notes=(_why(chosen.platform), *_processes()),
        tables=(Table("Devices", columns, rows),),
    )


def _memory(device: Any, key: str) -> str:
    statistics = device.memory_stats()
    return quantity(statistics[key], "B") if statistics and key in statistics else "not reported"


def _why(platform: str) -> str:
    asked = os.environ.get("JAX_PLATFORMS") or jax.config.jax_platforms  # type: ignore[attr-defined]
    if asked:
        return f"JAX uses {platform} because `jax_platforms` is {asked!r}."
    failed = _jax.failed_platforms()
    others = "".join(f" {name} could not be started: {why}." for name, why in failed)
    return f"JAX uses {platform}: of the platforms that started it comes first.{others}"


def _processes() -> tuple[str, ...]:
    count = jax.process_count()
    return () if count == 1 else (f"This is process {jax.process_index()} of {count}.",)

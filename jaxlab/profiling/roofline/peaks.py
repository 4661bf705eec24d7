"""What this device can do at most: measured by a matrix product and a copy, and kept.

A roof that is measured here can be reached here. It is what XLA makes of a large matrix product
and of reading and writing memory; other programs may come close to it, and seldom go beyond.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

import json
import os
import platform
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from math import isfinite
from pathlib import Path
from typing import Any, cast

import jax
import jax.numpy as jnp

from jaxlab import _jax
from jaxlab.charts import Roof
from jaxlab.errors import InputError, ProfileError, cut
from jaxlab.profiling.clock import SYSTEM, Clock
from jaxlab.profiling.times import Times
from jaxlab.quantities import quantity

DTYPES = {
    "f32": jnp.float32,
    "f64": jnp.float64,
    "bf16": jnp.bfloat16,
    "f16": jnp.float16,
}
"""The dtypes that a peak is measured for, by short name."""

_SIZES = {"cpu": 1024}
_SIZE = 4096
_LARGEST_SIZE = 8192
"""Rows of the square matrices: what fills a device, and no more than a gigabyte of its memory."""
_COPIED = {"cpu": 128 * 2**20}
_COPY = 256 * 2**20
"""Bytes that are read and written: more than any cache's share of one device holds."""
_SHORT = 0.005
"""Seconds from which one matrix product is long enough; shorter ones grow."""
_SAMPLE = 0.01
"""Seconds of one measurement: as many calls as it takes."""
_SAMPLES, _FEWEST = 7, 3
_BUDGET = 0.4
"""Seconds for the measurements of either; a slow device gets fewer of them."""


@dataclass(frozen=True, slots=True)
class Peaks:
    """What a device can do at most, as measured on it.

    Attributes:
      device: what it is: JAX's name, and the processor's for a CPU.
      jax: the version of JAX that measured it.
      dtype: short name, of the matrix product.
      flops_per_second, bytes_per_second: the best of several measurements.
      flops_spread, bytes_spread: how far the quartiles of those lie apart, as a share.
      note: why the peaks could not be kept for the next time; "" where they were.
    """

    device: str
    jax: str
    dtype: str
    flops_per_second: float
    bytes_per_second: float
    flops_spread: float
    bytes_spread: float
    note: str = ""

    @property
    def roof(self) -> Roof:
        """The peaks as a chart's roof, with the spread of the measurements."""
        return Roof(
            f"this device, {self.dtype}: {quantity(self.flops_per_second, 'FLOP/s')} "
            f"(± {quantity(self.flops_spread / 2, '%')}), "
            f"{quantity(self.bytes_per_second, 'B/s')} (± {quantity(self.bytes_spread / 2, '%')})",
            self.flops_per_second,
            self.bytes_per_second,
            f"measured by a matrix product and a copy, JAX {self.jax} on {self.device}",
        )


def measured_peaks(
    device: Any = None,
    dtype: str = "f32",
    *,
    clock: Clock = SYSTEM,
    folder: Path | None = None,
) -> Peaks:
    """Measure what a device can do at most, or read what was measured before.

    That takes about a second the first time, and is kept per kind of device, version of JAX and
    dtype; `forget_peaks` drops it.

    Args:
      device: JAX's default device if None.
      dtype: one of `DTYPES`.
      clock: for tests.
      folder: where peaks are kept, in the user's cache folder by default.

    Raises:
      InputError: a dtype that is none of `DTYPES`, or f64 where JAX has it disabled.
      ProfileError: the device has no room for the matrices.
    """
    if dtype not in DTYPES:
        raise InputError(f"There are no peaks for {dtype!r}, only for {', '.join(DTYPES)}.")
    if dtype == "f64" and jnp.zeros((), jnp.result_type(float)).dtype != jnp.float64:
        raise InputError("Peaks of f64 can't be measured: set `jax_enable_x64` first.")
    device = jax.devices()[0] if device is None else device
    name = _device_name(device)
    file = (folder or cache_folder()) / f"{_slug(f'{name} jax {jax.__version__} {dtype}')}.json"
    kept = _read(file, name, dtype)
    if kept is not None:
        return kept
    try:
        with _jax.unnoticed(), jax.transfer_guard("allow"), jax.disable_jit(False):
            products = _time_products(device, dtype, clock)
            copies = _time_copies(device, clock)
    except jax.errors.JaxRuntimeError as error:
        reason = cut(str(error).partition("\n")[0], 120)
        raise ProfileError(f"The peaks of {name} can't be measured: {reason}") from None
    flops, moved = products[0] / products[1].best, copies[0] / copies[1].best
    spreads = products[1].spread, copies[1].spread
    return _keep(file, Peaks(name, jax.__version__, dtype, flops, moved, *spreads))


def forget_peaks(folder: Path | None = None) -> int:
    """Drop all peaks that were kept, so that they are measured again; how many there were."""
    files = list((folder or cache_folder()).glob("*.json"))
    for file in files:
        file.unlink(missing_ok=True)
    return len(files)


def _time_products(device: Any, dtype: str, clock: Clock) -> tuple[float, Times]:
    """Operations of one matrix product, and how long it took."""
    size = _SIZES.get(device.platform, _SIZE)
    while True:
        weights = _noise(size, dtype, device)
        multiply = jax.jit(_product).lower(weights, weights).compile()

        def step(x: Any, weights: Any = weights, multiply: Any = multiply) -> Any:
            return multiply(x, weights)

        once = _seconds(step, weights, 1, clock)
        if once >= _SHORT or size >= _LARGEST_SIZE:
            return 2.0 * size**3, _samples(step, weights, once, clock)
        size *= 2


def _time_copies(device: Any, clock: Clock) -> tuple[float, Times]:
    """Bytes read and written in place, and how long it took."""
    size = _COPIED.get(device.platform, _COPY)
    x = jax.device_put(jnp.zeros(size // 4, jnp.float32), device)
    # In place: a fresh result would measure how fast the system hands out memory.
    step = jax.jit(lambda x: x + 1, donate_argnums=0).lower(x).compile()
    x = step(x)
    start = clock()
    x = jax.block_until_ready(step(x))
    return 2.0 * size, _samples(step, x, clock() - start, clock)


def _product(x: jax.Array, weights: jax.Array) -> jax.Array:
    """As a program has it that says nothing of precision, whatever this session has set."""
    return jnp.matmul(x, weights, precision=jax.lax.Precision.DEFAULT)


def _noise(size: int, dtype: str, device: Any) -> jax.Array:
    """A matrix without pattern: processors are faster on zeros, and on ones.

    Products with it neither grow nor vanish.
    """

    def make() -> jax.Array:
        rows, columns = (jax.lax.broadcasted_iota(jnp.float32, (size, size), d) for d in (0, 1))
        waves = jnp.sin(rows * 12.9898 + columns * 78.233) * 43758.547
        return ((waves - jnp.floor(waves) - 0.5) * (12 / size) ** 0.5).astype(DTYPES[dtype])

    return jax.device_put(jax.jit(make)(), device)


def _seconds(step: Callable[[Any], Any], x: Any, calls: int, clock: Clock) -> float:
    """How long one of several calls takes, each on the result of the one before."""
    x = jax.block_until_ready(step(x))
    start = clock()
    for _ in range(calls):
        x = step(x)
    jax.block_until_ready(x)
    return (clock() - start) / calls


def _samples(step: Callable[[Any], Any], x: Any, once: float, clock: Clock) -> Times:
    calls = max(1, round(_SAMPLE / once)) if once > 0 else 1
    began = clock()
    found: list[float] = []
    while len(found) < _SAMPLES and (len(found) < _FEWEST or clock() - began < _BUDGET):
        start = clock()
        for _ in range(calls):
            x = step(x)
        x = jax.block_until_ready(x)
        found.append((clock() - start) / calls)
    return Times(tuple(found))


def cache_folder() -> Path:
    """Where peaks are kept: in what the system has for files that may be dropped."""
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "jaxlab" / "peaks"


def _device_name(device: Any) -> str:
    """What tells devices apart: JAX calls every CPU `cpu`, whatever it is."""
    if device.platform != "cpu":
        return device.device_kind
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{_processor()}, {cores} cores"


def _processor() -> str:
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:  # not Linux
        pass
    return platform.processor() or platform.machine() or "CPU"


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-")[:120]


def _read(file: Path, device: str, dtype: str) -> Peaks | None:
    """Peaks that were kept; None if there are none, or none that can be used."""
    try:
        found: object = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict):
        return None
    given = cast("dict[str, Any]", found)
    if given.keys() != {field.name for field in fields(Peaks)}:
        return None
    numbers = [value for value in given.values() if not isinstance(value, str)]
    if len(numbers) != 4 or not all(isinstance(n, int | float) and isfinite(n) for n in numbers):
        return None
    try:
        peaks = Peaks(**given)
        good = peaks.flops_per_second > 0 and peaks.bytes_per_second > 0
    except TypeError:
        return None
    same = (peaks.device, peaks.jax, peaks.dtype) == (device, jax.__version__, dtype)
    return peaks if good and same else None


def _keep(file: Path, peaks: Peaks) -> Peaks:
    """Write peaks for the next time, whole or not at all: another kernel may read them now."""
    part = file.with_suffix(f".{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(asdict(peaks)), encoding="utf-8")
        part.replace(file)
    except OSError as error:
        with suppress(OSError):  # a full disk has said so already
            part.unlink(missing_ok=True)
        return replace(peaks, note=f"They could not be kept for the next time: {error}.")
    return peaks

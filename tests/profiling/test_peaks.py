"""What a device can do at most: measured, kept, published."""

# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jax
import pytest

from jaxlab.errors import InputError, ProfileError
from jaxlab.profiling.roofline import peaks as module
from jaxlab.profiling.roofline.peaks import cache_folder, forget_peaks, measured_peaks
from jaxlab.profiling.roofline.published import published_roofs


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes at which a test takes no time; the figures mean nothing then."""
    monkeypatch.setattr(module, "_SIZES", {"cpu": 64})
    monkeypatch.setattr(module, "_COPIED", {"cpu": 4096})


class Ticks:
    """A clock on which each look takes a tenth of a second."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.1
        return self.now


def test_peaks_are_the_work_over_the_time(tmp_path: Path) -> None:
    peaks = measured_peaks(folder=tmp_path, clock=Ticks())
    assert peaks.flops_per_second == pytest.approx(2 * 64**3 / 0.1)
    assert peaks.bytes_per_second == pytest.approx(2 * 4096 / 0.1)
    assert peaks.flops_spread == pytest.approx(0, abs=1e-9)
    assert (peaks.jax, peaks.dtype, peaks.note) == (jax.__version__, "f32", "")
    assert "cores" in peaks.device
    assert "this device, f32: 5.24 MFLOP/s (± 0" in peaks.roof.name
    assert peaks.device in peaks.roof.source


def test_a_device_that_is_too_fast_gets_larger_matrices(tmp_path: Path) -> None:
    sizes: list[int] = []
    original = module._noise  # pyright: ignore[reportPrivateUsage]

    def noise(size: int, dtype: str, device: Any) -> jax.Array:
        sizes.append(size)
        return original(size, dtype, device)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_noise", noise)
        patch.setattr(module, "_SHORT", 0.15)  # a product takes 0.1 s by this clock
        patch.setattr(module, "_LARGEST_SIZE", 256)
        measured_peaks(folder=tmp_path, clock=Ticks())
    assert sizes == [64, 128, 256]


def test_peaks_are_kept_per_dtype(tmp_path: Path) -> None:
    first = measured_peaks(folder=tmp_path, clock=Ticks())

    def never() -> float:
        raise AssertionError("measured again")

    assert measured_peaks(folder=tmp_path, clock=never) == first
    with pytest.raises(AssertionError, match="measured again"):
        measured_peaks(dtype="bf16", folder=tmp_path, clock=never)
    assert len(list(tmp_path.iterdir())) == 1
    assert forget_peaks(tmp_path) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"flops_per_second": "fast"},
        {"flops_per_second": 0},
        {"bytes_per_second": float("nan")},
        {"bytes_per_second": True, "note": 3},
        {"jax": "0.0.1"},
        {"device": "another"},
        {"more": 1},
    ],
)
def test_what_was_kept_and_is_of_no_use_is_measured_again(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    peaks = measured_peaks(folder=tmp_path, clock=Ticks())
    (file,) = tmp_path.iterdir()
    file.write_text(json.dumps(asdict(peaks) | change))
    assert measured_peaks(folder=tmp_path, clock=Ticks()) == peaks
    assert json.loads(file.read_text()) == asdict(peaks)


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "null", "\x00\xff"])
def test_a_broken_file_is_measured_again(tmp_path: Path, text: str) -> None:
    peaks = measured_peaks(folder=tmp_path, clock=Ticks())
    (file,) = tmp_path.iterdir()
    file.write_text(text)
    assert measured_peaks(folder=tmp_path, clock=Ticks()) == peaks


def test_peaks_that_cannot_be_kept_are_given_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "peaks").write_text("a file where a folder should be")
    peaks = measured_peaks(folder=tmp_path / "peaks", clock=Ticks())
    assert peaks.flops_per_second > 0
    assert peaks.note.startswith("They could not be kept for the next time: ")


def test_what_cannot_be_measured_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="no peaks for 's4', only for f32, f64, bf16, f16"):
        measured_peaks(dtype="s4", folder=tmp_path)
    with pytest.raises(InputError, match="set `jax_enable_x64` first"):
        measured_peaks(dtype="f64", folder=tmp_path)

    def full(*_: Any) -> Any:
        raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory\nand a long story")

    monkeypatch.setattr(module, "_noise", full)
    with pytest.raises(
        ProfileError, match=r"can't be measured: RESOURCE_EXHAUSTED: Out of memory$"
    ):
        measured_peaks(folder=tmp_path)


def test_settings_of_the_session_change_nothing(tmp_path: Path) -> None:
    with jax.transfer_guard("disallow"), jax.disable_jit():
        assert measured_peaks(folder=tmp_path, clock=Ticks()).flops_per_second > 0


def test_peaks_are_kept_where_the_system_keeps_what_may_be_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert cache_folder() == Path("/caches/jaxlab/peaks")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/me")
    assert cache_folder() == Path("/home/me/.cache/jaxlab/peaks")
    monkeypatch.setattr("sys.platform", "darwin")
    assert cache_folder() == Path("/home/me/Library/Caches/jaxlab/peaks")


@pytest.mark.parametrize(
    ("kind", "dtype", "flops", "bandwidth"),
    [
        ("NVIDIA H100 80GB HBM3", "bf16", 989.4e12, 3.35e12),
        ("NVIDIA H100 PCIe", "bf16", 756e12, 2.0e12),
        ("NVIDIA H200", "bf16", 989.4e12, 4.8e12),
        ("NVIDIA A100-SXM4-40GB", "f16", 312e12, 1.555e12),
        ("NVIDIA A100-SXM4-80GB", "f64", 19.5e12, 2.039e12),
        ("Tesla T4", "f16", 65e12, 0.32e12),
        ("Tesla V100-SXM2-16GB", "f16", 125e12, 0.9e12),
        ("NVIDIA L4", "bf16", 121e12, 0.3e12),
        ("NVIDIA L40S", "bf16", 362e12, 0.864e12),
        ("NVIDIA GeForce RTX 4090", "bf16", 165.2e12, 1.008e12),
        ("TPU v2", "bf16", 22.5e12, 0.35e12),
        ("TPU v4", "bf16", 275e12, 1.228e12),
        ("TPU v5 lite", "bf16", 197e12, 0.819e12),
        ("TPU v5p", "bf16", 459e12, 2.765e12),
        ("TPU v6 lite", "bf16", 918e12, 1.638e12),
    ],
)
def test_published_peaks(kind: str, dtype: str, flops: float, bandwidth: float) -> None:
    (roof,) = published_roofs(kind, dtype)
    assert (roof.flops_per_second, roof.bytes_per_second) == pytest.approx((flops, bandwidth))
    assert roof.source and "published" in roof.name


def test_products_of_f32_have_two_published_peaks() -> None:
    names = [roof.name for roof in published_roofs("NVIDIA H100 80GB HBM3", "f32")]
    assert names == [
        "H100 SXM tf32, published: 495 TFLOP/s, 3.35 TB/s",
        "H100 SXM f32, published: 67 TFLOP/s, 3.35 TB/s",
    ]


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [("cpu", "f32"), ("NVIDIA H100 NVL", "f32"), ("TPU v9", "bf16"), ("Tesla T4", "bf16")],
)
def test_what_is_not_published_is_not_guessed(kind: str, dtype: str) -> None:
    assert published_roofs(kind, dtype) == ()

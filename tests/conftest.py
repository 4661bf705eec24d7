"""What every test shares: small on purpose."""

from __future__ import annotations

import platform
import shutil

import jax


def pytest_report_header() -> str:
    """Say what was tested with what."""
    drawing = "with" if shutil.which("dot") else "without"
    return f"jaxlab: JAX {jax.__version__}, Python {platform.python_version()}, {drawing} Graphviz"

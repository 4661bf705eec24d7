"""The system's Chromium, as playwright launches it: quiet, and without a GPU."""

from __future__ import annotations

import shutil
from typing import Any

MISSING = "Chromium is missing: `sh scripts/system_packages.sh chromium` installs it."

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_OFF = (
    *("no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-sync"),
    *("disable-background-networking", "disable-component-update"),
)


def launch_options() -> dict[str, Any] | None:
    """What `playwright.chromium.launch` takes; None where there is no Chromium."""
    path = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if path is None:
        return None
    return {"executable_path": path, "args": [f"--{name}" for name in _OFF]}

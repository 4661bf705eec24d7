"""A Jupyter server of the tests' own: it knows nothing of the user's settings."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

SECONDS_TO_START = 60
FOLDERS = ("config", "data", "runtime", "settings", "workspaces", "notebooks")


@dataclass(frozen=True)
class Server:
    """One server: `/lab` is JupyterLab, `/notebooks` is Notebook 7."""

    address: str
    base: Path

    def write(self, name: str, notebook: Any) -> None:
        """Put a notebook where the server finds it."""
        nbformat.write(notebook, self.base / "notebooks" / name)

    def read(self, name: str) -> Any:
        """The notebook as it is saved."""
        return nbformat.read(self.base / "notebooks" / name, as_version=4)

    def set_windowing(self, mode: str) -> None:
        """How notebooks that are opened from now on keep outputs that are out of sight."""
        folder = self.base / "settings" / "@jupyterlab" / "notebook-extension"
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"windowingMode": mode})
        (folder / "tracker.jupyterlab-settings").write_text(text)


@contextmanager
def serve(base: Path) -> Iterator[Server]:
    """Run a server with its files in `base`."""
    for name in FOLDERS:
        (base / name).mkdir()
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(base / "config"),
        "JUPYTER_DATA_DIR": str(base / "data"),
        "JUPYTER_RUNTIME_DIR": str(base / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(base / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(base / "workspaces"),
        "JAX_PLATFORMS": "cpu",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    port = free_port()
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--expose-app-in-browser"),
        "--JupyterNotebookApp.expose_app_in_browser=True",
        *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
        *("--IdentityProvider.token=", f"--ServerApp.root_dir={base / 'notebooks'}"),
        *(["--allow-root"] if os.geteuid() == 0 else []),
    ]
    log = base / "server.log"
    with log.open("w") as file:
        process = subprocess.Popen(command, env=environment, stdout=file, stderr=file)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(address, process, log)
        yield Server(address, base)
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the server answers."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    give_up = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < give_up and process.poll() is None:
        try:
            with direct.open(f"{address}/api/status", timeout=5):
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")

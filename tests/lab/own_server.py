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

    def add_kernel(self, name: str, python: str) -> None:
        """Offer a kernel of another environment."""
        folder = self.base / "data" / "kernels" / name
        folder.mkdir(parents=True)
        command = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec = {"argv": command, "display_name": name, "language": "python"}
        (folder / "kernel.json").write_text(json.dumps(spec))

    def set(self, extension: str, plugin: str, **settings: Any) -> None:
        """Change what JupyterLab does from the next page on."""
        folder = self.base / "settings" / "@jupyterlab" / extension
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{plugin}.jupyterlab-settings").write_text(json.dumps(settings))

    def set_windowing(self, mode: str) -> None:
        """How notebooks that are opened from now on keep outputs that are out of sight."""
        self.set("notebook-extension", "tracker", windowingMode=mode)


@contextmanager
def serve(base: Path, python: str = "") -> Iterator[Server]:
    """Run a server with its files in `base`.

    Args:
      base: an empty folder.
      python: an environment's; "" for this one, with this checkout.
    """
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
        "PYTHONPATH": "" if python else str(Path(__file__).parents[2]),
    }
    port = free_port()
    command = [
        *(python or sys.executable, "-m", "jupyterlab", "--no-browser", "--expose-app-in-browser"),
        "--JupyterNotebookApp.expose_app_in_browser=True",
        *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
        *("--IdentityProvider.token=", f"--ServerApp.root_dir={base / 'notebooks'}"),
        *(["--allow-root"] if os.geteuid() == 0 else []),
    ]
    log = base / "server.log"
    with log.open("w") as file:
        process = subprocess.Popen(
            command, env=environment, cwd=base / "notebooks", stdout=file, stderr=file
        )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(address, process, log)
        server = Server(address, base)
        # JupyterLab asks whether it may fetch news, in front of what is tested.
        server.set("apputils-extension", "notification", fetchNews="false", checkForUpdates=False)
        yield server
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

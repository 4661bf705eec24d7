"""Run examples/quickstart.ipynb once, on a copy: the notebook in the checkout stays as it is.

.venv/bin/python scripts/quickstart.py demo   # run it, write build/quickstart.html
.venv/bin/python scripts/quickstart.py lab    # run it, leave it open in JupyterLab
"""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "examples" / "quickstart.ipynb"
COPY = ROOT / "build" / "quickstart.ipynb"
PAGE = COPY.with_suffix(".html")
SECONDS_TO_START = 60


def main() -> None:
    job = sys.argv[1] if len(sys.argv) == 2 else ""
    if job not in ("demo", "lab"):
        sys.exit(f"quickstart.py takes `demo` or `lab`, got {sys.argv[1:]}.")
    execute()
    if job == "demo":
        write_page()
        print(f"The report: {PAGE}")
    else:
        serve()


def execute() -> None:
    """Run the notebook, and write it with its outputs. A copy from before is kept beside it."""
    COPY.parent.mkdir(exist_ok=True)
    if COPY.exists():
        COPY.replace(COPY.with_name("quickstart.before.ipynb"))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    print(f"Running {NOTEBOOK.relative_to(ROOT)}", flush=True)
    NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(COPY.parent)}},
    ).execute()
    nbformat.write(notebook, COPY)


def write_page() -> None:
    """Write the notebook and its outputs as one HTML page that loads nothing else."""
    exporter = HTMLExporter(
        embed_images=True,
        require_js_url="",
        jquery_url="",
        mathjax_url="",
        mermaid_js_url="",
        jupyter_widgets_base_url="",
        widget_renderer_url="",
    )
    page, _ = exporter.from_filename(str(COPY))
    PAGE.write_text(page, encoding="utf-8")


def serve() -> None:
    """Run JupyterLab in the foreground, the notebook open; print its address once it answers."""
    port, token = free_port(8888), secrets.token_urlsafe(24)
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--log-level=ERROR"),
            *(f"--ServerApp.root_dir={ROOT}", f"--ServerApp.port={port}"),
            *("--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=0"),
            *(["--allow-root"] if os.geteuid() == 0 else []),
        ],
        env={**os.environ, "JUPYTER_TOKEN": token},
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/api/status?token={token}", server)
        path = COPY.relative_to(ROOT).as_posix()
        print(f"JupyterLab is open at {address}/lab/tree/{path}?token={token}")
        print("Ctrl-C stops it.", flush=True)
        server.wait()
    except KeyboardInterrupt:
        print("Stopping JupyterLab.")
    finally:
        server.terminate()
        server.wait()


def free_port(first: int) -> int:
    """The first port from here on that nothing listens on."""
    for port in range(first, first + 100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    sys.exit(f"No port from {first} to {first + 99} is free.")


def wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    """Return when the server answers; end if it ended, or if it takes too long."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    give_up = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < give_up:
        if server.poll() is not None:
            sys.exit(f"JupyterLab ended with status {server.returncode}.")
        try:
            with direct.open(address, timeout=5):
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
    sys.exit(f"JupyterLab did not answer in {SECONDS_TO_START} s.")


if __name__ == "__main__":
    main()

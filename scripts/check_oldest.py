"""Check that installing jaxlab left the packages alone that were there before it.

    .venv-oldest/bin/python scripts/check_oldest.py

environment.py installs the versions in oldest.txt first and jaxlab after them. In Colab, where
jax and ipywidgets are already installed, one that moved would break the notebook.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path


def main() -> None:
    lines = Path(__file__).with_name("oldest.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in lines if "==" in line)
    found = {name: version(name) for name in pins}
    for name, wished in pins.items():
        print(f"  {name} {found[name]}" + ("" if found[name] == wished else f", was {wished}"))
    moved = [name for name in pins if found[name] != pins[name]]
    if moved:
        sys.exit(f"Installing jaxlab moved {', '.join(moved)}.")
    print("Installing jaxlab moved none of them.")


if __name__ == "__main__":
    main()

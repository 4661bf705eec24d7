"""Run every benchmark, each in a process of its own: `python -m benchmarks`.

Ends with status 1 if a figure is over its limit.
"""

from __future__ import annotations

import subprocess
import sys

BENCHMARKS = (
    *("startup", "recording", "watching", "readers"),
    *("profiler", "profile_report", "viewer", "peers"),
)


def main() -> None:
    status = 0
    for name in BENCHMARKS:
        run = subprocess.run([sys.executable, "-m", f"benchmarks.{name}"])
        status = status or run.returncode
        print(flush=True)
    sys.exit(status)


if __name__ == "__main__":
    main()

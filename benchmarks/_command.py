"""What a command of attrigraph costs, as a process of its own, its interpreter's start included."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Final

COMMAND: Final = "from attrigraph.cli.main import main; main()"


@dataclass(frozen=True, slots=True)
class CommandCost:
    """What one run of a command cost.

    Attributes:
        seconds: wall time.
        processor_seconds: time on processors.
        peak_mb: peak resident memory of the process, in 10^6 bytes.
    """

    seconds: float
    processor_seconds: float
    peak_mb: float


def run_command(*arguments: str) -> CommandCost:
    """Run a command without showing its output.

    Raises:
        SystemExit: it failed.
    """
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments], stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"attrigraph {arguments[0]} failed")
    scale = 1 if sys.platform == "darwin" else 1024
    return CommandCost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * scale / 1e6)

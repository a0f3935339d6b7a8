"""What a command of attrigraph costs, as a process of its own, its interpreter's start included.

The peak of a process that Linux reports begins with the peak of the process that started it. So a
small process starts the command: this file, run as a program.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    measured = subprocess.run(
        [sys.executable, __file__, *arguments], stdout=subprocess.PIPE, text=True, check=False
    )
    if measured.returncode:
        raise SystemExit(f"attrigraph {arguments[0]} failed")
    return CommandCost(**json.loads(measured.stdout))


def _measure(arguments: Sequence[str]) -> int:
    """Run a command, print its cost as JSON, and return its exit status."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments], stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    scale = 1 if sys.platform == "darwin" else 1024
    cost = CommandCost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * scale / 1e6)
    print(json.dumps(asdict(cost)))
    return process.returncode


if __name__ == "__main__":
    sys.exit(_measure(sys.argv[1:]))

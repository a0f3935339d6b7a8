"""Kill loads again and again, run the same command again, and compare the graph.

    python scripts/kill_loads.py [--kills 20] [--seed 1] [--mode bulk] [--customers 2000]

Each load is killed at a random instant of its usual duration, or, with ``--instants``, once at each
critical place of the code. Starts stores in a home of its own, and stops and removes them at the
end. Prints one line per kill, and exits with 1 if a graph differed or something was left behind.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "shared"))

from command_shell import shell_for
from killed_loads import INSTANTS, leftovers, read_graph, run_killed, write_events
from temporary_home import home_folder

if TYPE_CHECKING:
    from command_shell import Shell


def main() -> int:
    """Run the series."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20, help="number of kills at random instants")
    parser.add_argument("--seed", type=int, default=1, help="seed of the instants")
    parser.add_argument("--mode", choices=["bulk", "online"], default="bulk")
    parser.add_argument("--customers", type=int, default=2000, help="with six events each")
    parser.add_argument("--instants", action="store_true", help="kill at each critical place once")
    options = parser.parse_args()
    with home_folder("attrigraph-kills-") as home:
        shell = shell_for(home)
        try:
            return _series(shell, home.parent, options)
        finally:
            shell.run("down")


def _series(shell: Shell, folder: Path, options: argparse.Namespace) -> int:
    file = write_events(folder, options.customers)
    words = ("load", str(file), "--preset=events", "--keep-ids", f"--{options.mode}")
    _succeed(shell, "up")
    began = time.monotonic()
    _succeed(shell, *words)
    usual = time.monotonic() - began
    expected = read_graph(shell, wipe=True)
    draw = random.Random(options.seed)
    instants: list[str | float] = [*INSTANTS] if options.instants else []
    if not options.instants:
        instants = [draw.uniform(0.05, 1.0) * usual for _ in range(options.kills)]
    broken = sum(not _holds(shell, words, instant, expected) for instant in instants)
    print(f"{len(instants)} kills, {broken} broken")
    return 1 if broken else 0


def _holds(shell: Shell, words: tuple[str, ...], instant: str | float, expected: Any) -> bool:
    """Kill a load, run it again, and compare; prints what was found."""
    if isinstance(instant, str):
        run_killed(shell, instant, *words)
    else:
        process = shell.start(*words)
        time.sleep(instant)
        process.kill()
        process.communicate()
    again = shell.run(*words)
    left = leftovers(shell.home)
    equal = again.returncode == 0 and read_graph(shell, wipe=True) == expected
    name = instant if isinstance(instant, str) else f"after {instant:.1f} s"
    outcome = "equal" if equal else f"DIFFERENT (exit {again.returncode}): {again.stderr}"
    print(f"killed {name}: {outcome}{f', left {left}' if left else ''}", flush=True)
    return equal and not left


def _succeed(shell: Shell, *words: str) -> None:
    done = shell.run(*words)
    if done.returncode:
        sys.exit(done.stderr)


if __name__ == "__main__":
    sys.exit(main())

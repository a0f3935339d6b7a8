"""Ports of stores that tests restart while other tests start stores of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.local import ports
from attrigraph.local.home import Home
from attrigraph.local.record import PROCESSES, Stack, write_stack

if TYPE_CHECKING:
    from pathlib import Path


def record_own_ports(home: Path) -> None:
    """Record free ports of a home, so that it does not take those that every new home prefers."""
    Home(home).make()
    write_stack(Home(home), Stack(PROCESSES, *ports.choose([[], [], []])))

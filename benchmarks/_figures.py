"""What every benchmark prints: a table for people or, with ``--json``, rows for programs.

A row is ``{name, figure, unit, reference, ratio, goal, ok}``: what was measured, the lower bound or
bare form measured in the same run, their ratio, and the goal as text such as
``"<= 1.25 x reference"``. ``reference``, ``ratio``, ``goal`` and ``ok`` are null where there is
none. A script ends with ``sys.exit(report(title, figures, as_json=...))``.
"""

from __future__ import annotations

import ctypes
import gc
import json
import operator
import resource
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# A script here may have the name of a package (attention.py) and must not hide it: the folder that
# Python puts first for a script is searched last. Scripts import this module before the packages.
FOLDER = str(Path(__file__).parent)
if sys.path[0] == FOLDER:
    sys.path.append(sys.path.pop(0))

Direction = Literal["<=", ">="]
HOLDS = {"<=": operator.le, ">=": operator.ge}


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure must reach.

    Attributes:
        direction: ``"<="`` for times and sizes, ``">="`` for rates.
        bound: the bound, in the figure's unit, or as a multiple of the reference.
        of_reference: whether the bound is a multiple of the reference.
    """

    direction: Direction
    bound: float
    of_reference: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number, with what it is compared with.

    Attributes:
        name: what was measured.
        figure: the number.
        unit: ``s``, ``ms``, ``MB``, ``touches/s``, ...
        reference: the same for the lower bound or bare form, measured in the same run.
        goal: what it must reach.
    """

    name: str
    figure: float
    unit: str
    reference: float | None = None
    goal: Goal | None = None

    def __post_init__(self) -> None:
        if self.goal is not None and self.goal.of_reference and self.reference is None:
            message = f"{self.name}: a goal relative to the reference needs a reference"
            raise ValueError(message)

    @property
    def ratio(self) -> float | None:
        """Figure / reference."""
        return self.figure / self.reference if self.reference else None

    @property
    def ok(self) -> bool | None:
        """Whether the goal is reached; None where there is no goal."""
        if self.goal is None:
            return None
        measured = self.ratio if self.goal.of_reference else self.figure
        return measured is not None and bool(HOLDS[self.goal.direction](measured, self.goal.bound))

    def goal_text(self) -> str | None:
        """The goal as it is printed."""
        if self.goal is None:
            return None
        unit = "x reference" if self.goal.of_reference else self.unit
        return f"{self.goal.direction} {self.goal.bound:,g} {unit}"

    def row(self) -> dict[str, Any]:
        """The row that ``--json`` prints."""
        return {
            "name": self.name,
            "figure": self.figure,
            "unit": self.unit,
            "reference": self.reference,
            "ratio": self.ratio,
            "goal": self.goal_text(),
            "ok": self.ok,
        }


def at_most(bound: float, *, of_reference: bool = False) -> Goal:
    """A goal for times and sizes."""
    return Goal("<=", bound, of_reference)


def at_least(bound: float, *, of_reference: bool = False) -> Goal:
    """A goal for rates."""
    return Goal(">=", bound, of_reference)


def report(title: str, figures: Sequence[Figure], *, as_json: bool) -> int:
    """Print the figures to stdout; return the exit code, 1 when a goal is missed."""
    if as_json:
        print(json.dumps([figure.row() for figure in figures], indent=1))
    else:
        print(title)
        print(table(figures))
    return int(any(figure.ok is False for figure in figures))


def table(figures: Sequence[Figure]) -> str:
    """The figures in columns of plain text."""
    head = ("name", "figure", "unit", "reference", "ratio", "goal", "ok")
    lines = [head, *(_cells(figure) for figure in figures)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    left = {0, 2, 5, 6}
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i in left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _cells(figure: Figure) -> tuple[str, ...]:
    return (
        figure.name,
        _number(figure.figure),
        figure.unit,
        _number(figure.reference),
        _number(figure.ratio),
        figure.goal_text() or "",
        {None: "", True: "yes", False: "NO"}[figure.ok],
    )


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


@dataclass(slots=True)
class Cost:
    """What a block of code cost, filled in when the block ends.

    Attributes:
        seconds: wall time.
        peak_mb: how far the resident memory of the process rose, in 10^6 bytes.
        processor_seconds: processor time of the process, which a busy machine changes less than
            wall time.
    """

    seconds: float = 0.0
    peak_mb: float = 0.0
    processor_seconds: float = 0.0


@contextmanager
def measured() -> Iterator[Cost]:
    """Measure a block's wall time and its extra peak of resident memory.

    On Linux the kernel's high-water mark is reset first, so that the peak is this block's own;
    elsewhere the peak is the rise of the process's all-time maximum.
    """
    cost = Cost()
    _give_back_freed_memory()
    _reset_peak()
    before = _resident_mb()
    start, busy = time.perf_counter(), time.process_time()
    yield cost
    cost.seconds = time.perf_counter() - start
    cost.processor_seconds = time.process_time() - busy
    cost.peak_mb = max(0.0, _peak_mb() - before)


def _give_back_freed_memory() -> None:
    """Without this, memory freed earlier and kept by the allocator would hide a block's own."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def _reset_peak() -> None:
    marks = Path("/proc/self/clear_refs")
    if marks.exists():
        marks.write_text("5")  # 5: reset the peak of resident memory, see proc(5)


def _status_mb(field: str) -> float | None:
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    lines = status.read_text().splitlines()
    return next(float(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(field))


def _resident_mb() -> float:
    resident = _status_mb("VmRSS:")
    return _peak_mb() if resident is None else resident


def _peak_mb() -> float:
    peak = _status_mb("VmHWM:")
    if peak is not None:
        return peak
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale / 1e6

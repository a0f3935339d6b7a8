"""What happens to windows, published to whoever listens: logs, metrics, alerts."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from attrigraph.jobs.windows import Window

logger = logging.getLogger(__name__)

EventKind = Literal[
    "started",
    "done",
    "unchanged",
    "retried",
    "failed",
    "skipped",
    "gap",
    "lost",
    "released",
]


@dataclass(frozen=True, slots=True)
class JobEvent:
    """Something that happened to a window.

    Attributes:
        kind: ``started``; ``done``; ``unchanged``, as no input changed; ``retried``, it failed and
            is due again; ``failed``, after the last retry; ``skipped``, missed and not caught up;
            ``gap``, it is not done and a later one is; ``lost``, its worker died or lost it;
            ``released``, given back by a worker that stops.
        job: the job's name.
        window: the period.
        at: when, UTC.
        attempt: id of the record in the job history; None where no attempt is concerned.
        seconds: that the attempt took; None where none ended.
        detail: why, in a sentence; empty where the kind is enough.
        summary: what the job gave; empty unless it is done.
        notify: whom the schedule names for this job.
    """

    kind: EventKind
    job: str
    window: Window
    at: datetime
    attempt: str | None = None
    seconds: float | None = None
    detail: str = ""
    summary: dict[str, Any] | None = None
    notify: tuple[str, ...] = ()


Listener = Callable[[JobEvent], None]


def publish(event: JobEvent, listeners: Sequence[Listener]) -> None:
    """Hand an event to all listeners; one that fails is logged and stops nothing."""
    for listener in listeners:
        try:
            listener(event)
        except Exception:  # a broken alert must not stop a job
            logger.exception("a listener of job events failed")


def log_event(event: JobEvent) -> None:
    """Log an event as a line; failures, losses and gaps as warnings."""
    worse = event.kind in ("failed", "retried", "lost", "gap")
    took = "" if event.seconds is None else f" after {event.seconds:.1f} s"
    why = f": {event.detail}" if event.detail else ""
    logger.log(
        logging.WARNING if worse else logging.INFO,
        "%s %s %s%s%s",
        event.job,
        event.window.start.isoformat(),
        event.kind,
        took,
        why,
    )

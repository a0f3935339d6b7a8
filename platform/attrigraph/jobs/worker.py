"""The worker: runs windows in child processes, keeps their leases, and records how they end.

The state of everything is in Postgres. A worker that is killed loses nothing but the attempt that
it ran: its lease ends, and another worker takes the window.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from attrigraph.errors import StoreError
from attrigraph.jobs.attempt import Attempt
from attrigraph.jobs.dispatch import dispatch
from attrigraph.jobs.due import find_gaps
from attrigraph.jobs.events import JobEvent, log_event, publish
from attrigraph.jobs.windows import Window, window_of
from attrigraph.store import job_windows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import Engine

    from attrigraph.jobs.attempt import Ended
    from attrigraph.jobs.dispatch import Claimed
    from attrigraph.jobs.events import EventKind, Listener
    from attrigraph.jobs.schedule import Schedule

logger = logging.getLogger(__name__)

LONGEST_DELAY: Final = timedelta(days=1)
"""Between two attempts of a window that fails."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Times of a worker.

    Attributes:
        lease: how long a window stays with a worker that gives no sign.
        poll: between two looks at what is due, seconds.
        grace: that an attempt has to stop, seconds; shorter than the lease.
    """

    lease: timedelta = timedelta(seconds=60)
    poll: float = 5.0
    grace: float = 20.0

    @property
    def renewal(self) -> float:
        """Seconds between two renewals of a lease."""
        return self.lease.total_seconds() / 4


class Worker:
    """Runs what is due, until it is stopped.

    Args:
        engine: of Postgres.
        schedule: all jobs.
        home: folder of the data set.
        slots: number of windows that run side by side.
        timing: how often it looks, and how long it waits.
        listeners: to whom events are published; they are logged, too.
    """

    def __init__(
        self,
        engine: Engine,
        schedule: Schedule,
        home: Path,
        *,
        slots: int = 2,
        timing: Timing | None = None,
        listeners: Sequence[Listener] = (),
    ) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
        self._engine = engine
        self._schedule = schedule
        self._home = home
        self._slots = slots
        self._timing = timing or Timing()
        self._listeners = (log_event, *listeners)
        self._stop = threading.Event()
        self._attempts: list[Attempt] = []
        self._unrecorded: list[tuple[Attempt, Ended]] = []
        self._next_due: datetime | None = None
        self._next_look = 0.0
        self._known_gaps: set[tuple[str, Window]] = set()
        self._unreachable = False

    def stop(self) -> None:
        """Begin nothing more, stop what runs, and return from ``serve``."""
        self._stop.set()

    def serve(self) -> None:
        """Run what is due until ``stop`` is called."""
        while not self._stop.is_set():
            self.step()
            # what runs is looked at often, which costs no query
            self._stop.wait(min(self._timing.poll, 0.2) if self._busy else self._timing.poll)
        self._give_back()

    @property
    def _busy(self) -> bool:
        return bool(self._attempts or self._unrecorded)

    def step(self) -> None:
        """Look once at what runs, and at what is due."""
        try:
            self._renew()
            self._collect()
            if time.monotonic() >= self._next_look:
                self._next_look = time.monotonic() + self._timing.poll
                self._begin()
        except StoreError as error:
            if not self._unreachable:
                logger.warning("%s; it is tried again every %s s", error, self._timing.poll)
            self._unreachable = True
            self._stop.wait(self._timing.poll)
        else:
            self._unreachable = False

    def run_claimed(self, claimed: Claimed) -> Ended | None:
        """Run one window to its end; None if it was lost, or the worker was stopped."""
        self._start(claimed)
        while self._busy and not self._stop.is_set():
            ended = self._attempts[0].check(grace=self._timing.grace) if self._attempts else None
            if ended is not None:
                attempt = self._attempts.pop()
                return ended if self._record(attempt, ended) else None
            self._renew()
            self._stop.wait(0.1)
        self._give_back()
        return None

    def _begin(self) -> None:
        """Claim and start what is ready, if anything can be."""
        free = self._slots - len(self._attempts)
        now, open_ = job_windows.has_open_windows(self._engine)
        if free <= 0 or not (open_ or self._next_due is None or now >= self._next_due):
            return
        decision = dispatch(
            self._engine,
            self._schedule,
            owner=self.name,
            lease=self._timing.lease,
            slots=free,
        )
        self._next_due = decision.next_due
        for event in decision.events:
            publish(event, self._listeners)
        for claimed in decision.claimed:
            self._start(claimed)

    def _start(self, claimed: Claimed) -> None:
        self._attempts.append(Attempt(claimed, home=self._home))
        self._publish("started", claimed)

    def _renew(self) -> None:
        """Keep the leases of what runs; stop what was lost."""
        for attempt in self._attempts:
            if time.monotonic() - attempt.renewed < self._timing.renewal:
                continue
            attempt.renewed = time.monotonic()
            claim = attempt.claimed.claim
            if not job_windows.renew(self._engine, claim, lease=self._timing.lease):
                attempt.stop()

    def _collect(self) -> None:
        """Record what has ended; what cannot be recorded now is kept for the next time."""
        for attempt in tuple(self._attempts):
            ended = attempt.check(grace=self._timing.grace)
            if ended is not None:
                self._attempts.remove(attempt)
                self._unrecorded.append((attempt, ended))
        while self._unrecorded:
            self._record(*self._unrecorded[0])
            del self._unrecorded[0]
            self._next_look = 0.0

    def _record(self, attempt: Attempt, ended: Ended) -> bool:
        """Write how an attempt ended; False if its window was lost meanwhile."""
        claimed = attempt.claimed
        if ended.error is None:
            assert ended.fingerprint is not None
            kept = job_windows.finish(
                self._engine, claimed.claim, result=ended.fingerprint, summary=ended.summary
            )
            kind: EventKind = "done"
        else:
            delay = retry_delay(claimed)
            kept = job_windows.fail(self._engine, claimed.claim, reason=ended.error, retry_in=delay)
            kind = "failed" if delay is None else "retried"
        if not kept:
            self._publish("lost", claimed, detail="another worker has the window")
            return False
        self._publish(
            kind,
            claimed,
            seconds=attempt.seconds,
            detail=ended.error or "",
            summary=dict(ended.summary),
        )
        if kind == "done":
            self._publish_gaps(claimed)
        return True

    def _publish_gaps(self, claimed: Claimed) -> None:
        """Publish windows of a job that are not done although a later one is now."""
        job = claimed.entry.job.name
        rows = [row for row in job_windows.read_windows(self._engine) if row.job == job]
        states = [(window_of(row), row.state) for row in rows]
        for window in find_gaps(states, ()):
            if (job, window) not in self._known_gaps:
                self._known_gaps.add((job, window))
                self._publish("gap", claimed, window=window)

    def _give_back(self) -> None:
        """Stop what runs, and make its windows due again."""
        for attempt in self._attempts:
            attempt.stop()
        for attempt in self._attempts:
            while (ended := attempt.check(grace=self._timing.grace)) is None:
                time.sleep(0.05)
            self._end_stopped(attempt, ended)
        self._attempts.clear()

    def _end_stopped(self, attempt: Attempt, ended: Ended) -> None:
        """Record what ended before it could be stopped; give back the rest."""
        try:
            if ended.error is None:
                self._record(attempt, ended)
                return
            reason = "its worker was stopped"
            if job_windows.release(self._engine, attempt.claimed.claim, reason=reason):
                self._publish("released", attempt.claimed, detail=reason)
        except StoreError as error:
            # the lease ends by itself, and another worker takes the window
            logger.warning("%s; the window is free again when its lease ends", error)

    def _publish(
        self, kind: EventKind, claimed: Claimed, *, window: Window | None = None, **more: Any
    ) -> None:
        event = JobEvent(
            kind,
            claimed.entry.job.name,
            window or claimed.window,
            datetime.now(UTC),
            attempt=str(claimed.claim.attempt),
            notify=claimed.entry.notify,
            **more,
        )
        publish(event, self._listeners)


def retry_delay(claimed: Claimed) -> timedelta | None:
    """Time until the next attempt of a window that failed; None after the last one."""
    if claimed.failures >= claimed.entry.retries:
        return None
    # 2 ** 20 retry delays are more than a day
    delay: timedelta = claimed.entry.retry_delay * 2 ** min(claimed.failures, 20)
    return min(delay, LONGEST_DELAY)

"""Alerts of job events: failures, missing windows, slow attempts, and what jobs found unusual."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from attrigraph.watching.alerts import send_alert

if TYPE_CHECKING:
    from attrigraph.jobs.events import JobEvent
    from attrigraph.watching.alerts import Receivers

ALERTED: Final = ("failed", "gap")
"""Kinds of events that need a person; a failure that is tried again does not."""


@dataclass(frozen=True, slots=True)
class JobAlerts:
    """Sends alerts; a listener of job events.

    Attributes:
        receivers: whom to.
        max_seconds: budget of time of an attempt; None for none.
    """

    receivers: Receivers
    max_seconds: float | None = None

    def __call__(self, event: JobEvent) -> None:
        """Send an alert if the event needs one.

        Raises:
            AlertError: a receiver does not take it.
        """
        late = (
            event.seconds is not None
            and self.max_seconds is not None
            and event.seconds > self.max_seconds
        )
        found = (event.summary or {}).get("alerts", [])
        if event.kind not in ALERTED and not (late or found):
            return
        subject = f"attrigraph: {event.job} {event.window.start.isoformat()} {event.kind}"
        send_alert(self.receivers, subject, self._content(event, found, late=late))

    def _content(self, event: JobEvent, found: list[str], *, late: bool) -> dict[str, Any]:
        return {
            "job": event.job,
            "window": event.window.to_json(),
            "kind": event.kind,
            "over_budget": late,
            "at": event.at.isoformat(),
            "seconds": event.seconds,
            "detail": event.detail,
            "alerts": found,
            "notify": list(event.notify),
        }

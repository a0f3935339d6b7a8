"""An attempt as its worker sees it: a child process with a time limit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Final

from attrigraph.errors import ExitCode
from attrigraph.messages import message_form, message_level

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from attrigraph.jobs.dispatch import Claimed

COMMAND: Final = (sys.executable, "-m", "attrigraph.jobs.attempt_process")


@dataclass(frozen=True, slots=True)
class Ended:
    """How an attempt ended.

    Attributes:
        exit_code: of the command line.
        fingerprint: of the content that it made; None if it failed.
        summary: counts and totals.
        error: why it failed, in a sentence; None if it did not.
    """

    exit_code: int
    fingerprint: str | None = None
    summary: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None


class Attempt:
    """A child process that runs a job for a window.

    Attributes:
        claimed: the window.
        started: when it began, seconds of the monotonic clock.
        renewed: when its lease was renewed last, likewise.
    """

    def __init__(self, claimed: Claimed, *, home: Path) -> None:
        self.claimed = claimed
        self.started = self.renewed = time.monotonic()
        self._stopping: float | None = None
        self._timed_out = False
        self._answer: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed at the end
        self._process = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=self._answer,
            env={**os.environ, "ATTRIGRAPH_HOME": str(home)},
            start_new_session=True,  # Ctrl-C is for the worker, which stops it
        )
        self._describe()

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self.started

    def _describe(self) -> None:
        """Write what to run; stdin stays open until the attempt ends."""
        entry, stdin = self.claimed.entry, self._process.stdin
        assert stdin is not None
        request = {
            "job": entry.job.name,
            **self.claimed.window.to_json(),
            "options": entry.options.model_dump(mode="json"),
            "attempt": str(self.claimed.claim.attempt),
            "messages": {"form": message_form(), "level": message_level()},
        }
        try:
            stdin.write(json.dumps(request).encode() + b"\n")
            stdin.flush()
        except BrokenPipeError:  # it has died already, and has a code for it
            pass

    def stop(self) -> None:
        """Begin to stop it."""
        if self._stopping is None and self._process.poll() is None:
            self._stopping = time.monotonic()
            self._process.send_signal(signal.SIGTERM)

    def check(self, *, grace: float) -> Ended | None:
        """How it ended; None while it runs.

        Args:
            grace: seconds that it has to stop, after which it is killed.
        """
        if self._process.poll() is None:
            if self._stopping is None and self.seconds > self._timeout:
                self._timed_out = True
                self.stop()
            if self._stopping is not None and time.monotonic() - self._stopping > grace:
                self._process.kill()
            return None
        return self._ended()

    @property
    def _timeout(self) -> float:
        return self.claimed.entry.timeout.total_seconds()

    def _ended(self) -> Ended:
        code = self._process.returncode
        self._answer.seek(0)
        content = self._answer.read()
        self._answer.close()
        if self._process.stdin is not None:
            self._process.stdin.close()
        if self._timed_out:
            error = f"it was stopped after {self._timeout:.0f} s, which is its timeout"
            return Ended(ExitCode.FAILED, error=error)
        try:
            answer = json.loads(content)
        except ValueError:
            how = f"signal {-code}" if code < 0 else f"exit code {code}"
            return Ended(ExitCode.FAILED, error=f"its process ended by {how} without an answer")
        if answer["exit_code"]:
            return Ended(answer["exit_code"], error=answer["error"])
        return Ended(ExitCode.DONE, answer["fingerprint"], answer["summary"])

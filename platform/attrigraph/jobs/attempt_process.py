"""The process of one attempt: reads what to run from stdin, runs it, writes what it gave to stdout.

It ends with its worker: stdin is closed then. SIGTERM ends it as Ctrl-C does, so that nothing
staged is left behind.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import traceback
from typing import IO, TYPE_CHECKING, Any, Final

from attrigraph.errors import AttrigraphError, ExitCode
from attrigraph.jobs.registry import JOBS
from attrigraph.jobs.windows import Window
from attrigraph.log_fields import add_log_fields
from attrigraph.messages import choose_message_form, log_to_stderr

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType

    from attrigraph.jobs.job import Outcome

ORPHAN_SECONDS: Final = 15.0
"""Time that an attempt has to end itself after its worker died."""


def main() -> None:
    """Run the attempt that stdin describes, and exit with its code."""
    # the worker reads what is written to stdout; what libraries print goes to stderr
    answer = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    request = json.loads(sys.stdin.readline())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    threading.Thread(target=_end_with_worker, args=(sys.stdin,), daemon=True).start()
    result: dict[str, Any]
    choose_message_form(request["messages"]["form"])
    add_log_fields(
        job=request["job"],
        window=f"{request['start']}/{request['end']}",
        attempt=request["attempt"],
    )
    try:
        with log_to_stderr(request["messages"]["level"]):
            outcome = perform(request)
    except KeyboardInterrupt:
        result, code = {"error": "it was stopped"}, ExitCode.TERMINATED
    except AttrigraphError as error:
        result, code = {"error": str(error)}, error.exit_code
    except Exception as error:  # noqa: BLE001 - whatever it is, the worker records it
        traceback.print_exc()
        result, code = {"error": f"{type(error).__name__}: {error}"}, ExitCode.FAILED
    else:
        result = {"fingerprint": outcome.fingerprint, "summary": dict(outcome.summary)}
        code = ExitCode.DONE
    json.dump({**result, "exit_code": int(code)}, answer, default=str)
    answer.flush()
    # threads of drivers and numerics must not hold up the end
    os._exit(code)


def perform(request: Mapping[str, Any]) -> Outcome:
    """Run a job for a window.

    Args:
        request: ``job``, ``start``, ``end`` in ISO 8601, and ``options``.
    """
    from datetime import datetime

    from attrigraph.settings import read_settings

    job = JOBS[request["job"]]
    window = Window(
        datetime.fromisoformat(request["start"]), datetime.fromisoformat(request["end"])
    )
    options = job.options(**request["options"])
    settings = read_settings()
    if not job.opens_stores:
        return job.run(settings, window, options)
    from attrigraph.bootstrap import open_stores

    with open_stores(settings) as stores:
        return job.run(stores, window, options)


def _stop(number: int, frame: FrameType | None) -> None:
    del number, frame
    if database := sys.modules.get("attrigraph.staging.database"):
        database.interrupt_queries()
    raise KeyboardInterrupt


def _end_with_worker(stdin: IO[str]) -> None:
    """End the process soon after stdin is closed, which happens when the worker has died."""
    while stdin.readline():
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(ORPHAN_SECONDS)
    os._exit(ExitCode.TERMINATED)


if __name__ == "__main__":
    main()

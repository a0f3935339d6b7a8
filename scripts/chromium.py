"""Drives a headless Chromium by its DevTools protocol over two pipes: no driver, no package.

Chromium reads commands from file descriptor 3 and writes answers and events to 4, each a JSON text
that ends with a zero byte (``--remote-debugging-pipe``).
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import itertools
import json
import os
import shutil
import signal
import tempfile
import threading
import time
from queue import Empty, Queue
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from pathlib import Path

TIMEOUT: Final = 120.0
"""Seconds to wait for an answer, or for a page to look as expected."""
_FLAGS: Final = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--window-size=1400,1000",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    # so that nothing leaves this computer while it is being looked at
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


class ChromiumError(Exception):
    """Chromium answered with an error, or a page did not look as expected in time."""


def find_chromium() -> str | None:
    """The path of Chromium or Chrome; None where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


class Chromium:
    """One page, and the requests of it and its workers. A context manager.

    Attributes:
        requests: the addresses that were requested, those of sockets included.
        blocked: the addresses of ``requests`` that the policy of the page did not let out.
    """

    def __init__(self, path: str) -> None:
        self.requests: list[str] = []
        self.blocked: list[str] = []
        self._path = path
        self._profile = tempfile.mkdtemp(prefix="attrigraph-chromium-")
        self._answers: dict[int, Queue[dict[str, Any]]] = {}
        self._addresses: dict[str, str] = {}
        self._numbers = itertools.count(1)
        self._writing = threading.Lock()

    def __enter__(self) -> Self:
        self._start()
        threading.Thread(target=self._read, daemon=True).start()
        try:
            target = self._call("Target.createTarget", url="about:blank")["targetId"]
            attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
            self._page = attached["sessionId"]
            self._watch(self._page)
            self.call("Page.enable")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(BrokenPipeError):  # it may have ended by itself
            self._send({"id": next(self._numbers), "method": "Browser.close"})
        deadline = time.monotonic() + 10
        while os.waitpid(self._pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > deadline:
                os.kill(self._pid, signal.SIGKILL)
                os.waitpid(self._pid, 0)
                break
            time.sleep(0.1)
        os.close(self._write_to)
        shutil.rmtree(self._profile, ignore_errors=True)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol on the page.

        Raises:
            ChromiumError: Chromium answered with an error, or not in time.
        """
        return self._call(method, self._page, **parameters)

    def evaluate(self, script: str) -> Any:
        """The value of a JavaScript expression in the page; promises are awaited.

        Raises:
            ChromiumError: it raised an exception.
        """
        answer = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise ChromiumError(f"{script} raised {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait_for(self, script: str) -> Any:
        """Wait until a JavaScript expression is true; returns its value.

        Raises:
            ChromiumError: it was not in time.
        """
        deadline = time.monotonic() + TIMEOUT
        while time.monotonic() < deadline:
            if value := self.evaluate(script):
                return value
            time.sleep(0.2)
        raise ChromiumError(f"after {TIMEOUT:.0f} s {script} was not true")

    def press(self, key: str, code: int, modifiers: int = 0) -> None:
        """Press and release a key; 2 is the modifier for Ctrl."""
        pressed = {"key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": modifiers}
        for kind in ("rawKeyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, **pressed)

    def screenshot(self, file: Path) -> None:
        """Write what the page shows as PNG."""
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def _start(self) -> None:
        # above 4, so that neither is closed when it becomes 3 or 4
        to_read, self._write_to = map(_high, os.pipe())
        self._read_from, to_write = map(_high, os.pipe())
        nothing = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
        self._pid = os.posix_spawn(
            self._path,
            [self._path, *_FLAGS, f"--user-data-dir={self._profile}"],
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, to_read, 3),
                (os.POSIX_SPAWN_DUP2, to_write, 4),
                nothing,
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
        )
        os.close(to_read)
        os.close(to_write)

    def _call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        answers = self._answers[number] = Queue()
        self._send({"id": number, "method": method, "params": parameters}, session)
        try:
            answer = answers.get(timeout=TIMEOUT)
        except Empty:
            raise ChromiumError(f"{method} was not answered in {TIMEOUT:.0f} s") from None
        if "error" in answer:
            raise ChromiumError(f"{method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def _send(self, message: dict[str, Any], session: str | None = None) -> None:
        content = message if session is None else message | {"sessionId": session}
        with self._writing:
            os.write(self._write_to, json.dumps(content).encode() + b"\0")

    def _read(self) -> None:
        with os.fdopen(self._read_from, "rb") as stream:
            rest = b""
            while chunk := stream.read1(1 << 16):
                *messages, rest = (rest + chunk).split(b"\0")
                for message in messages:
                    self._take(json.loads(message))

    def _take(self, message: dict[str, Any]) -> None:
        if "id" in message:
            if waiting := self._answers.pop(message["id"], None):
                waiting.put(message)
            return
        event = message["params"]
        match message["method"]:
            case "Target.attachedToTarget":
                self._watch(event["sessionId"])
            case "Network.requestWillBeSent":
                self._addresses[event["requestId"]] = event["request"]["url"]
                self.requests.append(event["request"]["url"])
            case "Network.webSocketCreated":
                self.requests.append(event["url"])
            case "Network.loadingFailed" if event.get("blockedReason") == "csp":
                self.blocked.append(self._addresses[event["requestId"]])

    def _watch(self, session: str) -> None:
        """Record the requests of a page or worker, and of the workers that it starts."""
        attach = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True}
        for method, parameters in (
            ("Network.enable", {}),
            ("Target.setAutoAttach", attach),
            ("Runtime.runIfWaitingForDebugger", {}),
        ):
            # without waiting: this may be the thread that reads the answers
            number = next(self._numbers)
            self._send({"id": number, "method": method, "params": parameters}, session)


def _high(descriptor: int) -> int:
    """The same file under a descriptor above 9."""
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(descriptor)
    return moved

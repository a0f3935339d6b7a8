"""No name in data, files or options can control the terminal."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from attrigraph import cli
from attrigraph.cli.console import print_json, print_lines
from attrigraph.escaping import CONTROL
from attrigraph.messages import print_messages
from command_shell import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Callable

CLEAR = "\x1b[2J\x1b[H"
TITLE = "\x1b]0;title-pwned\x07"
C1 = "\x9b31m"
REVERSED = "\u202eliam"
FORGED = "mail\ntotal  99.00"
NAMES = (CLEAR, TITLE, C1, REVERSED, FORGED)

ALLOWED = {"console.py"}
"""Modules of the command line that write to a stream."""


def on_own_lines(text: str) -> str:
    """The text without line ends and what a progress bar writes."""
    return re.sub(r"\x1b\[[0-9;?]*[mlhKA]|\r|\n", "", text)


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Events whose channels, campaigns and kinds of conversions control a terminal."""
    file = tmp_path_factory.mktemp("evil") / f"ev{CLEAR}{REVERSED}.jsonl"
    rows = [
        {"customer_id": f"c{n}", **more}
        for n, name in enumerate(NAMES)
        for more in (
            {
                "timestamp": "2026-01-01T00:00:00Z",
                "kind": "click",
                "channel": name,
                "campaign": name,
            },
            {"timestamp": "2026-01-02T00:00:00Z", "kind": f"conversion:{name}", "value": 1},
        )
    ]
    rows.append({"customer_id": f"c{CLEAR}", "timestamp": "never", "kind": "click"})
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def test_lines_and_messages_are_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    print_lines("a", *NAMES)
    print_messages(FORGED)
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "a",
        r"\x1b[2J\x1b[H",
        r"\x1b]0;title-pwned\x07",
        r"\x9b31m",
        r"\u202eliam",
        r"mail\x0atotal  99.00",
    ]
    assert err == "mail\\x0atotal  99.00\n"


def test_json_is_ascii_and_keeps_the_text(capsys: pytest.CaptureFixture[str]) -> None:
    names = [*NAMES, "日本語", "\ud800"]
    print_json({"names": names})
    out = capsys.readouterr().out
    assert out.isascii()
    assert CONTROL.search(out.rstrip("\n")) is None
    assert json.loads(out) == {"names": names}


@pytest.mark.parametrize("by", ["channel", "campaign"])
def test_names_reach_no_terminal_raw(on_screen: Callable[..., bytes], evil: Path, by: str) -> None:
    screen = on_screen(
        *("attribute", "--input", evil, "--preset", "events", "--models", "linear,first"),
        *(
            "--draws",
            "0",
            "--by",
            by,
            "--conversion-kinds",
            ",".join(["conversion", f"x{CLEAR}", *NAMES]),
        ),
        columns=200,
    ).decode()
    assert CONTROL.search(on_own_lines(screen)) is None
    for name in (r"\x1b[2J\x1b[H", r"\x1b]0;title-pwned\x07", r"\x9b31m", r"\u202eliam"):
        assert re.search(rf"^{re.escape(name)} +1\.00", screen, re.MULTILINE)
    assert r"no conversion is of kind 'x\x1b[2J\x1b[H'" in screen
    assert r"rejected ev\x1b[2J\x1b[H\u202eliam.jsonl:11: " in screen


def test_a_load_shows_no_file_name_raw(on_screen: Callable[..., bytes], evil: Path) -> None:
    home = evil.parent / f"home{C1}"
    screen = on_screen(
        *("load", evil, "--preset", "events", "--dry-run", "--keep-ids", "--home", home)
    ).decode()
    assert CONTROL.search(on_own_lines(screen)) is None
    assert r"/home\x9b31m/rejects/" in screen.replace("\r\n", "")


def test_an_error_shows_no_file_name_raw(on_screen: Callable[..., bytes]) -> None:
    for arguments in (
        ("attribute", "--input", f"no{CLEAR}.csv", "--preset", "events"),
        ("load", f"--{CLEAR}"),
        (f"{TITLE}",),
        ("evaluate", f"no{TITLE}"),
    ):
        screen = on_screen(*arguments).decode()
        assert "Error: " in screen
        assert CONTROL.search(on_own_lines(screen)) is None


def test_a_name_that_the_encoding_lacks_is_escaped(evil: Path) -> None:
    file = evil.parent / "wide.csv"
    rows = "a,2026-01-01T00:00:00Z,click,日本\na,2026-01-02T00:00:00Z,conversion,\n"
    file.write_text("customer_id,timestamp,kind,channel\n" + rows, encoding="utf-8")
    program = "from attrigraph.cli.main import main; main()"
    done = subprocess.run(
        [
            *(sys.executable, "-c", program, "attribute", "--input", str(file)),
            *("--preset", "events", "--models", "linear", "--draws", "0"),
        ],
        env={"PYTHONIOENCODING": "latin-1", "PYTHONPATH": str(Path(cli.__path__[0]).parents[1])},
        capture_output=True,
        check=True,
    )
    assert rb"\u65e5\u672c" in done.stdout


def test_only_the_console_writes_to_a_stream() -> None:
    writers = {
        (module.name, node.lineno)
        for module in Path(cli.__path__[0]).rglob("*.py")
        if module.name not in ALLOWED
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and re.fullmatch(r"click\.s?echo|print|sys\.std\w+\.write|Console", ast.unparse(node.func))
    }
    assert writers == set()


def test_messages_are_json_lines_with_run_and_window() -> None:
    words = ["--log-format", "json", "export", "x", "--to", "parquet", "--window", f"9..{CLEAR}"]
    done = subprocess.run(
        [PROGRAM, *words, "--run", "june"],
        capture_output=True,
        text=True,
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert done.returncode == 2
    assert [line["level"] for line in lines] == ["error"]
    assert lines[0]["message"].startswith("a day of --window must be a day")
    assert {name: lines[0][name] for name in ("command", "run", "window")} == {
        "command": "export",
        "run": "june",
        "window": f"9..{CLEAR}",
    }
    assert CLEAR not in done.stderr

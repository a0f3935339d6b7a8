"""One endless line is rejected in bounded memory, in every pass over a file."""

from __future__ import annotations

import gzip
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, BinaryIO

import pytest

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.staging.conftest import Reasons, Stage

JSON = b'{"customer_id":"a","timestamp":"2026-01-01T00:00:00Z","kind":"click"}\n'
JSON_START = b'{"customer_id":"'
CSV = b"customer_id,timestamp,kind\na,2026-01-01T00:00:00Z,click\n"
CSV_ROW = b"a,2026-01-01T00:00:00Z,click\n"
MIB = 1 << 20


def write_long(path: Path, head: bytes, tail: bytes, n_bytes: int) -> Path:
    """A file with one long line of ``x`` between head and tail."""
    with path.open("wb") as plain:
        if path.suffix == ".gz":
            with gzip.open(plain, "wb", compresslevel=1) as file:
                _write_long(file, head, tail, n_bytes)
        else:
            _write_long(plain, head, tail, n_bytes)
    return path


def _write_long(file: BinaryIO | gzip.GzipFile, head: bytes, tail: bytes, n_bytes: int) -> None:
    file.write(head)
    for _ in range(n_bytes // MIB):
        file.write(b"x" * MIB)
    file.write(tail)


@pytest.mark.parametrize(
    ("name", "source", "head", "tail"),
    [
        ("e.jsonl", "events", JSON + JSON_START, b'"}\n' + JSON),
        ("e.jsonl.gz", "events", JSON + JSON_START, b'"}\n' + JSON),
        ("e.jsonl.gz", "customers", JSON + JSON_START, b'"}\n' + JSON),
        ("e.csv", "events", CSV, b"," + CSV_ROW + CSV_ROW),
        ("e.csv.gz", "events", CSV, b"," + CSV_ROW + CSV_ROW),
        ("e.csv.gz", "events", CSV + b'"', b'"\n' + CSV_ROW),
    ],
)
def test_an_endless_line_is_rejected_in_every_pass(
    name: str,
    source: str,
    head: bytes,
    tail: bytes,
    staged: Stage,
    tmp_path: Path,
    reasons: Reasons,
) -> None:
    path = write_long(tmp_path / name, head, tail, 100 * MIB)
    long = staged(path, source=source)
    line = head.count(b"\n") + 1
    assert reasons(long) == [(line, "too-long")]
    assert long.counts.read == 3


@pytest.mark.parametrize("name", ["e.jsonl", "e.jsonl.gz"])
def test_a_file_of_one_endless_line_is_rejected_as_too_long(
    name: str, staged: Stage, tmp_path: Path
) -> None:
    path = write_long(tmp_path / name, JSON_START, b'"}\n', 50 * MIB)
    with pytest.raises(InputError, match="line 1: too-long: the line is longer than a million"):
        staged(path, source="events")


@pytest.mark.parametrize("name", ["e.csv", "e.csv.gz"])
def test_an_endless_header_is_rejected(name: str, staged: Stage, tmp_path: Path) -> None:
    path = write_long(tmp_path / name, b"", b"", 50 * MIB)
    with pytest.raises(InputError, match="its first line is longer than a million characters"):
        staged(path, source="events")


def test_a_small_gzip_of_a_gigabyte_in_one_line_takes_little_memory(tmp_path: Path) -> None:
    path = write_long(tmp_path / "bomb.jsonl.gz", JSON + JSON_START, b'"}\n' + JSON, 1500 * MIB)
    assert path.stat().st_size < 10 * MIB
    script = textwrap.dedent(f"""
        from pathlib import Path
        from attrigraph.staging import StagingOptions, preset, stage
        with stage([Path({str(path)!r})], preset("events"), StagingOptions(keep_ids=True),
                   folder=Path({str(tmp_path / "staging")!r})) as staged:
            print([row.reason[:8] for row in staged.rejected()], staged.counts.read)
        # not ru_maxrss, which a child has from the process that started it
        status = Path("/proc/self/status").read_text(encoding="ascii")
        print(status.partition("VmHWM:")[2].split()[0])
    """)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stderr == ""
    outcome, kilobytes = done.stdout.splitlines()
    assert outcome == "['too-long'] 3"
    # the line has 1.5 GB; a limit of the whole process, DuckDB and NumPy included
    assert int(kilobytes) < 600_000

from __future__ import annotations

import gzip
import hashlib
import os
import random
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from attrigraph.errors import InputError, StagingError
from attrigraph.staging import StagingOptions, preset, stage
from attrigraph.staging.scratch_dir import TEMPORARY, new_scratch_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.staging.conftest import Stage, Write

EVENTS = "customer_id,timestamp,kind\nann,2024-03-01T12:00:00Z,click\n"
GZIPPED = gzip.compress(EVENTS.encode() * 1000, mtime=0)
NOISE = random.Random(5).randbytes(400)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\n\r\n", "is empty; it must hold a header"),
        ("a.csv.gz", b"", "is empty"),
        ("a.csv", NOISE[:64] + b"\xff\n", "is not CSV: its first line is not UTF-8"),
        ("a.csv", b"PK\0\0,b\n1,2\n", "is not CSV: its first line holds NUL bytes"),
        (
            "a.csv",
            EVENTS.encode("utf-16")[:-1],
            "breaks off within a letter of UTF-16 text; copy or",
        ),
        ("a.jsonl", EVENTS.encode("utf-16"), "holds no JSON object"),
        ("a.csv", b"PK\x03\x04" + b"\0" * 99, "is a zip archive or an Excel workbook; unpack it"),
        ("a.csv", GZIPPED, "is gzip data; give it a name that ends in .gz"),
        (
            "a.csv.gz",
            gzip.compress(GZIPPED, mtime=0),
            "is gzip data; give it a name that ends in .gz",
        ),
        (
            "a.jsonl",
            b"PAR1" + b"\0" * 99,
            "is a Parquet file; give it a name that ends in .parquet",
        ),
        ("a.csv", EVENTS.replace("\n", "\r").encode(), "its lines end in CR alone"),
        ("a.csv", b'a,"b\n', "is not a header: its quotes do not match"),
        ("a.csv", b"x,y\n", "lacks the columns customer_id, timestamp, kind"),
        ("a.csv", b"customer_id,kind,kind,timestamp\n", "several columns named 'kind'"),
        ("a.csv.gz", GZIPPED[: len(GZIPPED) // 2], "breaks off: its gzip data is incomplete"),
        ("a.csv.gz", EVENTS.encode(), "is not valid gzip data: Not a gzipped file"),
        ("a.csv.gz", GZIPPED[:30] + b"xxxx" + GZIPPED[34:], "is not valid gzip data"),
        ("a.parquet", b"PAR1 and nothing more", " as Parquet: "),
        ("a.parquet", NOISE, " as Parquet: "),
        ("a.jsonl", b"nothing\n", "holds no JSON object"),
        ("a.jsonl", b'{"a": 1}\n', "lacks the columns"),
        ("a.jsonl", b'\xef\xbb\xbf[{"a": 1}]', "lacks the columns"),
        ("a.xlsx", b"PK", "must have one of the suffixes that can be read: .csv, .csv.gz"),
        ("a.txt.gz", GZIPPED, "must have one of the suffixes"),
    ],
)
def test_a_file_that_cannot_be_read_is_reported_in_one_sentence(
    name: str, content: bytes, message: str, staged: Stage, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        staged(path, source="events")
    assert message in str(error.value)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_what_is_not_a_file_is_reported(staged: Stage, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        staged(tmp_path / "none.csv", source="events")
    with pytest.raises(InputError, match="is not a file"):
        staged(Path("/dev/zero"), source="events")
    with pytest.raises(InputError, match=r"cannot read .*: File name too long"):
        staged(tmp_path / f"{'x' * 300}.csv", source="events")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match="is not a file"):
        staged(tmp_path / "folder.csv", source="events")
    with pytest.raises(InputError, match="no input file is named"):
        staged(source="events")


def test_a_file_named_twice_would_count_twice(staged: Stage, write: Write, tmp_path: Path) -> None:
    path = write("a.csv", EVENTS)
    (tmp_path / "link.csv").symlink_to(path)
    with pytest.raises(InputError, match=r"link\.csv is named twice"):
        staged(path, tmp_path / "link.csv", source="events")


def test_a_parquet_file_with_a_damaged_middle_is_reported(staged: Stage, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    duckdb.execute(
        "COPY (SELECT md5(i::VARCHAR) AS customer_id, 'x' AS timestamp, 'click' AS kind "
        f"FROM range(100000) AS t(i)) TO '{path}'"
    )
    data = bytearray(path.read_bytes())
    data[1000:200_000] = random.Random(5).randbytes(199_000)
    path.write_bytes(bytes(data))
    with pytest.raises(InputError, match="cannot read"):
        staged(path, source="events")


def test_nested_columns_of_parquet_are_reported(staged: Stage, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    duckdb.execute(f"COPY (SELECT ['a'] AS customer_id, 'x' AS timestamp, 'y' AS kind) TO '{path}'")
    with pytest.raises(InputError, match=r"must hold single values, not VARCHAR\[\]"):
        staged(path, source="events")


def test_names_of_files_are_no_patterns(staged: Stage, tmp_path: Path) -> None:
    path = tmp_path / "a[1]*?'.csv"
    path.write_text(EVENTS)
    assert staged(path, source="events").counts.touches == 1
    table = tmp_path / "[b]'*.parquet"
    duckdb.read_csv(str(tmp_path / "a[[]1]*'.csv"), all_varchar=True).write_parquet(str(table))
    assert staged(table, source="events").counts.touches == 1


def test_formats_may_be_mixed_and_the_fingerprint_is_that_of_their_bytes(
    staged: Stage, write: Write
) -> None:
    files = [
        write("a.csv", EVENTS),
        write("b.csv.gz", EVENTS.replace("ann", "bob")),
        write("c.tsv", EVENTS.replace("ann", "eve").replace(",", "\t")),
        write("d.jsonl", '{"customer_id": 4, "timestamp": "2024-03-01T12:00:00Z", "kind": "view"}'),
        write(
            "e.csv", b"\xef\xbb\xbf" + EVENTS.replace("ann", "joe").replace("\n", "\r\n").encode()
        ),
    ]
    result = staged(*files, source="events")
    assert sorted(result.events().customers) == ["4", "ann", "bob", "eve", "joe"]
    digests = sorted(hashlib.sha256(path.read_bytes()).digest() for path in files)
    assert result.fingerprint == hashlib.sha256(b"".join(digests)).hexdigest()
    assert staged(*files[::-1], source="events").fingerprint == result.fingerprint


def test_a_folder_that_cannot_be_used_is_reported(write: Write, tmp_path: Path) -> None:
    path = write("a.csv", EVENTS)
    (tmp_path / "file").write_text("")
    with pytest.raises(StagingError, match=r"cannot use the folder .*: Not a directory"):
        stage([path], preset("events"), StagingOptions(keep_ids=True), folder=tmp_path / "file/x")


def test_too_little_memory_and_disk_is_reported(
    staged: Stage, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "\n".join(f"c{n},2024-03-01T12:00:00Z,click" for n in range(200_000))
    path = write("a.csv", "customer_id,timestamp,kind\n" + lines)
    with pytest.raises(StagingError, match="ran out of memory or disk"):
        staged(path, source="events", memory="6MB", threads=1)


def test_more_rows_than_memory_holds_go_to_the_folder(staged: Stage, write: Write) -> None:
    lines = "\n".join(
        f"e{n},c{n * 7919 % 100_003},2024-03-01T12:00:{n % 60:02}Z,click,channel-{n % 9}"
        for n in range(400_000)
    )
    path = write("a.csv", "event_id,customer_id,timestamp,kind,channel\n" + lines)
    result = staged(path, source="events", memory="100MB", threads=2)
    order = [
        key for batch in result.batches() for key in zip(batch.bucket, batch.customers, strict=True)
    ]
    assert order == sorted(order)
    assert result.counts.touches == 400_000


def test_staged_rows_of_a_killed_process_are_removed_by_the_next_one(
    write: Write, tmp_path: Path, staged: Stage
) -> None:
    path = write("a.csv", EVENTS)
    script = textwrap.dedent(f"""
        import sys, time
        from pathlib import Path
        from attrigraph.staging import StagingOptions, preset, stage
        kept = stage([Path({str(path)!r})], preset("events"), StagingOptions(keep_ids=True),
              folder=Path({str(tmp_path / "staging")!r}))
        print("staged", flush=True)
        time.sleep(60)
    """)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"staged\n"
        staged(path, source="events").close()
        # As long as the other lives, its rows are left alone.
        (other,) = (tmp_path / "staging").iterdir()
        assert other.name.startswith(f"staging-{process.pid}-")
        process.send_signal(signal.SIGKILL)
        process.wait()
    staged(path, source="events").close()
    assert not list((tmp_path / "staging").iterdir())


def test_temporary_files_of_a_killed_command_are_removed_by_the_next_one(
    write: Write, tmp_path: Path
) -> None:
    path = write("a.csv", EVENTS)
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    script = textwrap.dedent(f"""
        import os, signal, sys, tempfile
        from pathlib import Path
        from attrigraph.staging import StagingOptions, preset, stage
        from attrigraph.staging.scratch_dir import TEMPORARY
        folder = tempfile.mkdtemp(prefix=TEMPORARY, dir={str(temporary)!r})
        kept = stage([Path({str(path)!r})], preset("events"), StagingOptions(keep_ids=True),
              folder=Path(folder))
        print("staged", flush=True)
        sys.stdin.read()
    """)
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"staged\n"
        mine = temporary / f"{TEMPORARY}mine"
        new_scratch_dir(mine)
        assert len(list(temporary.iterdir())) == 2  # the other is alive
        process.send_signal(signal.SIGKILL)
        process.wait()
    new_scratch_dir(mine)
    assert list(temporary.iterdir()) == [mine]


def test_temporary_folders_may_vanish_while_they_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, other = tmp_path / f"{TEMPORARY}mine", tmp_path / f"{TEMPORARY}other"
    other.mkdir()
    scandir = os.scandir

    def vanishing(path: Path) -> Iterator[os.DirEntry[str]]:
        if Path(path) == other:
            raise FileNotFoundError(other)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", vanishing)
    assert new_scratch_dir(mine).parent == mine


def test_closing_twice_does_no_harm(staged: Stage, write: Write) -> None:
    result = staged(write("a.csv", EVENTS), source="events")
    result.close()
    result.close()


def test_progress_reports_the_rows_read_so_far(write: Write, tmp_path: Path) -> None:
    reported: list[int] = []
    files = [write("a.csv", EVENTS), write("b.csv", EVENTS.replace("ann", "bob"))]
    options = StagingOptions(keep_ids=True)
    with stage(files, preset("events"), options, folder=tmp_path, on_rows=reported.append):
        assert reported == [1, 2]


def test_a_disk_that_takes_no_more_is_reported(write: Write, tmp_path: Path) -> None:
    lines = "".join(f"c{n},2024-03-01T12:00:00Z,click\n" for n in range(200_000))
    path = write("a.csv", "customer_id,timestamp,kind\n" + lines)
    script = textwrap.dedent(f"""
        import resource, signal
        from pathlib import Path
        from attrigraph.errors import StagingError
        from attrigraph.staging import StagingOptions, preset, stage
        # No file may grow beyond this: writes fail as they do on a full disk.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
        try:
            stage([Path({str(path)!r})], preset("events"), StagingOptions(keep_ids=True),
                  folder=Path({str(tmp_path / "staging")!r}))
        except StagingError as error:
            print(error)
    """)
    message = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert message.stderr == ""
    assert message.stdout.startswith(f"cannot use the folder {tmp_path / 'staging'}: ")
    assert not list((tmp_path / "staging").iterdir())

"""Loading of the files that have come or changed since a job looked last."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from attrigraph.errors import InputError
from attrigraph.jobs.job import JobOptions, Outcome

if TYPE_CHECKING:
    from attrigraph.services.load import LoadOptions
    from attrigraph.store.file_watermarks import FileState
    from attrigraph.stores import Stores


class FileOptions(JobOptions):
    """Options of jobs that load files; most are those of ``attrigraph load``.

    Attributes:
        files: files, folders or globs; relative ones are in the home.
    """

    files: tuple[str, ...] = Field(min_length=1)
    preset: tuple[str, ...] = ()
    mapping: Path | None = None
    zone: str | None = None
    currency: str | None = None
    sessions: bool | None = None
    conversion_touches: bool = False
    own_domains: tuple[str, ...] = ()
    keep_ids: bool = False
    max_rejected: float = Field(default=0.5, ge=0, le=1)
    memory: str = "1GB"


def load_new_files(stores: Stores, options: FileOptions, *, job: str, preset: str) -> Outcome:
    """Load the files of a job whose size or time of change is another than when they were loaded.

    Args:
        stores: both stores.
        options: which files, and how to read them.
        job: whose watermarks count.
        preset: layout of the files if the options name none.

    Raises:
        InputError: a file or folder is missing, or the files are not what was expected; none of
            them counts as loaded then.
    """
    from attrigraph.services.load import load
    from attrigraph.staging import read_layout
    from attrigraph.store.file_watermarks import read_watermarks, write_watermarks

    found = find_files(options.files, stores.home)
    known = read_watermarks(stores.engine, job)
    new = [one for one in found if one not in known]
    summary: dict[str, Any] = {"files": len(found), "loaded": [one.path for one in new]}
    if new:
        paths = [Path(one.path) for one in new]
        # files have the layout that the job is for, unless the options name another
        presets = options.preset or (() if options.mapping else (preset,))
        source = read_layout(presets, options.mapping)
        report = load(paths, source, _load_options(stores, options), stores)
        write_watermarks(stores.engine, job, new)
        summary["report"] = report.to_json()
    return Outcome(_fingerprint(read_watermarks(stores.engine, job)), summary)


def find_files(patterns: tuple[str, ...], home: Path) -> list[FileState]:
    """The files that patterns name, each once, in the order of their paths.

    Hidden files, and those in folders below a named folder, are left out.

    Raises:
        InputError: a file or folder without wildcards is missing.
    """
    found = {}
    for pattern in patterns:
        place = (home / Path(pattern).expanduser()).absolute()
        paths = list(Path(place.anchor).glob(str(place.relative_to(place.anchor))))
        if not paths and not any(mark in pattern for mark in "*?["):
            raise InputError(f"there is no file or folder {place}; the schedule names it")
        for path in paths:
            inside = path.iterdir() if path.is_dir() else (path,)
            for file in inside:
                if file.is_file() and not file.name.startswith("."):
                    found[str(file)] = _state(file)
    return [found[path] for path in sorted(found)]


def _state(file: Path) -> FileState:
    from attrigraph.store.file_watermarks import FileState

    about = file.stat()
    return FileState(str(file), about.st_size, about.st_mtime_ns)


def _load_options(stores: Stores, options: FileOptions) -> LoadOptions:
    from attrigraph.services.load import LoadOptions
    from attrigraph.settings import read_settings
    from attrigraph.staging import StagingOptions, customer_key

    key = None if options.keep_ids else stores.customer_key
    if key is None and not options.keep_ids:
        key = customer_key(read_settings(home=stores.home))
    staging = StagingOptions(
        customer_key=key,
        zone=options.zone,
        currency=options.currency,
        sessions=options.sessions,
        conversion_touches=options.conversion_touches,
        own_domains=options.own_domains,
        keep_ids=options.keep_ids,
        max_rejected=options.max_rejected,
        memory=options.memory,
    )
    return LoadOptions(staging=staging, mode="online")


def _fingerprint(files: set[FileState]) -> str:
    digest = hashlib.sha256()
    for one in sorted(files):
        digest.update(f"{one.path}\0{one.size}\0{one.modified_ns}\n".encode())
    return digest.hexdigest()

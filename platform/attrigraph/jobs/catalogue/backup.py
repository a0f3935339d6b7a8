"""The job ``backup``: both stores in one file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import Field

from attrigraph.jobs.job import Job, JobOptions, Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.jobs.windows import Window
    from attrigraph.settings import Settings


class BackupOptions(JobOptions):
    """Options of ``attrigraph backup create``.

    Attributes:
        folder: where the files go; a relative one is in the home.
        keep: how many files stay; older ones are removed once a new one is there.
        with_key: whether to put in the key of the pseudonyms.
    """

    folder: str = "backups"
    keep: int = Field(default=7, ge=1)
    with_key: bool = True


def back_up(settings: Settings, window: Window, options: BackupOptions) -> Outcome:
    """Write a backup named after the end of the window; one that is there is replaced."""
    from attrigraph import bootstrap
    from attrigraph.local.backup import FILES, create_backup
    from attrigraph.local.home import SCHEDULE
    from attrigraph.services.backup import inventory_of

    with bootstrap.open_stores(settings) as stores:
        held = inventory_of(stores)
        folder = stores.home / options.folder
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / f"{window.end:%Y%m%dT%H%M%SZ}.attrigraph"
    draft = file.with_name(f".{file.name}.draft")
    draft.unlink(missing_ok=True)
    files = FILES if options.with_key else (SCHEDULE,)
    manifest = create_backup(settings, draft, held, files=files)
    draft.replace(file)
    removed = _remove_old(folder, options.keep)
    summary = {"file": str(file), "bytes": file.stat().st_size, "removed": removed}
    return Outcome(manifest["parts"]["neo4j.dump"], summary)


def _remove_old(folder: Path, keep: int) -> list[str]:
    old = sorted(folder.glob("[0-9]*T*Z.attrigraph"))[:-keep]
    for file in old:
        file.unlink()
    return [file.name for file in old]


JOB: Final = Job(
    name="backup",
    about="writes a backup of both stores, and removes old ones",
    run=back_up,
    options=BackupOptions,
    window="day",
    inputs=(),
    cron="0 1 * * *",
    catch_up="latest",
    of_window=True,
    alone=True,
    opens_stores=False,
)

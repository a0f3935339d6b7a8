"""Gets the server's jars: those of the lock file, each checked against its SHA-256 before use.

They are in a folder of the cache that all homes share, named after the version and the lock file.
It is assembled under another name and then renamed, so that a kill never leaves part of it. Jars
are copied from the user's own Maven folder where it has them, and fetched by ``jgo`` otherwise.
Java runs every jar in the folder, so one that the lock file does not name is an error.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrigraph.addresses import without_user_info
from attrigraph.errors import LocalStoreError
from attrigraph.local.extra import package_folder
from attrigraph.local.home import exclusive, make_folder, unwritable
from attrigraph.local.lockfile import LOCK_FILE, read_lock
from attrigraph.private_files import make_private_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jgo.maven import MavenContext

    from attrigraph.local.lockfile import Jar, Lock
    from attrigraph.settings import Settings

logger = logging.getLogger(__name__)

THREADS: Final = 8
ATTEMPTS: Final = 3


def ensure_jars(
    cache: Path,
    *,
    repository: str | None = None,
    lock_file: Path = LOCK_FILE,
) -> Path:
    """The folder with all jars of the lock file, complete and checked.

    Args:
        cache: folder of downloads, shared by all homes.
        repository: address of a Maven repository to use instead of Maven Central.
        lock_file: which jars.

    Raises:
        LocalStoreError: a jar cannot be fetched, its bytes are not those of the lock file, or the
            folder holds a jar that is not in the lock file.
        MissingExtraError: jars must be fetched and ``jgo`` is not installed.
    """
    lock = read_lock(lock_file)
    name = hashlib.sha256(lock_file.read_bytes()).hexdigest()[:12]
    folder = cache / f"neo4j-{lock.version}-{name}"
    _check_unknown(lock, folder)
    if folder.is_dir() and not _wrong(lock, folder):
        return folder
    make_folder(cache)
    with exclusive(cache / ".jars.lock"):
        if not folder.is_dir():
            _assemble(lock, folder, repository)
        wrong = _wrong(lock, folder)
        if wrong:
            logger.info(f"fetching {len(wrong)} damaged jars of Neo4j again")
            _fill(wrong, folder, repository)
    return folder


def jars_of(settings: Settings) -> Path:
    """The folder with the jars that settings choose, complete and checked; see ``ensure_jars``."""
    return ensure_jars(
        settings.cache,
        repository=settings.maven_repository,
        lock_file=settings.neo4j_lock or LOCK_FILE,
    )


def _check_unknown(lock: Lock, folder: Path) -> None:
    """Check that the folder adds nothing to the class path: Java takes every jar in it."""
    expected = {jar.file_name for jar in lock.jars}
    unknown = sorted(
        file.name
        for file in folder.glob("*")
        if file.suffix.lower() == ".jar" and file.name not in expected
    )
    if unknown:
        raise LocalStoreError(
            f"{folder} holds {unknown[0]}, which is not one of Neo4j's jars and would run in the "
            "server; find out where it comes from and remove it"
        )


def _assemble(lock: Lock, folder: Path, repository: str | None) -> None:
    logger.info(f"fetching Neo4j {lock.version} (140 MB, once)")
    fresh = folder.with_name(f".{folder.name}")
    # left by a process that was killed: we hold the lock
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        make_private_folder(fresh)
        _fill(lock.jars, fresh, repository)
        fresh.rename(folder)
    except OSError as error:
        raise unwritable(folder, error) from error


def _wrong(lock: Lock, folder: Path) -> list[Jar]:
    """The jars of a folder that are missing or not the bytes of the lock file."""
    with ThreadPoolExecutor(THREADS) as pool:
        right = pool.map(lambda jar: _has_hash(folder / jar.file_name, jar), lock.jars)
        return [jar for jar, fine in zip(lock.jars, right, strict=True) if not fine]


def _has_hash(file: Path, jar: Jar) -> bool:
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest() == jar.sha256
    except OSError:
        return False


def _fill(jars: Iterable[Jar], folder: Path, repository: str | None) -> None:
    downloads = folder.with_name(".maven")
    shutil.rmtree(downloads, ignore_errors=True)
    context = _maven(downloads, repository)
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(partial(_place, folder=folder, context=context), jars))
    finally:
        shutil.rmtree(downloads, ignore_errors=True)


def _maven(downloads: Path, repository: str | None) -> MavenContext:
    package_folder("jgo", "the fetcher of Neo4j's jars")
    from jgo.maven import MavenContext

    remote = {"central": repository.rstrip("/")} if repository else None
    return MavenContext(repo_cache=downloads, remote_repos=remote, timeout=30)


def _place(jar: Jar, folder: Path, context: MavenContext) -> None:
    """Put one jar with the right hash into the folder."""
    source = maven_folder() / jar.repository_path
    if not _has_hash(source, jar):
        source = _fetch(jar, context)
    # Java takes what ends in .jar, hidden or not
    fresh = folder / f".{jar.file_name}.part"
    shutil.copyfile(source, fresh)
    fresh.chmod(0o600)
    fresh.replace(folder / jar.file_name)


def _fetch(jar: Jar, context: MavenContext) -> Path:
    artifact = (
        context.project(jar.group, jar.artifact).at_version(jar.version).artifact(jar.classifier)
    )
    failure = ""
    for _ in range(ATTEMPTS):
        (context.repo_cache / jar.repository_path).unlink(missing_ok=True)
        try:
            fetched = Path(artifact.resolve())
        except (OSError, RuntimeError) as error:  # requests' errors are OSErrors
            failure = f"it cannot be fetched ({without_user_info(str(error))})"
            continue
        if _has_hash(fetched, jar):
            return fetched
        failure = "its bytes are not those of the lock file (SHA-256 differs)"
    raise LocalStoreError(
        f"the jar {jar} of Neo4j is not in {maven_folder()}, and {failure}; check the network or "
        "name a mirror of Maven Central in ATTRIGRAPH_MAVEN_REPOSITORY"
    )


def maven_folder() -> Path:
    """The user's own Maven folder; it is read, never written."""
    named = os.environ.get("M2_REPO")
    return Path(named) if named else Path.home() / ".m2" / "repository"

"""Resolves the server's jars and writes their lock file.

``python -m attrigraph.local.lock`` writes that of the version below, for maintainers; with
``VERSION FILE`` it writes that of another version, for ``ATTRIGRAPH_NEO4J_LOCK``. The hashes are
those of the bytes that the Maven repository serves at that moment; review the difference before
committing it.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrigraph.local.lockfile import LOCK_FILE, Jar, Lock, write_lock

if TYPE_CHECKING:
    from jgo.maven import Artifact

NEO4J: Final = "5.26.30"
BROWSER: Final = "5.24.0"  # the last one published as an artifact


def resolve(repository: Path, version: str = NEO4J) -> Lock:
    """Walk the poms, fetch every jar into the repository folder and hash it."""
    from jgo.maven import MavenContext

    context = MavenContext(repo_cache=repository)
    wanted = [
        context.create_dependency(f"org.neo4j:neo4j:{version}"),
        context.create_dependency(f"org.neo4j.client:neo4j-browser:{BROWSER}"),
    ]
    inputs, transitive = context.resolver.resolve(wanted)
    artifacts = {str(dependency.artifact): dependency.artifact for dependency in inputs}
    artifacts |= {
        str(dependency.artifact): dependency.artifact
        for dependency in transitive
        if dependency.artifact.packaging == "jar" and dependency.scope in ("compile", "runtime")
    }
    with ThreadPoolExecutor(8) as pool:
        jars = sorted(pool.map(_hashed, artifacts.values()))
    return Lock(version, tuple(jars))


def _hashed(artifact: Artifact) -> Jar:
    digest = hashlib.sha256(Path(artifact.resolve()).read_bytes()).hexdigest()
    return Jar(artifact.groupId, artifact.artifactId, artifact.version, artifact.classifier, digest)


def main() -> None:
    """Resolve with an empty repository folder, so that nothing stale is hashed."""
    parser = argparse.ArgumentParser(description="Write the lock file of Neo4j's jars.")
    parser.add_argument("version", nargs="?", default=NEO4J, help=f"of Neo4j; default: {NEO4J}")
    parser.add_argument("file", nargs="?", type=Path, default=LOCK_FILE)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lock = resolve(Path(folder), given.version)
    write_lock(lock, given.file)
    sys.stderr.write(f"{len(lock.jars)} jars of Neo4j {lock.version} in {given.file}\n")


if __name__ == "__main__":
    main()

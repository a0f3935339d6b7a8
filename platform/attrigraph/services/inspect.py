"""Use case of inspecting files: what they hold, and the preset or mapping that reads them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from attrigraph.errors import InputError
from attrigraph.escaping import listed_names
from attrigraph.quantities import counted
from attrigraph.staging import StagingOptions
from attrigraph.staging.database import open_database, staging_errors
from attrigraph.staging.formats import format_of
from attrigraph.staging.inspection.fitting import fitting_presets
from attrigraph.staging.inspection.mapping_text import mapping_text
from attrigraph.staging.inspection.profile import profile_of
from attrigraph.staging.inspection.proposal import candidates, propose
from attrigraph.staging.inspection.unread import USUAL, word_in_other_encoding
from attrigraph.staging.mapping import Source
from attrigraph.staging.reasons import describe_reason
from attrigraph.staging.scratch_dir import new_scratch_dir
from attrigraph.staging.stage import check_files
from attrigraph.staging.text_encoding import is_utf8_text, known_encoding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import duckdb

    from attrigraph.staging.inspection.fitting import Fit
    from attrigraph.staging.inspection.profile import ColumnProfile, FileProfile
    from attrigraph.staging.inspection.proposal import Proposal
    from attrigraph.staging.mapping import Table

N_EXAMPLES: Final = 3
"""Values of each column that are shown."""


@dataclass(frozen=True, slots=True)
class InspectedFile:
    """A file and how it can be read.

    Attributes:
        profile: its columns.
        fits: presets that can read it, those that read most columns first.
        proposal: a table that was guessed.
        encoding: of its text, as it was stated; None for UTF-8.
        other_word: a word that is not UTF-8, as it would read in the usual other encoding; None
            where there is none.
    """

    profile: FileProfile
    fits: tuple[Fit, ...]
    proposal: Proposal
    encoding: str | None = None
    other_word: str | None = None

    @property
    def preset(self) -> str | None:
        """The preset that reads the file; None where the guessed table reads more of it."""
        guessed = 0 if self.proposal.missing else len(self.proposal.fields)
        return self.fits[0].preset if self.fits and self.fits[0].read >= guessed else None

    @property
    def table(self) -> Table | None:
        """The table that reads the file; None where necessary columns are missing."""
        return None if self.preset is None and self.proposal.missing else self.draft

    @property
    def draft(self) -> Table:
        """The table that reads the file, without the columns that are missing."""
        table = self.proposal.table if self.preset is None else self.fits[0].table
        return table.model_copy(update={"encoding": self.encoding})

    @property
    def unused(self) -> tuple[str, ...]:
        """Columns of the file that the guessed table does not read."""
        read = set(self.proposal.fields.values())
        return tuple(name for name in self.profile.header if name not in read)

    def problems(self) -> Iterator[str]:
        """A sentence for each reason why lines hold no row."""
        for unread in self.profile.unread:
            yield (
                f"{counted(unread.number, 'line')} without a row, first line {unread.first}: "
                f"{describe_reason(unread.reason)}"
            )
        if self.other_word is not None:
            yield (
                f"as {USUAL} text the file holds {self.other_word!r}; if that is right, add "
                f"--encoding {USUAL}"
            )

    def to_json(self) -> dict[str, Any]:
        """The file as JSON values."""
        guessed = self.preset is None
        return {
            "file": str(self.profile.path),
            "delimiter": self.profile.delimiter,
            "skip": self.profile.skip,
            "encoding": self.encoding,
            "rows": self.profile.rows,
            "problems": list(self.problems()),
            "columns": [_column_json(column) for column in self.profile.columns],
            "presets": [{"preset": fit.preset, "columns": fit.read} for fit in self.fits],
            "preset": self.preset,
            "proposed_rows": self.proposal.rows if guessed else None,
            "fields": self.proposal.fields if guessed else None,
            "missing": list(self.proposal.missing) if guessed else [],
            "questions": list(self.proposal.questions) if guessed else [],
        }


def _column_json(column: ColumnProfile) -> dict[str, Any]:
    content = column.content
    return {
        "name": column.name,
        "type": content.type,
        "filled": column.filled,
        "distinct": content.distinct,
        "examples": list(content.values[:N_EXAMPLES]),
    }


@dataclass(frozen=True, slots=True)
class Inspection:
    """Files and how they can be read together.

    Attributes:
        files: what was found in each.
        header: the file that was stated to hold the header of CSV files; None for none.
    """

    files: tuple[InspectedFile, ...]
    header: Path | None = None

    @property
    def presets(self) -> tuple[str, ...] | None:
        """Presets that read all files; None where a file needs a mapping."""
        names = [file.preset for file in self.files]
        known = tuple(dict.fromkeys(name for name in names if name is not None))
        return known if None not in names else None

    @property
    def encodings(self) -> tuple[str, ...]:
        """The encoding that was stated for all files, if any was."""
        return tuple(dict.fromkeys(file.encoding for file in self.files if file.encoding))

    def mapping(self) -> Source:
        """A mapping that reads all files.

        Raises:
            InputError: necessary columns are missing in a file.
        """
        for file in self.files:
            if file.table is None:
                raise InputError(
                    f"no mapping is proposed for {file.profile.path}: as rows of "
                    f"{file.proposal.rows} it lacks {'; '.join(file.proposal.missing)}"
                )
        return self.draft()

    def draft(self) -> Source:
        """A mapping of all files, without the columns that are missing."""
        several = len(self.files) > 1
        return Source(
            tables=tuple(
                file.draft.model_copy(
                    update={"files": file.profile.path.name if several else None, "name": None}
                )
                for file in self.files
            )
        )

    def mapping_text(self) -> str:
        """The text of a file for ``--mapping``, with comments on what is missing or left open."""
        comments = ["proposed by `attrigraph inspect`; check each line"]
        for file in self.files:
            if file.preset is not None:
                comments.append(f"{file.profile.path.name}: as preset {file.preset}")
                continue
            comments += [f"{file.profile.path.name}: {one}" for one in file.problems()]
            comments += [f"{file.profile.path.name}: {one}" for one in _missing_lines(file)]
            unused = ", ".join(file.unused) or "none"
            comments += [f"{file.profile.path.name}: {one}" for one in file.proposal.questions]
            comments.append(f"{file.profile.path.name}: columns that are not read: {unused}")
        return mapping_text(self.draft(), comments)

    def to_json(self) -> dict[str, Any]:
        """The object that ``attrigraph inspect --json`` prints."""
        return {
            "files": [file.to_json() for file in self.files],
            "presets": None if self.presets is None else list(self.presets),
        }


def _missing_lines(file: InspectedFile) -> Iterator[str]:
    """A line for each field that is missing, with the columns whose values may be its."""
    for missing in file.proposal.missing:
        name, _, meaning = missing.partition(": ")
        field = name.removeprefix("one of ").split(", ")[0]
        columns = candidates(file.proposal, file.profile, field)
        yield (
            f'add under columns: {field} = "..." ({meaning}); columns that may hold it: '
            f"{listed_names(columns)}"
        )


def inspect_files(
    files: Sequence[Path], header: Path | None, *, folder: Path, encoding: str | None = None
) -> Inspection:
    """Look at the first rows of files, and find out how to read them.

    Args:
        files: see ``attrigraph.staging.stage``.
        header: file that holds the header of CSV files without one; None for none.
        folder: where rows may lie meanwhile.
        encoding: of text without a byte order mark; None for UTF-8.

    Raises:
        InputError: a file as a whole cannot be read, no file is named, or there is no such
            encoding.
    """
    check_files(files)
    known = None if encoding is None else known_encoding(encoding)
    scratch = new_scratch_dir(folder)
    with staging_errors(folder):
        database = open_database(scratch, StagingOptions(keep_ids=True))
        try:
            inspected = [_inspected(path, header, known, database, scratch) for path in files]
            return Inspection(tuple(inspected), header)
        finally:
            database.close()
            shutil.rmtree(scratch, ignore_errors=True)


def _inspected(
    path: Path,
    header: Path | None,
    stated: str | None,
    database: duckdb.DuckDBPyConnection,
    folder: Path,
) -> InspectedFile:
    form = replace(format_of(path), encoding=stated)
    encoding = None if is_utf8_text(path, form) else stated
    profile = profile_of(path, header, encoding=encoding, database=database, folder=folder)
    fits = fitting_presets(path, header, encoding=encoding, database=database, folder=folder)
    not_utf8 = any(unread.reason == "not-utf8" for unread in profile.unread)
    other = word_in_other_encoding(path, form) if not_utf8 else None
    return InspectedFile(profile, fits, propose(profile), encoding, other)

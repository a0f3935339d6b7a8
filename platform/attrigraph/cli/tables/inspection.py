"""What files hold and how they can be read, as tables for people."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from attrigraph.cli.tables.fitted import Column, print_sentence, show_table
from attrigraph.quantities import counted
from attrigraph.services.inspect import N_EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rich.console import Console

    from attrigraph.services.inspect import InspectedFile, Inspection
    from attrigraph.staging.inspection.profile import ColumnProfile

OPTIONS: Final = {"spend": "--spend", "customers": "--customers"}
"""Options for files of rows that are read beside events."""

JOURNEYS: Final = ("events", "paths", "criteo-journeys", "criteo-touchpoints")
"""Rows of which there must be some to attribute anything."""

MAX_EXAMPLE: Final = 30
"""Longest example, in characters."""


def show(inspection: Inspection, *, console: Console, written: Path | None = None) -> None:
    """Print the columns of each file, and how to read the files.

    Args:
        inspection: what to show.
        console: what to print on.
        written: where the proposed mapping is; None if it was not written.
    """
    for file in inspection.files:
        _show_columns(file, console)
        for sentence in _sentences(file):
            print_sentence(sentence, console=console)
        console.print()
    print_sentence(_next_step(inspection, written), console=console)


def _show_columns(file: InspectedFile, console: Console) -> None:
    profile = file.profile
    print_sentence(f"{profile.path}: {counted(profile.rows, 'row')} looked at", console=console)
    columns = profile.columns
    fields = {} if file.preset else {column: name for name, column in file.proposal.fields.items()}
    names = Column("column", [column.name for column in columns])
    show_table(
        names,
        [
            Column("type", [column.content.type for column in columns], justify="left"),
            *([] if not fields else [_fields(file, fields)]),
            Column("filled", [f"{column.filled:.0%}" for column in columns]),
            Column("distinct", [f"{column.content.distinct:,}" for column in columns]),
            Column("examples", list(map(_examples, columns)), justify="left"),
        ],
        console=console,
    )


def _fields(file: InspectedFile, fields: dict[str, str]) -> Column:
    cells = [fields.get(name, "") for name in file.profile.header]
    return Column("field", cells, justify="left")


def _examples(column: ColumnProfile) -> str:
    return ", ".join(
        value if len(value) <= MAX_EXAMPLE else f"{value[: MAX_EXAMPLE - 1]}…"
        for value in column.content.values[:N_EXAMPLES]
    )


def _sentences(file: InspectedFile) -> Iterator[str]:
    name = file.profile.path.name
    for problem in file.problems():
        yield f"{name}: {problem}"
    if file.preset is not None:
        best = [fit.preset for fit in file.fits if fit.read == file.fits[0].read]
        yield f"{name} fits the preset {' or '.join(best)}"
        return
    yield f"{name} fits no preset; its rows are probably {file.proposal.rows}"
    for missing in file.proposal.missing:
        yield f"missing: {missing}"
    for question in file.proposal.questions:
        yield f"open: {question}"


def _next_step(inspection: Inspection, written: Path | None) -> str:
    incomplete = any(file.table is None for file in inspection.files)
    if written is not None:
        command = _command(inspection, f"--mapping {shlex.quote(str(written))}")
        return f"next: {'complete' if incomplete else 'check'} {written}, then `{command}`"
    if inspection.presets is not None:
        presets = [f"--preset {name}" for name in inspection.presets]
        return f"next: `{_command(inspection, ' '.join([*presets, *_stated(inspection)]))}`"
    if incomplete:
        return "next: write a mapping with --out FILE, and add the columns that are missing"
    return "next: write the proposed mapping with --out FILE, and check it"


def _stated(inspection: Inspection) -> Iterator[str]:
    """The options on how to read the files that were given, as presets do not hold them."""
    if inspection.header is not None:
        yield f"--header {shlex.quote(str(inspection.header))}"
    yield from (f"--encoding {shlex.quote(name)}" for name in inspection.encodings)


def _command(inspection: Inspection, layout: str) -> str:
    """The command that reads the files; a load where no file has events."""
    files: dict[str, list[str]] = {}
    for file in inspection.files:
        option = OPTIONS.get(file.draft.rows, "--input")
        files.setdefault(option, []).append(shlex.quote(str(file.profile.path)))
    has_events = any(file.draft.rows in JOURNEYS for file in inspection.files)
    if not has_events or len(files.get("--customers", [])) > 1:
        named = " ".join(name for names in files.values() for name in names)
        return f"attrigraph load {named} {layout} --dry-run"
    further = (f"{option} {name}" for option in OPTIONS.values() for name in files.get(option, []))
    return " ".join(["attrigraph attribute --input", *files["--input"], *further, layout])

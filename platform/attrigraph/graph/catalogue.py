"""The catalogue of Cypher statements: ``cypher/<area>/<verb>.cypher``, one statement per file.

A file begins with comment lines: a summary of what the statement returns or does, then one line per
parameter, ``// $name TYPE: meaning``. The header must declare exactly the parameters of the text.
Statements that people choose by a title have it in the first line, ``// title: Words``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, LiteralString

from attrigraph.errors import InputError
from attrigraph.shipped import shipped

if TYPE_CHECKING:
    from pathlib import Path

_PARAMETER_LINE: Final = re.compile(
    r"\$(?P<name>\w+) (?P<type>[A-Z][A-Za-z<>, ]*): (?P<meaning>.+)"
)
_TITLE_LINE: Final = re.compile(r"// title: (.+)\n")
NOT_CODE: Final = re.compile(
    r"""'(?:\\.|[^'\\])*' | "(?:\\.|[^"\\])*" | `[^`]*` | //[^\n]* | /\*.*?\*/""",
    re.VERBOSE | re.DOTALL,
)
"""Texts, quoted names and comments of a statement."""
_PARAMETER: Final = re.compile(r"\$(\w+)")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a statement: its name without ``$``, its Cypher type and its meaning."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Query:
    """One statement of the catalogue.

    Attributes:
        name: ``area/verb``.
        text: the whole file, including its header, as sent to the server; a literal, because the
            files belong to the project.
        parameters: the parameters, in the order of the header.
        summary: what the statement returns or does, as one line.
        title: by what people choose it; empty for most.
    """

    name: str
    text: LiteralString
    parameters: tuple[Parameter, ...]
    summary: str
    title: str = ""


@cache
def query(name: str) -> Query:
    """The statement ``area/verb``.

    Raises:
        InputError: the file does not exist, or its header and text disagree.
    """
    path = shipped("cypher") / f"{name}.cypher"
    if not path.is_file():
        listed = ", ".join(names()) or "none"
        raise InputError(f"there is no Cypher statement {name!r}; available are: {listed}")
    return parse(name, path.read_text(encoding="utf-8"))


def names(area: str | None = None) -> tuple[str, ...]:
    """The sorted names of all statements, or of one area, except the schema's migrations.

    The files of ``schema`` are run by version (see ``graph.migrations``), not by name.
    """
    root = shipped("cypher")
    areas = {area} if area else _areas(root)
    statements = (_name(path, root) for path in root.glob("*/*.cypher"))
    return tuple(sorted(name for name in statements if _area(name) in areas))


def parse(name: str, text: str) -> Query:
    """Read one statement with its header.

    Raises:
        InputError: the header has no summary, or does not declare the parameters of the text.
    """
    title = _TITLE_LINE.match(text)
    summary, parameters = _header(text[title.end() :] if title else text)
    if not summary:
        raise InputError(f"{name}.cypher must begin with a comment on what it returns or does")
    declared = [parameter.name for parameter in parameters]
    used = set(_PARAMETER.findall(NOT_CODE.sub(" ", text)))
    if len(declared) != len(set(declared)) or set(declared) != used:
        raise InputError(
            f"the header of {name}.cypher declares {_listed(declared)}, but its text uses "
            f"{_listed(used)}"
        )
    return Query(name, text, parameters, summary, title[1] if title else "")


def _header(text: str) -> tuple[str, tuple[Parameter, ...]]:
    summary: list[str] = []
    parameters: list[Parameter] = []
    for line in text.splitlines():
        if not line.startswith("//"):
            break
        words = line.removeprefix("//").strip()
        if match := _PARAMETER_LINE.fullmatch(words):
            parameters.append(Parameter(**match.groupdict()))
        elif parameters:  # a meaning that continues on the next line
            last = parameters.pop()
            parameters.append(Parameter(last.name, last.type, f"{last.meaning} {words}"))
        else:
            summary.append(words)
    return " ".join(summary).strip(), tuple(parameters)


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).with_suffix("").as_posix()


def _area(name: str) -> str:
    return name.split("/", 1)[0]


def _areas(root: Path) -> set[str]:
    return {path.name for path in root.iterdir() if path.is_dir()} - {"schema"}


def _listed(parameters: set[str] | list[str]) -> str:
    return ", ".join(f"${name}" for name in sorted(parameters)) or "no parameters"

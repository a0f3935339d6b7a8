"""The catalogue of Cypher statements: ``cypher/<area>/<verb>.cypher``, one statement a file.

A file opens with comment lines: first what the statement returns or does, then one line for each
parameter, ``// $name TYPE: meaning``. The parameters of the header must be those of the text.
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
_NOT_CODE: Final = re.compile(
    r"""'(?:\\.|[^'\\])*' | "(?:\\.|[^"\\])*" | `[^`]*` | //[^\n]* | /\*.*?\*/""",
    re.VERBOSE | re.DOTALL,
)
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
        text: the whole file, header included, as the server gets it; a literal, since the files
            are the project's own.
        parameters: those of the header, in its order.
        summary: what the statement returns or does, in one line.
    """

    name: str
    text: LiteralString
    parameters: tuple[Parameter, ...]
    summary: str


@cache
def query(name: str) -> Query:
    """The statement ``area/verb``.

    Raises:
        InputError: there is no such file, or its header and text disagree.
    """
    path = shipped("cypher") / f"{name}.cypher"
    if not path.is_file():
        known = ", ".join(names()) or "none"
        raise InputError(f"there is no Cypher statement named {name!r}; known are: {known}")
    return parse(name, path.read_text(encoding="utf-8"))


def names(area: str | None = None) -> tuple[str, ...]:
    """The names of all statements, or of one area's, sorted; migrations (``schema``) excluded."""
    root = shipped("cypher")
    found = (_name(path, root) for path in root.glob("*/*.cypher"))
    return tuple(sorted(n for n in found if _area(n) in ({area} if area else _areas(root))))


def parse(name: str, text: str) -> Query:
    """Read one statement with its header.

    Raises:
        InputError: the header has no summary, or its parameters are not those of the text.
    """
    summary, parameters = _header(text)
    if not summary:
        raise InputError(
            f"{name}.cypher must open with a comment that says what it returns or does"
        )
    told = [parameter.name for parameter in parameters]
    used = set(_PARAMETER.findall(_NOT_CODE.sub(" ", text)))
    if len(told) != len(set(told)) or set(told) != used:
        raise InputError(
            f"{name}.cypher: its header declares {_listed(told)}, its text uses {_listed(used)}"
        )
    return Query(name, text, parameters, summary)


def _header(text: str) -> tuple[str, tuple[Parameter, ...]]:
    summary: list[str] = []
    parameters: list[Parameter] = []
    for line in text.splitlines():
        if not line.startswith("//"):
            break
        words = line.removeprefix("//").strip()
        if match := _PARAMETER_LINE.fullmatch(words):
            parameters.append(Parameter(**match.groupdict()))
        elif parameters:  # a meaning that runs on to the next line
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

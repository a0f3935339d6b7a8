"""Files of declarations in TOML: read, checked, and all their mistakes listed at once."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from attrigraph.errors import InputError
from attrigraph.staging.text_files import read_text
from attrigraph.staging.toml_lines import line_of, lines_of

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from attrigraph.staging.toml_lines import Place

Model = TypeVar("Model", bound=BaseModel)


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("text must not hold a NUL character")
    return text


Text = Annotated[str, AfterValidator(_without_nul)]
Words = Annotated[str, Field(min_length=1), AfterValidator(_without_nul)]


class Declared(BaseModel):
    """A part of a file of declarations; an unknown setting is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def read_declarations(path: Path, model: type[Model], noun: str, *, first: int = 0) -> Model:
    """Read a file of declarations.

    Args:
        path: a TOML file.
        model: what it declares.
        noun: what to call such a file, as in ``the mapping``.
        first: number of the first item of a list in messages.

    Raises:
        InputError: it cannot be read, or has mistakes; the message names them all.
    """
    text = read_text(path, noun)
    try:
        declared = tomllib.loads(text)
    except ValueError as error:  # of TOML, or of a number with thousands of digits
        raise InputError(f"the {noun} {path} is not TOML: {error}") from error
    except RecursionError as error:
        raise InputError(f"the {noun} {path} is nested too deeply") from error
    try:
        return model.model_validate(declared, context=declared)
    except ValidationError as error:
        mistakes = _mistakes(error, first, lines_of(text))
        raise InputError(f"the {noun} {path} is wrong {mistakes}") from error


def checked(model: type[Model], declared: object, what: str) -> Model:
    """The declarations as the model.

    Raises:
        InputError: they have mistakes; the message names them all.
    """
    try:
        return model.model_validate(declared)
    except ValidationError as error:
        raise InputError(f"{what} is wrong {_mistakes(error, 0, {})}") from error


def _mistakes(error: ValidationError, first: int, lines: dict[Place, int]) -> str:
    """All mistakes in one sentence, each with its line and place."""
    details = error.errors(include_url=False)
    # a list of which no item is right counts as too short as well
    own = [each for each in details if each["type"] != "too_short"] or details
    return "; ".join(_mistake(detail, first, line_of(detail["loc"], lines)) for detail in own)


def _mistake(detail: ErrorDetails, first: int, line: int | None) -> str:
    parts = [part + first if isinstance(part, int) else part for part in detail["loc"]]
    place = ".".join(map(str, parts)) or "the top"
    message = detail["msg"].removeprefix("Value error, ")
    message = {"extra_forbidden": "there is no such setting", "missing": "it is missing"}.get(
        detail["type"], message
    )
    mistake = f"at {place}: {message[:1].lower()}{message[1:]}"
    return mistake if line is None else f"in line {line} {mistake}"

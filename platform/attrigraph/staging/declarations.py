"""Files of declarations in TOML: read, checked, and all their mistakes listed at once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar, cast, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from attrigraph.domain.near_names import did_you_mean
from attrigraph.errors import InputError
from attrigraph.staging.text_files import read_text
from attrigraph.staging.toml_lines import line_of, lines_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pydantic import ModelWrapValidatorHandler
    from pydantic_core import ErrorDetails

    from attrigraph.staging.toml_lines import Place

Model = TypeVar("Model", bound=BaseModel)

MESSAGES: Final = {
    "extra_forbidden": "there is no such setting",
    "missing": "it is missing",
    "tuple_type": "it must be a list in square brackets",
    "dict_type": "it must be a table of settings",
    "model_type": "it must be a table of settings",
    "string_type": "it must be text in quotes",
    "bool_type": "it must be true or false",
    "int_type": "it must be a whole number",
    "string_too_short": "it must not be empty",
    "too_short": "it must not be empty",
}
"""What is wrong by the type of a mistake, in words of TOML."""

INPUT: Final = "Input should be"
"""How other messages of pydantic begin."""


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("text must not hold a NUL character")
    return text


Text = Annotated[str, AfterValidator(_without_nul)]
Words = Annotated[str, Field(min_length=1), AfterValidator(_without_nul)]


class Declared(BaseModel):
    """A part of a file of declarations; an unknown setting is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Declarations as they are checked, where a file leaves a part of them to others.

    Attributes:
        declared: all of them.
        tables: of each item of ``tables``, the number of the item in the file; None if equal.
        mistakes: place and message of what is wrong in the file itself.
    """

    declared: dict[str, Any]
    tables: tuple[int, ...] | None = None
    mistakes: tuple[tuple[Place, str], ...] = ()

    def place(self, place: Place) -> Place:
        """The place in the file of a place in ``declared``."""
        match place:
            case ("tables", int(number), *rest) if self.tables is not None:
                return ("tables", self.tables[number], *rest)
        return place


def read_declarations(
    path: Path,
    model: type[Model],
    noun: str,
    *,
    first: int = 0,
    prepare: Callable[[dict[str, Any]], Prepared] = Prepared,
) -> Model:
    """Read a file of declarations.

    Args:
        path: a TOML file.
        model: what it declares.
        noun: what to call such a file, as in ``the mapping``.
        first: number of the first item of a list in messages.
        prepare: completes what the file states.

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
    prepared = prepare(declared)
    mistakes = list(prepared.mistakes)
    try:
        found = model.model_validate(prepared.declared, context=prepared.declared)
    except ValidationError as error:
        found_here = _mistakes(error, model)
        mistakes += [(prepared.place(place), message) for place, message in found_here]
    if mistakes:
        listed = _listed(mistakes, first, lines_of(text))
        raise InputError(f"the {noun} {path} is wrong {listed}")
    return found


def checked(model: type[Model], declared: object, what: str) -> Model:
    """The declarations as the model.

    Raises:
        InputError: they have mistakes; the message names them all.
    """
    try:
        return model.model_validate(declared)
    except ValidationError as error:
        raise InputError(f"{what} is wrong {_listed(_mistakes(error, model), 0, {})}") from error


def validated(
    declared: object,
    validate: ModelWrapValidatorHandler[Model],
    more: Sequence[tuple[Place, str]],
) -> Model:
    """A part of declarations by a validator that wraps another, with further mistakes.

    Args:
        declared: the part.
        validate: checks it setting by setting.
        more: place and message of what is wrong besides.

    Raises:
        ValidationError: of all mistakes together, which the checks of whole models alone would
            list only where every setting is right.
    """
    mistakes = [_detail("value_error", message, place) for place, message in more]
    try:
        found = validate(declared)
    except ValidationError as error:
        details = error.errors(include_url=False)
        known = [_detail(each["type"], each["msg"], each["loc"]) for each in details]
        raise ValidationError.from_exception_data(error.title, [*known, *mistakes]) from error
    if mistakes:
        raise ValidationError.from_exception_data(type(found).__name__, mistakes)
    return found


def _detail(kind: str, message: str, place: Place) -> InitErrorDetails:
    # the braces of a message are no places for values where a context has none
    error = PydanticCustomError(cast("Any", kind), cast("Any", message))
    return InitErrorDetails(type=error, loc=place, input=None)


def _mistakes(error: ValidationError, model: type[BaseModel]) -> list[tuple[Place, str]]:
    """Place and message of each mistake."""
    details = error.errors(include_url=False)
    # a list of which no item is right counts as too short as well
    own = [each for each in details if each["type"] != "too_short"] or details
    return [(detail["loc"], f"{_message(detail)}{_advice(detail, model)}") for detail in own]


def _message(detail: ErrorDetails) -> str:
    known = MESSAGES.get(detail["type"])
    message = known or detail["msg"].removeprefix("Value error, ").replace(INPUT, "it must be")
    return f"{message[:1].lower()}{message[1:]}"


def _advice(detail: ErrorDetails, model: type[BaseModel]) -> str:
    """What to do about a setting that is not known, or about sections that are none."""
    sections, section = _sections(model)
    match detail["type"], detail["loc"]:
        case "extra_forbidden", (str(name),) if name in section.model_fields:
            return f" outside of {sections}; write it below a line [[{sections}]]"
        case "extra_forbidden", (str(name),):
            return did_you_mean(name, model.model_fields)
        case "extra_forbidden", (str(place), int(), str(name)) if place == sections:
            return did_you_mean(name, section.model_fields)
        case "missing" | "tuple_type" | "too_short", (str(name),) if name == sections:
            return f"; begin each one with a line [[{sections}]]"
    return ""


def _sections(model: type[BaseModel]) -> tuple[str, type[BaseModel]]:
    """The list that a file of declarations must have, and what its items are."""
    for name, field in model.model_fields.items():
        item = next(iter(get_args(field.annotation)), None)
        if field.is_required() and isinstance(item, type) and issubclass(item, BaseModel):
            return name, item
    return "", BaseModel


def _listed(mistakes: list[tuple[Place, str]], first: int, lines: dict[Place, int]) -> str:
    """All mistakes in one sentence, each once with its line and place, by line."""
    ordered = sorted(mistakes, key=lambda mistake: line_of(mistake[0], lines) or 0)
    listed = (_mistake(place, text, first, lines) for place, text in ordered)
    return "; ".join(dict.fromkeys(listed))


def _mistake(loc: Place, message: str, first: int, lines: dict[Place, int]) -> str:
    parts = [part + first if isinstance(part, int) else part for part in loc]
    place = ".".join(map(str, parts)) or "the top"
    mistake = f"at {place}: {message}"
    line = line_of(loc, lines)
    return mistake if line is None else f"in line {line} {mistake}"

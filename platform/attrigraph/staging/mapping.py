"""Mappings that users declare: which columns of a file are which fields."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from attrigraph.errors import InputError
from attrigraph.staging.fields import FIELDS, Rows
from attrigraph.staging.options import TimeUnit
from attrigraph.staging.text_files import read_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Model = TypeVar("Model", bound=BaseModel)
AttributeType = Literal["integer", "number", "boolean", "date", "time", "text"]

SEPARATOR: Final = " > "
"""Default separator between the channels of a path."""


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("text must not hold a NUL character")
    return text


Words = Annotated[str, Field(min_length=1), AfterValidator(_without_nul)]


class Declared(BaseModel):
    """A part of a mapping; an unknown setting is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Table(Declared):
    """One form of file.

    Attributes:
        rows: what its rows are.
        files: which files have this form, as a pattern for their names (``touches-*.csv``); None
            leaves it to the columns.
        columns: field -> column, where the names differ.
        constants: field -> text that every row has.
        values: field -> value in the file -> what it means.
        kinds: further kinds of touches.
        types: column -> type, for attributes of customers.
        delimiter: separator of the fields of a CSV file, one character.
        separator: separator of the channels of a path.
        zone: as ``StagingOptions.zone``, for this form alone.
        time_unit: as ``StagingOptions.time_unit``, for this form alone.
        conversion_touches: as ``StagingOptions.conversion_touches``, for this form alone.
    """

    rows: Rows
    files: Words | None = None
    columns: dict[str, Words] = {}
    constants: dict[str, Words] = {}
    values: dict[str, dict[str, Words]] = {}
    kinds: tuple[Words, ...] = Field(default=(), strict=False)
    types: dict[str, AttributeType] = {}
    delimiter: str | None = None
    separator: Words | None = None
    zone: Words | None = None
    time_unit: TimeUnit | None = None
    conversion_touches: bool | None = None

    @field_validator("delimiter")
    @classmethod
    def _one_plain_character(cls, delimiter: str | None) -> str | None:
        if delimiter is not None and (
            len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n\0\x1d'
        ):
            raise ValueError(f"must be one plain ASCII character, got {delimiter!r}")
        return delimiter

    @model_validator(mode="after")
    def _fields_exist(self) -> Self:
        fields = FIELDS[self.rows]
        for part in ("columns", "constants", "values"):
            for name in getattr(self, part):
                if name not in fields:
                    raise ValueError(
                        f"{part} names the field {name!r}; rows of {self.rows} have "
                        f"{', '.join(fields)}"
                    )
        for name in set(self.columns) & set(self.constants):
            raise ValueError(f"the field {name!r} is both a column and a constant")
        if self.types and self.rows != "customers":
            raise ValueError(f"types are for rows of customers, not of {self.rows}")
        return self


class Source(Declared):
    """What the files hold: the forms that each of them may have.

    Attributes:
        tables: the forms.
    """

    tables: tuple[Table, ...] = Field(min_length=1, strict=False)

    def with_columns(self, columns: Mapping[str, str]) -> Source:
        """The same source, with fields read from columns of another name.

        Raises:
            InputError: when no table or several of them have such a field.
        """
        tables = list(self.tables)
        for name, column in columns.items():
            having = [i for i, table in enumerate(tables) if name in FIELDS[table.rows]]
            if len(having) != 1:
                raise InputError(_not_one_field(name, [tables[i] for i in having], self.tables))
            table = tables[having[0]]
            tables[having[0]] = _checked(
                Table,
                {**table.model_dump(), "columns": {**table.columns, name: column}},
                f"the column for {name}",
            )
        return Source(tables=tuple(tables))


def _not_one_field(name: str, having: list[Table], tables: tuple[Table, ...]) -> str:
    if having:
        forms = " and ".join(table.rows for table in having)
        return f"the field {name!r} occurs in {forms}; name its column in a mapping file instead"
    names = ", ".join(dict.fromkeys(field for table in tables for field in FIELDS[table.rows]))
    return f"there is no field {name!r}; the fields are {names}"


def read_mapping(path: Path) -> Source:
    """Read a mapping from a TOML file; ``docs/loading.md`` describes it.

    Raises:
        InputError: it cannot be read, or has a mistake; the message names the first.
    """
    text = read_text(path, "mapping")
    try:
        declared = tomllib.loads(text)
    except ValueError as error:  # of TOML, or of a number with thousands of digits
        raise InputError(f"the mapping {path} is not TOML: {error}") from error
    except RecursionError as error:
        raise InputError(f"the mapping {path} is nested too deeply") from error
    return _checked(Source, declared, f"the mapping {path}")


def _checked(model: type[Model], declared: object, what: str) -> Model:
    try:
        return model.model_validate(declared)
    except ValidationError as error:
        raise InputError(f"{what} is wrong {_first_mistake(error)}") from error


def _first_mistake(error: ValidationError) -> str:
    mistake = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in mistake["loc"]) or "the top"
    message = mistake["msg"].removeprefix("Value error, ")
    message = {"extra_forbidden": "there is no such setting", "missing": "it is missing"}.get(
        mistake["type"], message
    )
    count = error.error_count() - 1
    more = f" (and {count} further mistake{'s' if count > 1 else ''})" if count else ""
    return f"at {place}: {message[:1].lower()}{message[1:]}{more}"

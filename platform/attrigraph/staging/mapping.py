"""Mappings that users declare: which columns of a file are which fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from attrigraph.domain.event_properties import PropertyType
from attrigraph.domain.zones import zone_named
from attrigraph.errors import InputError
from attrigraph.staging.channels.built_in import BuiltIn
from attrigraph.staging.channels.hosts import check_domain
from attrigraph.staging.declarations import Declared, Words, checked, validated
from attrigraph.staging.expressions import parse
from attrigraph.staging.fields import FIELDS, Rows
from attrigraph.staging.mapping_checks import mistakes_of
from attrigraph.staging.number_notations import Notation
from attrigraph.staging.options import TimeUnit
from attrigraph.staging.text_encoding import check_encoding, known_encoding
from attrigraph.staging.time_formats import check_time_format

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pydantic import ModelWrapValidatorHandler


AttributeType = PropertyType

SEPARATOR: Final = " > "
"""Default separator between the channels of a path."""


def _value(text: str) -> str:
    parse(text)
    return text


def _condition(text: str) -> str:
    parse(text, kind="boolean")
    return text


def _zone(name: str) -> str:
    try:
        zone_named(name)
    except InputError as error:
        raise ValueError(str(error)) from error
    return name


Expression = Annotated[Words, AfterValidator(_value)]
Condition = Annotated[Words, AfterValidator(_condition)]
Domain = Annotated[Words, AfterValidator(check_domain)]
Encoding = Annotated[Words, AfterValidator(check_encoding)]
TimeFormat = Annotated[Words, AfterValidator(check_time_format)]
Zone = Annotated[Words, AfterValidator(_zone)]


class Table(Declared):
    """One form of file.

    Attributes:
        rows: what its rows are.
        name: what messages call the form; None leaves it to ``rows``.
        files: which files have this form, as a pattern for their names (``touches-*.csv``); None
            leaves it to the columns.
        columns: field -> column, where the names differ.
        expressions: field -> expression of columns that gives its value.
        constants: field -> text that every row has.
        values: field -> value in the file -> what it means.
        kinds: further kinds of touches.
        conversions: names of the events for which ``is_conversion`` is true in expressions.
        where: condition of the rows that are read; the others are ignored.
        link_ignored: whether rows that are left out still join the ids that they name.
        ignore: words for kinds of events that are neither touch nor conversion; such rows are
            ignored.
        group: expression that is equal for the lines that are one row; of each column the first
            value that is not missing counts, and ``sum`` adds up over the lines.
        null: words that are missing values.
        numbers: how numbers are written, by the example of 1234.56.
        times: formats of times and dates that are not ISO 8601, as of ``strptime``.
        skip: lines before the header: how many, or the text with which each of them starts.
        preamble: whether lines without a fixed number or start come before the header, which is
            the first line with the necessary columns.
        footer: texts with which lines start that are no rows, such as a copyright or totals; they
            are ignored, with lines of one field around them after the last row.
        escaped: whether fields are never quoted, and a backslash stands before a tab, line end or
            backslash that is a part of a field.
        properties: property of events -> expression that gives its value.
        types: column -> type, for attributes of customers; property -> type, for events.
        delimiter: separator of the fields of a CSV file, one character.
        encoding: of CSV and JSON that are not UTF-8 and have no byte order mark; None for none.
        separator: separator of the channels of a path.
        zone: as ``StagingOptions.zone``, for this form alone.
        time_unit: as ``StagingOptions.time_unit``, for this form alone.
        conversion_touches: as ``StagingOptions.conversion_touches``, for this form alone.
        sessions: as ``StagingOptions.sessions``, for this form alone.
        channel_rules: name of the built-in rules that give channels to events without one;
            ``StagingOptions.channel_rules`` overrides it.
        own_domains: domains whose referrals are no sources, with the domains below them, besides
            those of ``StagingOptions.own_domains``.
        payment_referrals: whether referrals from payment providers are sources;
            ``StagingOptions.payment_referrals`` overrides it.
    """

    rows: Rows
    name: Words | None = None
    files: Words | None = None
    columns: dict[str, Words] = Field(default_factory=dict)
    expressions: dict[str, Expression] = Field(default_factory=dict)
    constants: dict[str, Words] = Field(default_factory=dict)
    values: dict[str, dict[str, Words]] = Field(default_factory=dict)
    kinds: tuple[Words, ...] = Field(default=(), strict=False)
    conversions: tuple[Words, ...] = Field(default=(), strict=False)
    where: Condition | None = None
    link_ignored: bool = False
    ignore: tuple[Words, ...] = Field(default=(), strict=False)
    group: Expression | None = None
    null: tuple[Words, ...] = Field(default=(), strict=False)
    numbers: Notation = "1234.56"
    times: tuple[TimeFormat, ...] = Field(default=(), strict=False)
    skip: Annotated[int, Field(ge=0)] | Words = 0
    properties: dict[str, Expression] = Field(default_factory=dict)
    types: dict[str, AttributeType] = Field(default_factory=dict)
    preamble: bool = False
    footer: tuple[Words, ...] = Field(default=(), strict=False)
    escaped: bool = False
    delimiter: str | None = None
    encoding: Encoding | None = None
    separator: Words | None = None
    zone: Zone | None = None
    time_unit: TimeUnit | None = None
    conversion_touches: bool | None = None
    sessions: bool | None = None
    channel_rules: BuiltIn = "classic"
    own_domains: tuple[Domain, ...] = Field(default=(), strict=False)
    payment_referrals: bool = False

    @field_validator("delimiter")
    @classmethod
    def _one_plain_character(cls, delimiter: str | None) -> str | None:
        if delimiter is not None and (
            len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n\0\x1d'
        ):
            raise ValueError(f"must be one plain ASCII character, got {delimiter!r}")
        return delimiter

    @model_validator(mode="wrap")
    @classmethod
    def _lists_every_mistake(
        cls, declared: object, validate: ModelWrapValidatorHandler[Self]
    ) -> Self:
        own = list(mistakes_of(declared)) if isinstance(declared, dict) else []
        return validated(declared, validate, own)


class Source(Declared):
    """What the files hold: the forms that each of them may have.

    Attributes:
        description: what the files are, for people.
        tables: the forms.
    """

    description: Words | None = None
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
            tables[having[0]] = checked(
                Table,
                {**table.model_dump(), "columns": {**table.columns, name: column}},
                f"the column for {name}",
            )
        return Source(description=self.description, tables=tuple(tables))

    def with_conversions(self, names: Sequence[str]) -> Source:
        """The same source with other events as conversions, where tables state them by name.

        Raises:
            InputError: no table does.
        """
        if not any(table.conversions for table in self.tables):
            raise InputError(
                "the files have no events whose names decide whether they are conversions; leave "
                "out --conversion-events"
            )
        tables = [
            table.model_copy(update={"conversions": tuple(names)}) if table.conversions else table
            for table in self.tables
        ]
        return Source(description=self.description, tables=tuple(tables))

    def with_numbers(self, notation: Notation) -> Source:
        """The same source, of whose files all write numbers in this notation."""
        tables = [table.model_copy(update={"numbers": notation}) for table in self.tables]
        return Source(description=self.description, tables=tuple(tables))

    def with_encoding(self, encoding: str) -> Source:
        """The same source, of whose files all text has this encoding unless a table states one.

        Raises:
            InputError: there is no such encoding.
        """
        known = known_encoding(encoding)
        tables = [
            table.model_copy(update={"encoding": table.encoding or known}) for table in self.tables
        ]
        return Source(description=self.description, tables=tuple(tables))

    def without_encodings(self, names: Collection[str | None]) -> Source:
        """The same source, of whose files none has one of these encodings."""
        tables = [
            table.model_copy(update={"encoding": None}) if table.encoding in names else table
            for table in self.tables
        ]
        return Source(description=self.description, tables=tuple(tables))


def _not_one_field(name: str, having: list[Table], tables: tuple[Table, ...]) -> str:
    if having:
        rows = list(dict.fromkeys(table.rows for table in having))
        forms = " and ".join(rows) if len(rows) > 1 else f"several forms of {rows[0]}"
        return f"the field {name!r} occurs in {forms}; name its column in a mapping file instead"
    names = ", ".join(dict.fromkeys(field for table in tables for field in FIELDS[table.rows]))
    return f"there is no field {name!r}; the fields are {names}"

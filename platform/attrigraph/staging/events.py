"""Rows of events: checked, typed, and put into ``event_store``, their names into ``event_label``.

Names are looked at once for each combination of them that occurs, and not in every row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.domain.placeholders import MISSING_WORDS
from attrigraph.domain.touch_kinds import TOUCH_KINDS
from attrigraph.staging import event_properties, refund_rows
from attrigraph.staging.channels.assignment import ChannelAssignment
from attrigraph.staging.channels.origins import UTM_FIELDS, RowTexts
from attrigraph.staging.columns import (
    MAX_NAME_BYTES,
    FieldSql,
    flag,
    nameless,
    number_error,
    whole,
    whole_error,
    with_text,
)
from attrigraph.staging.event_currencies import currency_error, currency_of
from attrigraph.staging.event_ids import DIGEST, IS_DERIVABLE
from attrigraph.staging.event_rows import NAMES_HASH, UTM
from attrigraph.staging.kinds import CONVERSION
from attrigraph.staging.local_times import LocalTimes
from attrigraph.staging.placeholders import PLACEHOLDERS, is_placeholder, named, stated_id
from attrigraph.staging.times import (
    check_zone,
    finer_digits,
    instant_micros,
    is_date,
    local_time,
    millisecond,
    nanosecond,
    time_error,
    zoned_time,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb

    from attrigraph.domain.event_properties import PropertyType
    from attrigraph.staging.bindings import Binding
    from attrigraph.staging.channels.policy import ChannelPolicy
    from attrigraph.staging.options import StagingOptions

EVALUATED: Final = "evaluated_rows"
"""Name of the prepared rows with their expressions evaluated, since each is used repeatedly."""

LABEL_NAMES: Final = {
    "raw_kind": ("kind",),
    "channel": ("channel",),
    "campaign": ("campaign", "utm_campaign"),
    "creative": ("creative", "utm_content"),
    "audience": ("audience",),
}
ROW_NAMES: Final = {
    "id": ("event_id", "order_id"),
    "customer": ("customer_id", "user_id"),
    "person": ("user_id",),
    "account": ("account_id",),
    "order_id": ("order_id",),
    "message_id": ("message_id",),
}
"""Columns of labels and of rows whose texts the graph indexes, and the fields that give them."""

LABEL_FIELDS: Final = (
    "kind",
    "channel",
    "campaign",
    "creative",
    "audience",
    "currency",
    *UTM_FIELDS,
    "ad_network",
)
"""Fields that decide on the names of an event, with the referrer if channel rules compare it."""

CAMPAIGN_FIELDS: Final = ("campaign", "utm_campaign", "creative", "utm_content")
"""Fields in which exports have words for no campaign."""

PREFIX: Final = len(CONVERSION) + 1

CONVERTS: Final = (
    f"coalesce(raw_kind = '{CONVERSION}', false) OR "
    f"starts_with(raw_kind, '{CONVERSION}:') AND length(raw_kind) > {PREFIX}"
)
"""SQL of whether a row is a conversion."""

DAY_MICROS: Final = """
epoch_us(CASE WHEN local_status = 'gap-time' THEN start ELSE local END) - ahead * 1000000
    - CASE WHEN conversion THEN 1 ELSE 0 END
"""
"""SQL of the start of a day, of a conversion the last microsecond before the next day starts.

Where clocks skip midnight, the day starts when they have; where they strike it twice, at the first.
"""


FURTHER_FIELDS: Final = {
    "position": "position",
    "cost": "cost",
    "session": "session",
    "user_id": "person",
    "account_id": "account",
    "refunded": "refunded",
    "cancelled": "cancelled",
    "order_id": "order_id",
    "message_id": "message_id",
    "currency": "currency",
}
"""Fields that columns of ``event_rows.FURTHER`` are made of."""


def further_columns(binding: Binding, *, properties: bool) -> list[str]:
    """The columns of ``event_rows.FURTHER`` that the rows of a file of events may have."""
    given = ["property"] if properties and binding.table.properties else []
    given += [column for field, column in FURTHER_FIELDS.items() if binding.gives(field)]
    # where events have no ids of their own, orders give them
    return given if binding.gives("event_id") else [one for one in given if one != "order_id"]


class EventWriter:
    """Writes the chunks of one file of events.

    Args:
        database: where.
        binding: of the file.
        options: how to read it.
        policy: how sources become channels.
        file: its number.
        makes_ids: whether all events get an id at once; else those that keep their content to the
            end get it there.
        properties: the properties that any file may give, with their types.
    """

    def __init__(
        self,
        database: duckdb.DuckDBPyConnection,
        binding: Binding,
        options: StagingOptions,
        policy: ChannelPolicy,
        file: int,
        *,
        makes_ids: bool,
        properties: Mapping[str, PropertyType],
    ) -> None:
        table = binding.table
        self._database = database
        self._fields = FieldSql(binding)
        self._file = file
        self._unit = table.time_unit or options.time_unit
        zone = table.zone or options.zone
        if zone is not None:
            check_zone(database, zone)
        self._is_instant = self._fields.is_typed("timestamp")
        self._local = LocalTimes(database, zone) if zone and not self._is_instant else None
        touches = table.conversion_touches
        self._also_touch = options.conversion_touches if touches is None else touches
        self._makes_ids = "true" if makes_ids else "false"
        self._kinds = [*TOUCH_KINDS, *table.kinds]
        self._refunds = [kind for kind in refund_rows.KINDS if kind not in table.kinds]
        self._binding, self._options = binding, options
        named = properties if binding.table.properties else {}
        self._properties = dict(zip(event_properties.columns(named), named.items(), strict=True))
        self._keeps_properties = options.event_properties and bool(named)
        terms = ("utm_term",) if options.event_properties else ()
        self._texts = texts = RowTexts(self._fields, terms)
        self._rows = EVALUATED if binding.computed or texts.columns else "prepared"
        self._channels = ChannelAssignment(
            database, policy, texts, self._fields, file, "label_text"
        )
        compared = [name for name in policy.rules.fields if name == "referrer"]
        given = self._fields.columns_of((*LABEL_FIELDS, *terms, *compared))
        self._label_columns = [*given, *texts.names]
        self._no_campaign = self._fields.parameter("no_campaign", list(PLACEHOLDERS))

    def write(self) -> None:
        """Put ``prepared`` into ``event``."""
        if self._rows == EVALUATED:
            columns = ", ".join(["*", *self._texts.columns])
            self._run(f"CREATE OR REPLACE TEMP TABLE {EVALUATED} AS SELECT {columns} FROM prepared")
        self._write_labels()
        if self._refunds and self._has_refunds():
            self._write_refunds()
        source = self._labelled(
            f"(SELECT *, {self._fields.plain('timestamp')} AS stamp FROM {self._rows})"
        )
        if self._local is not None:
            self._run(
                f"CREATE OR REPLACE TEMP TABLE stamped AS "
                f"SELECT *, coalesce({is_date('stamp')}, false) AS dated, "
                f"{local_time('stamp')} + CASE WHEN dated AND conversion THEN INTERVAL 1 DAY "
                f"ELSE INTERVAL 0 DAY END AS local FROM {source}"
            )
            self._local.cover("local", "stamped")
            source = (
                "(SELECT stamped.*, ahead, status AS local_status, start "
                "FROM stamped ASOF LEFT JOIN local_segment ON local >= start)"
            )
        if self._keeps_properties:
            self._write_properties()
        self._run(self._insert(source))

    def _write_properties(self) -> None:
        """Make ``property_row``, with the combinations of properties that occur."""
        texts = ", ".join(
            f"{self._fields.property(name)} AS {column}"
            for column, (name, _) in self._properties.items()
        )
        names = ", ".join(self._properties)
        self._run(
            "CREATE OR REPLACE TEMP TABLE property_row AS "
            "SELECT nextval('property_code')::INTEGER AS code, * FROM ("
            f"SELECT DISTINCT {texts} FROM {self._rows}) WHERE coalesce({names}) IS NOT NULL"
        )
        self._run("INSERT INTO event_property FROM property_row")

    def _labelled(self, rows: str) -> str:
        """SQL of rows with the columns of their labels."""
        columns = self._label_columns
        equal = [f"given.{name} IS NOT DISTINCT FROM own.{name}" for name in columns]
        hidden = f" EXCLUDE ({', '.join(columns)})" if columns else ""
        return (
            f"(SELECT given.*, own.*{hidden} FROM {rows} AS given "
            f"JOIN label_row AS own ON {' AND '.join(equal) or 'true'})"
        )

    def _has_refunds(self) -> bool:
        """Whether any of the rows is a refund, as their kinds show."""
        sql = f"SELECT 1 FROM ({self._names()}) WHERE {self._is_refund()} LIMIT 1"
        return bool(self._database.execute(sql, self._fields.used(sql)).fetchall())

    def _write_refunds(self) -> None:
        """Put the rows that are refunds into ``refund``."""
        stamp, kind = self._fields.text("timestamp"), self._fields.text("kind")
        rows = f"(SELECT *, {stamp} AS stamp, {kind} AS raw_kind FROM {self._rows})"
        refund_rows.write_events(
            self._database,
            self._binding,
            self._options,
            self._fields,
            f"{rows} WHERE {self._is_refund()}",
            self._file,
        )

    def _is_refund(self) -> str:
        kinds = self._fields.parameter("refund_kinds", self._refunds)
        return f"coalesce(list_contains({kinds}::VARCHAR[], raw_kind), false)"

    def _write_labels(self) -> None:
        """Make ``label_row``, which has a row for each combination of texts that occurs."""
        columns = ", ".join(self._label_columns) or "true"
        texts = f"SELECT DISTINCT {columns} FROM {self._rows}"
        self._run(f"CREATE OR REPLACE TEMP TABLE label_text AS {texts}")
        self._channels.add()
        self._run(f"CREATE OR REPLACE TEMP TABLE label_row AS {self._labels()}")
        names = "label, conversion, kind, channel, campaign, creative, audience, also_touch"
        self._run(
            f"INSERT INTO event_label SELECT {names}, channel_key, {NAMES_HASH}, "
            f"{', '.join(UTM)} FROM label_row"
        )

    def _labels(self) -> str:
        """SQL of labels, with what is wrong with their texts and the texts themselves."""
        shown = self._fields.shown
        kinds = self._fields.parameter("kinds", self._kinds)
        also_touch = "true" if self._also_touch else "false"
        return f"""
            SELECT nextval('label_number') AS label, conversion AND {also_touch} AS also_touch,
                CASE WHEN conversion AND raw_kind <> '{CONVERSION}'
                    THEN substr(raw_kind, {PREFIX + 1}) ELSE raw_kind END AS kind,
                CASE WHEN raw_kind IS NULL THEN 'missing-kind'{shown("kind", "raw_kind")}
                    WHEN NOT conversion AND NOT list_contains({kinds}::VARCHAR[], raw_kind)
                    THEN 'unknown-kind'{shown("kind", "raw_kind")} END AS kind_error,
                {currency_error("currency", shown("currency", "currency"))} AS currency_error,
                {self._name_error(LABEL_NAMES)} AS name_error,
                kind_error IS NULL AND currency_error IS NULL AND name_error IS NULL AS clean, *
            FROM ({self._names()}) WHERE NOT {self._is_refund()}"""

    def _names(self) -> str:
        """SQL of the names of labels, with the texts that they are made of."""
        text = self._fields.text
        given = "".join(f", {name}" for name in self._label_columns)
        return f"""
            SELECT {text("kind")} AS raw_kind, {CONVERTS} AS conversion,
                {self._fields.text_or("channel", "source_channel")} AS channel,
                CASE WHEN {text("channel")} IS NULL THEN source_key END AS channel_key,
                coalesce({self._named("campaign")}, {self._named("utm_campaign")}) AS campaign,
                coalesce({self._named("creative")}, {_creative(self._named("utm_content"))})
                    AS creative,
                {text("audience")} AS audience, {self._utm()},
                {currency_of(text("currency"))} AS currency,
                {self._placeholder()} AS placeholder{given}
            FROM {self._channels.joined("label_text")}"""

    def _utm(self) -> str:
        """SQL of the UTM fields that touches keep."""
        keep = self._options.event_properties
        texts = (self._texts.text(name) if keep else "NULL::VARCHAR" for name in UTM)
        return ", ".join(f"{text} AS {name}" for text, name in zip(texts, UTM, strict=True))

    def _run(self, sql: str) -> None:
        self._database.execute(sql, self._fields.used(sql))

    def _insert(self, source: str) -> str:
        text, plain = self._fields.text, self._fields.plain
        file = self._fields.parameter("file", self._file)
        typed = f"""
            SELECT line, error, stamp, {self._status()} AS local_status, {self._dated()} AS dated,
                {self._micros()} AS micros, {self._finer()} AS finer,
                {millisecond("micros")} AS time,
                {nanosecond("micros", "time", "finer")} AS nanosecond,
                {self._id()} AS id, {self._order()} AS order_id,
                {text("message_id")} AS message_id, {text("user_id")} AS person,
                {plain("refunded")} AS raw_refunded, {text("cancelled")} AS raw_cancelled,
                {self._fields.number("refunded", "raw_refunded")} AS refunded,
                {flag("raw_cancelled")} AS cancelled,
                {text("account_id")} AS account,
                coalesce({text("customer_id")}, person) AS customer,
                label, conversion, kind, channel, campaign, creative, audience, also_touch,
                kind_error, currency_error, name_error, clean, currency, placeholder,
                {plain("cost")} AS raw_cost, {plain("value")} AS raw_value,
                {text("session")} AS session,
                {text("position")} AS raw_position, {text("converted")} AS flag,
                {self._fields.number("cost", "raw_cost")} AS cost,
                {self._fields.number("value", "raw_value")} AS value{self._property_texts()}
            FROM {source}"""
        judged = f"""
            SELECT *, CASE WHEN {self._is_fine()} THEN NULL
                    ELSE coalesce(error, {self._reason()}) END AS reason,
                coalesce(TRY_CAST({whole("raw_position")} AS INTEGER), 0) AS position
            FROM ({typed})"""
        own = f"chr(0) || customer || chr(0) || {DIGEST}"
        further = "".join(f", {sql} AS {name}" for name, sql in self._further())
        made = f"CASE WHEN {self._makes_ids} OR NOT ({IS_DERIVABLE}) THEN {own} END"
        return f"""
            INSERT INTO event_store BY NAME
            SELECT {file} AS file, line, label, reason,
                CASE WHEN reason IS NULL THEN coalesce(id, {made}) END AS id,
                customer, time, nanosecond,
                CASE WHEN conversion THEN coalesce(value, 0) END AS value, placeholder{further}
            FROM ({judged}) AS judged{self._property_join()}"""

    def _property_texts(self) -> str:
        return "".join(
            f", {self._fields.property(name)} AS {column}"
            for column, (name, _) in self._properties.items()
        )

    def _property_join(self) -> str:
        """SQL that joins rows with the number of their properties."""
        if not self._keeps_properties:
            return ""
        equal = [f"own.{name} IS NOT DISTINCT FROM judged.{name}" for name in self._properties]
        return f" LEFT JOIN property_row AS own ON {' AND '.join(equal)}"

    def _further(self) -> Iterator[tuple[str, str]]:
        """Columns of ``FURTHER`` that the file has, and their SQL."""
        sql = {
            "cost": "CASE WHEN NOT conversion OR also_touch THEN cost END",
            "person": "CASE WHEN person <> customer THEN person END",
            "message_id": "CASE WHEN conversion AND message_id <> id THEN message_id END",
            "property": "own.code",
        }
        for name in further_columns(self._binding, properties=self._keeps_properties):
            yield name, sql.get(name, name)

    def _id(self) -> str:
        """SQL of an event's own id; a conversion without one has that of its order.

        Words for missing ids matter in conversions, where exports write them for unknown orders.
        """
        own = f"coalesce({self._stated('event_id')}, {self._stated('order_id')})"
        return f"CASE WHEN conversion THEN {own} ELSE {self._fields.text('event_id')} END"

    def _order(self) -> str:
        """SQL of the id of a conversion's order, where the conversion has another id."""
        order = self._stated("order_id")
        return f"CASE WHEN conversion AND {self._stated('event_id')} <> {order} THEN {order} END"

    def _stated(self, name: str) -> str:
        """SQL of an id, NULL where it is a word for a missing one."""
        words = self._fields.parameter("missing_ids", list(MISSING_WORDS))
        return stated_id(self._fields.text(name), words)

    def _named(self, name: str) -> str:
        """SQL of a field, NULL where it has a word for no campaign."""
        text = self._texts.text(name)
        return named(text, self._no_campaign) if self._texts.has(name) else text

    def _placeholder(self) -> str:
        """SQL of whether a field has a word for no campaign."""
        given = [self._texts.text(name) for name in CAMPAIGN_FIELDS if self._texts.has(name)]
        tests = [f"coalesce({is_placeholder(text, self._no_campaign)}, false)" for text in given]
        return " OR ".join(tests) or "false"

    def _dated(self) -> str:
        return "false" if self._local is None else "dated"

    def _micros(self) -> str:
        if self._is_instant:
            return instant_micros("stamp")
        zoned = zoned_time("stamp", self._unit)
        if self._local is None:
            return zoned
        return (
            f"CASE WHEN dated THEN {DAY_MICROS} WHEN local IS NULL THEN {zoned} "
            "WHEN local_status IS NULL THEN epoch_us(local) - ahead * 1000000 END"
        )

    def _finer(self) -> str:
        finer = "0" if self._is_instant else finer_digits("stamp", self._unit)
        if self._local is None:
            return finer
        return f"CASE WHEN dated THEN CASE WHEN conversion THEN 999 ELSE 0 END ELSE {finer} END"

    def _status(self) -> str:
        return "NULL::VARCHAR" if self._local is None else "local_status"

    def _is_fine(self) -> str:
        """SQL of whether nothing is wrong with a row, which takes less time than to find what is.

        It may be NULL or false of rows that are fine.
        """
        checks = ["error IS NULL", "clean", "customer >= '!'", "time IS NOT NULL"]
        names = [name for name, given in ROW_NAMES.items() if any(map(self._fields.has, given))]
        lengths = ", ".join(f"strlen({name})" for name in names)
        checks += [f"greatest({lengths}) <= {MAX_NAME_BYTES}"]
        return " AND ".join([*checks, *(fine for fine, _ in self._errors())])

    def _reason(self) -> str:
        return f"""CASE
            WHEN {nameless("customer")} THEN 'missing-id'{self._shown_id()}
            WHEN kind_error IS NOT NULL THEN kind_error
            WHEN name_error IS NOT NULL THEN name_error
            ELSE coalesce({self._name_error(ROW_NAMES)}, {self._time_error()},
                {", ".join(error for _, error in self._errors())}) END"""

    def _name_error(self, names: Mapping[str, Sequence[str]]) -> str:
        """SQL of which of the names, by the fields that may give them, is too long."""
        given = {name: self._fields.first_given(*fields) for name, fields in names.items()}
        return self._fields.name_error(given)

    def _shown_id(self) -> str:
        name = "customer_id" if self._fields.has("customer_id") else "user_id"
        return self._fields.shown(name, "customer")

    def _time_error(self) -> str:
        text, zoned = "stamp::VARCHAR", self._local is not None
        shown = self._fields.shown("timestamp", text)
        return time_error(text, "time", shown, zone=zoned, unit=self._unit)

    def _errors(self) -> Iterator[tuple[str, str]]:
        """SQL of whether other fields that are there are fine, and of what is wrong, else NULL."""
        shown, has = self._fields.shown, self._fields.has
        for name in filter(has, ("cost", "value", "refunded")):
            fine = f"(raw_{name} IS NULL OR {name} >= 0 AND isfinite({name}))"
            yield fine, number_error(f"raw_{name}", name, shown(name, f"raw_{name}::VARCHAR"))
        yield "true", "currency_error"  # it is in clean
        if has("cancelled"):
            wrong = "raw_cancelled IS NOT NULL AND cancelled IS NULL"
            yield _where(wrong, f"'bad-flag'{shown('cancelled', 'raw_cancelled')}")
        if has("position"):
            wrong = _position_error("raw_position", shown("position", "raw_position"))
            error = f"CASE WHEN raw_position IS NOT NULL THEN {wrong} END"
            yield f"({error}) IS NULL", error
        if has("converted"):
            wrong = f"flag IS NOT NULL AND {flag('flag')} IS DISTINCT FROM conversion"
            yield _where(wrong, f"'flag-mismatch'{shown('converted', 'flag')}")
        if has("cost") and not self._also_touch:
            reason = f"'cost-on-conversion'{shown('cost', 'raw_cost::VARCHAR')}"
            yield _where("conversion AND cost <> 0", reason)
        if has("value"):
            reason = f"'value-on-touch'{shown('value', 'raw_value::VARCHAR')}"
            yield _where("NOT conversion AND value <> 0", reason)
        for name, test in (("refunded", "refunded > 0"), ("cancelled", "cancelled")):
            if has(name):
                reason = f"'refund-on-touch'{shown(name, f'raw_{name}::VARCHAR')}"
                yield _where(f"NOT conversion AND {test}", reason)
        for column, (name, kind) in self._properties.items():
            if kind != "text":
                label = self._fields.parameter(f"label_{column}", name)
                wrong = f"{column} IS NOT NULL AND NOT {event_properties.is_of_type(column, kind)}"
                yield _where(wrong, f"'bad-type'{with_text(label, column)}")


def _where(wrong: str, reason: str) -> tuple[str, str]:
    """SQL of whether a condition does not hold, and of a reason where it does."""
    return f"({wrong}) IS NOT TRUE", f"CASE WHEN {wrong} THEN {reason} END"


def _creative(content: str) -> str:
    """SQL of a creative from utm_content, which is unique within one campaign only."""
    return f"coalesce(campaign || '/' || {content}, {content})"


def _position_error(text: str, shown: str) -> str:
    """SQL: a position must fit in 32 bits."""
    return (
        f"coalesce({whole_error(text, shown)}, "
        f"CASE WHEN {whole(text)} > 2147483647 THEN 'bad-count'{shown} END)"
    )

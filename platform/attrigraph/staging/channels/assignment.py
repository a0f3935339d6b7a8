"""Gives channels to events by rules, once for each combination of texts that the rules compare.

``channel_source`` holds these combinations. The texts of many events are few, and patterns of hosts
are costly, so that the rules are applied to combinations and not to events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.staging.channels.rule_set import RULE_FIELDS
from attrigraph.staging.channels.sql import channel_of, compared, rule_number

if TYPE_CHECKING:
    import duckdb

    from attrigraph.staging.channels.rule_set import ChannelRules
    from attrigraph.staging.columns import FieldSql

CREATE: Final = f"""
CREATE TEMP TABLE channel_source (
    key INTEGER, file INTEGER, {", ".join(f"{name} VARCHAR" for name in RULE_FIELDS)},
    rule INTEGER, channel VARCHAR);
CREATE TEMP SEQUENCE channel_key START 1
"""
"""``rule`` is the number of the rule that gives ``channel``, from 1, and 0 where none fits."""

OTHER_FIELDS: Final = {"campaign": ("campaign",)}
"""Fields that take the place of the one in ``RULE_FIELDS`` where that is missing."""


class ChannelAssignment:
    """Gives channels to the events of one file.

    Args:
        database: where ``channel_source`` is.
        rules: the rules of the file.
        fields: SQL of its fields.
        file: its number.
        rows: name of the table or view of rows at hand.
    """

    def __init__(
        self,
        database: duckdb.DuckDBPyConnection,
        rules: ChannelRules,
        fields: FieldSql,
        file: int,
        rows: str,
    ) -> None:
        self._database = database
        self._rules = rules
        self._fields = fields
        self._file = fields.parameter("file", file)
        self._texts = {name: text for name in rules.fields if (text := self._text(name))}
        self._insert = self._insert_sql(rows)

    @property
    def gives(self) -> bool:
        """Whether the file has any field that the rules are about."""
        return bool(self._texts)

    def add(self) -> None:
        """Put the combinations of the rows that are new into ``channel_source``."""
        if self.gives:
            self._database.execute(self._insert, self._fields.used(self._insert))

    def joined(self, rows: str) -> str:
        """SQL of rows with ``source_key`` and ``source_channel``, NULL where no text is given."""
        if not self.gives:
            return f"""(
                SELECT *, NULL::INTEGER AS source_key, NULL::VARCHAR AS source_channel
                FROM {rows})"""
        equal = " AND ".join(f"known.{name} = {text}" for name, text in self._texts.items())
        return f"""(
            SELECT given.*, known.key AS source_key, known.channel AS source_channel
            FROM {rows} AS given LEFT JOIN channel_source AS known
            ON known.file = {self._file} AND {equal})"""

    def _text(self, name: str) -> str | None:
        """SQL of the text that rules compare, None if the file has no field for it."""
        names = [RULE_FIELDS[name], *OTHER_FIELDS.get(name, ())]
        given = [self._fields.text(field) for field in names if self._fields.has(field)]
        return compared(f"coalesce({', '.join(given)})") if given else None

    def _insert_sql(self, rows: str) -> str:
        fields = self._rules.fields
        names = ", ".join(fields)
        texts = ", ".join(f"{self._texts.get(name, repr(''))} AS {name}" for name in fields)
        present = " OR ".join(f"{name} <> ''" for name in fields)
        equal = " AND ".join(f"known.{name} = given.{name}" for name in fields)
        return f"""
            INSERT INTO channel_source (key, file, {names}, rule, channel)
            SELECT nextval('channel_key'), {self._file}, {names}, number,
                {channel_of(self._rules, "number", self._parameter)}
            FROM (
                SELECT *, {rule_number(self._rules, self._parameter)} AS number
                FROM (SELECT DISTINCT {texts} FROM {rows}) AS given
                WHERE ({present}) AND NOT EXISTS (
                    FROM channel_source AS known WHERE known.file = {self._file} AND {equal}))"""

    def _parameter(self, value: object) -> str:
        return self._fields.parameter(f"rules_{len(self._fields.parameters)}", value)

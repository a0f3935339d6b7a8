"""Gives channels to events by rules, once for each combination of texts that the rules compare.

``channel_source`` holds these combinations. The texts of many events are few, and patterns of hosts
are costly, so that the rules are applied to combinations and not to events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.staging.channels.origins import MISSING, with_sources
from attrigraph.staging.channels.sql import channel_of, rule_number

if TYPE_CHECKING:
    import duckdb

    from attrigraph.staging.channels.origins import RowTexts
    from attrigraph.staging.channels.policy import ChannelPolicy
    from attrigraph.staging.columns import FieldSql

CREATE: Final = f"""
CREATE TEMP TABLE channel_source (
    key INTEGER, file INTEGER,
    {", ".join(f"{name} {'BOOLEAN' if name == 'own' else 'VARCHAR'}" for name in MISSING)},
    source VARCHAR, medium VARCHAR, excluded BOOLEAN, rule INTEGER, channel VARCHAR);
CREATE TEMP SEQUENCE channel_key START 1
"""
"""``rule`` is the number of the rule that gives ``channel``, from 1, and 0 where none fits.

It is NULL where nothing states a source, or only a referral that is excluded.
"""


class ChannelAssignment:
    """Gives channels to the events of one file.

    Args:
        database: where ``channel_source`` is.
        policy: how sources become channels.
        texts: what the rows state about their sources.
        fields: SQL of the file's fields.
        file: its number.
        rows: name of the table or view of rows at hand.
    """

    def __init__(
        self,
        database: duckdb.DuckDBPyConnection,
        policy: ChannelPolicy,
        texts: RowTexts,
        fields: FieldSql,
        file: int,
        rows: str,
    ) -> None:
        self._database = database
        self._policy = policy
        self._fields = fields
        self._file = fields.parameter("file", file)
        self._texts = texts.compared(policy.rules.fields)
        self._insert = self._insert_sql(rows)

    @property
    def gives(self) -> bool:
        """Whether the file has any text that sources or rules are about."""
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
            ON known.file = {self._file} AND {equal} AND (rule IS NOT NULL OR excluded))"""

    def _insert_sql(self, rows: str) -> str:
        rules, names = self._policy.rules, ", ".join(MISSING)
        present = " OR ".join(
            f"{name} <> ''" for name in dict.fromkeys(("source", "medium", *rules.fields))
        )
        return f"""
            INSERT INTO channel_source
            SELECT nextval('channel_key'), {self._file}, {names}, source, medium, excluded, number,
                {channel_of(rules, "number", self._parameter)}
            FROM (
                SELECT *, CASE WHEN {present} THEN {rule_number(rules, self._parameter)} END
                    AS number
                FROM ({self._with_sources(rows)}))"""

    def _with_sources(self, rows: str) -> str:
        """SQL of the combinations that are new, with their sources."""
        given = MISSING | self._texts
        texts = ", ".join(f"{text} AS {name}" for name, text in given.items())
        equal = " AND ".join(f"known.{name} = given.{name}" for name in self._texts)
        combinations = f"""(
            FROM (SELECT DISTINCT {texts} FROM {rows}) AS given WHERE NOT EXISTS (
                FROM channel_source AS known WHERE known.file = {self._file} AND {equal}))"""
        return with_sources(combinations, self._policy, self._parameter)

    def _parameter(self, value: object) -> str:
        return self._fields.parameter(f"rules_{len(self._fields.parameters)}", value)

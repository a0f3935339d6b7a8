"""The way of rows through a staging: imported file by file, resolved, ordered, counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attrigraph.domain.identities import JoinedIds
from attrigraph.errors import InputError
from attrigraph.staging import (
    accounts,
    ad_days,
    campaign_tree,
    creative_campaigns,
    creative_days,
    criteo,
    customer_rows,
    daily_rows,
    event_currencies,
    event_ids,
    event_properties,
    event_rows,
    event_tables,
    events,
    experiment_rows,
    identities,
    identity_rows,
    ledger,
    notes,
    order_line_rows,
    path_channels,
    path_rows,
    reference_rows,
    references,
    refund_rows,
    spend_claims,
    touch_ids,
)
from attrigraph.staging.channels import assignment
from attrigraph.staging.channels.built_in import built_in_rules
from attrigraph.staging.channels.hosts import check_domain
from attrigraph.staging.channels.policy import ChannelPolicy
from attrigraph.staging.channels.use import store_use
from attrigraph.staging.duplicates import resolve_duplicates
from attrigraph.staging.event_groups import count_groups
from attrigraph.staging.ledger import Ledger
from attrigraph.staging.mapping import SEPARATOR
from attrigraph.staging.order import know_ids, number_customers, order_events
from attrigraph.staging.order_decimals import read_as_whole
from attrigraph.staging.preparation import Preparation
from attrigraph.staging.purchases import resolve_purchases
from attrigraph.staging.sessions import join_sessions
from attrigraph.staging.tombstones import leave_out_erased

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import duckdb

    from attrigraph.domain import References
    from attrigraph.staging.bindings import Binding
    from attrigraph.staging.channels import ChannelRules
    from attrigraph.staging.chunks import Chunk
    from attrigraph.staging.mapping import AttributeType
    from attrigraph.staging.options import StagingOptions

DAILY: Final = {"spend": daily_rows.SPEND, "claims": daily_rows.CLAIMS}
"""Tables of figures per day, by kind of rows."""

CLOSED: Final = (
    "event_row",
    "path_row",
    "journey_row",
    "journey_touch",
    "creative_day",
    "customer_attribute",
    "experiment",
    "identity",
    "refund",
    "order_line",
    *(table.name for table in DAILY.values()),
    *(reference_rows.table_name(rows) for rows in reference_rows.ATTRIBUTES),
)
"""Tables whose rows may have a reason."""

CRITEO: Final = frozenset({"criteo-touchpoints", "criteo-journeys"})
"""Kinds of rows of the preset ``criteo-journeys``, which become events together."""

EVENT_CONTENT: Final = ("time", "nanosecond", "owner", *event_ids.CONTENT[2:])
"""Columns in which rows of one event agree, in the order that decides between others."""

IDENTITY: Final = "concat_ws(chr(0), anonymous, person, since)"
"""SQL of what makes a link: rows that are equal in it are one."""

IDS_OF_EVENTS: Final = """
SELECT raw_id, true AS active
FROM (SELECT DISTINCT customer AS raw_id FROM event_row WHERE reason IS NULL)
"""
"""Ids that rows of events name, which are the customers unless ids are joined."""

CUSTOMERS_OF_EVENTS: Final = f"""
SELECT raw_id, true AS active FROM (
    SELECT DISTINCT coalesce(owner, raw_id) AS raw_id
    FROM ({IDS_OF_EVENTS}) LEFT JOIN identity_owner ON identity_owner.id = raw_id)
"""
"""Customers of events, as the files name them."""

CUSTOMERS: Final = """
SELECT raw_id, bool_or(active) AS active FROM (
    FROM ({of_events})
    UNION ALL SELECT customer, false FROM customer_attribute WHERE reason IS NULL)
GROUP BY raw_id
"""
"""All customers as the files name them, and whether an event is theirs, where attributes are."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a staging knows once all rows are imported.

    Attributes:
        files: names of the files, by number.
        read: rows that were read.
        taken: rows that are taken.
        duplicates: rows that equal one that is taken.
        ignored: rows that the mapping leaves out, and rows of erased customers.
        merged: rows that became part of the row of another line.
        rejected: rows that are not taken.
        wanted: rows of each file, by its number, that are neither ignored nor merged.
        references: what touches and tables refer to.
        properties: types of the properties of events that the files may give, by name.
        attributes: names of the attributes of customers.
        types: the type of each attribute that any customer has.
        separator: separator of the channels of a path; None when no paths were read.
        joined: what became of ids that belong to one person.
        channel_rules: rules that give channels, by the number of the file; None for files without
            events.
        currency: code of the currency of all amounts of events; None where it is not known.
        notes: sentences about what a reader may not expect.
    """

    files: tuple[str, ...]
    read: int
    taken: int
    duplicates: int
    ignored: int
    merged: int
    rejected: int
    wanted: dict[int, int]
    references: References
    properties: dict[str, AttributeType]
    attributes: tuple[str, ...]
    types: dict[str, AttributeType]
    separator: str | None
    joined: JoinedIds
    channel_rules: tuple[ChannelRules | None, ...]
    currency: str | None
    notes: tuple[str, ...]


class RowImporter:
    """Imports rows; call ``resolve`` once all are there."""

    def __init__(
        self,
        database: duckdb.DuckDBPyConnection,
        files: Sequence[str],
        bindings: Sequence[Binding],
        options: StagingOptions,
    ) -> None:
        self._database = database
        self._files = tuple(files)
        self._bindings = tuple(bindings)
        self._options = options
        self._kinds = {binding.table.rows for binding in bindings}
        self._attributes = tuple(sorted({name for each in bindings for name in each.attributes}))
        self._properties = event_properties.types_of(bindings)
        self._separator = self._one_separator()
        self._start = 0
        self._currency: str | None = None
        self._partly_priced = 0
        self._decimals: dict[int, int] = {}
        self._check()
        self._check_sources()
        self._check_sessions()
        self._create()
        self._ledger = Ledger(database)

    def _check(self) -> None:
        """Check that the files go together."""
        customer_rows.check_names(self._attributes)
        timed = self._kinds & {"events", *CRITEO}
        if {"paths", "order-lines"} <= self._kinds:
            raise InputError(
                "paths name no orders, so lines of orders cannot go with them; load them separately"
            )
        if {"paths", "customers"} <= self._kinds:
            raise InputError(
                "paths name no customers, so a table of customers cannot go with them; load them "
                "separately"
            )
        if "paths" in self._kinds and timed:
            raise InputError(
                f"paths have an order and no times, rows of {' and '.join(sorted(timed))} have "
                "times; load them separately"
            )
        halves = self._kinds & CRITEO
        if len(halves) == 1:
            raise InputError(
                "the preset criteo-journeys needs two files, touchpoints and journeys; "
                f"got only {halves.pop().removeprefix('criteo-')}"
            )
        if halves:
            self._start = criteo.start_micros(self._options.start)

    def _check_sources(self) -> None:
        """Check that options about sources have events that they can be about."""
        options = self._options
        about = {
            "channel rules": options.channel_rules is not None and "paths" not in self._kinds,
            "own domains": bool(options.own_domains),
            "referrals from payment providers": options.payment_referrals is not None,
        }
        given = [name for name, stated in about.items() if stated]
        if given and "events" not in self._kinds:
            raise InputError(
                f"{' and '.join(given)} are for rows of events, and the files have rows of "
                f"{' and '.join(sorted(self._kinds))}, which name their channels; leave them out"
            )

    def _check_sessions(self) -> None:
        """Check that options about sessions have sessions that they can be about."""
        split, touches = self._options.session_split, self._options.session_touches
        if (not split or touches != "one") and not self._files_with_sessions():
            raise InputError(
                "other sources within a session and all touches of it (--no-session-split, "
                "--session-touches all) need sessions, and no file has them; add --sessions"
            )

    def _one_separator(self) -> str | None:
        separators = {
            binding.table.separator or self._options.separator or SEPARATOR
            for binding in self._bindings
            if binding.table.rows == "paths"
        }
        if len(separators) > 1:
            raise InputError(
                "the files of paths have several separators; load those of each separately"
            )
        return next(iter(separators), None)

    def _create(self) -> None:
        for sql in (
            assignment.CREATE,
            path_rows.CREATE,
            criteo.CREATE,
            creative_days.CREATE,
            creative_campaigns.CREATE,
            experiment_rows.CREATE,
            identity_rows.CREATE,
            identities.CREATE,
            refund_rows.CREATE,
            order_line_rows.CREATE,
            daily_rows.SPEND.create,
            daily_rows.CLAIMS.create,
        ):
            self._database.execute(sql)
        event_rows.create(self._database, self._further_columns())
        event_properties.create(self._database, self._properties)
        reference_rows.create(self._database)
        customer_rows.create(self._database, self._attributes)

    @property
    def read(self) -> int:
        """Rows that were read so far."""
        return self._ledger.read

    def _count(self, file: int, chunk: Chunk) -> None:
        """Count the rows of a chunk."""
        self._ledger.count(file, read=chunk.n_rows + len(chunk.rejected))
        self._ledger.reject(file, chunk.rejected)

    def take(self, file: int, chunks: Iterable[Chunk]) -> Iterator[None]:
        """Read a file chunk by chunk; between the chunks, others may do something."""
        preparation = Preparation(self._database, self._bindings[file], file)
        write = self._writer_for(file)
        for _ in preparation.each(chunks, lambda chunk: self._count(file, chunk)):
            write()
            yield
        self._ledger.count(file, ignored=preparation.ignored, merged=preparation.merged)
        self._decimals[file] = read_as_whole(self._database, self._bindings[file], file)

    def _writer_for(self, file: int) -> Callable[[], None]:
        """A function that writes the prepared rows at hand of a file into the table of its rows."""
        database, binding = self._database, self._bindings[file]
        match binding.table.rows:
            case "events":
                policy = self._channel_policy(binding)
                return events.EventWriter(
                    database,
                    binding,
                    self._options,
                    policy,
                    file,
                    makes_ids=self._makes_ids(),
                    properties=self._properties,
                ).write
            case "paths":
                assert self._separator is not None
                return path_rows.PathWriter(database, binding, self._separator, file).write
            case "criteo-touchpoints":
                return lambda: criteo.write_touchpoints(database, binding, file)
            case "criteo-journeys":
                return lambda: criteo.write_journeys(database, binding, file)
            case "customers":
                return lambda: customer_rows.write(database, binding, file, self._attributes)
            case "creative-days":
                return lambda: creative_days.write(database, binding, file)
            case "identities":
                options = self._options
                return lambda: identity_rows.write(database, binding, options, file)
            case "refunds":
                options = self._options
                return lambda: refund_rows.write(database, binding, options, file)
            case "order-lines":
                options = self._options
                return lambda: order_line_rows.write(database, binding, options, file)
            case "spend" | "claims" as rows:
                table, options = DAILY[rows], self._options
                return lambda: daily_rows.write(database, table, binding, options, file)
            case "experiments":
                return lambda: experiment_rows.write(database, binding, file)
            case "campaigns" | "creatives" | "audiences":
                return lambda: reference_rows.write(database, binding, file)

    def _channel_policy(self, binding: Binding) -> ChannelPolicy:
        """How the sources of the events of a file become channels."""
        options, table = self._options, binding.table
        payment = options.payment_referrals
        return ChannelPolicy(
            options.channel_rules or built_in_rules(table.channel_rules),
            (*map(check_domain, options.own_domains), *table.own_domains),
            table.payment_referrals if payment is None else payment,
        )

    def _channel_rules(self, binding: Binding) -> ChannelRules | None:
        """The rules that give channels to the rows of a file; None if it has no events."""
        events_ = binding.table.rows == "events"
        return self._channel_policy(binding).rules if events_ else None

    def resolve(self) -> Resolved:
        """Compare the rows with each other, and put what is taken in order."""
        database = self._database
        if self._kinds & CRITEO:
            criteo.resolve(database)
            criteo.make_events(database, self._start)
        # ids are joined first, since equal events of one customer are one event
        joined = self._join_identities()
        leave_out_erased(database, self._options.erased, self._options.key)
        if "events" in self._kinds:
            # first, as a row without a value is no other content of the one with it
            event_tables.resolve_tables(database, self._bindings)
            if "property" in self._further_columns():
                event_properties.renumber(database, self._properties)
            resolve_duplicates(
                database,
                "owned_event",
                event_ids.KEY,
                EVENT_CONTENT,
                key_hash=event_ids.KEY_HASH,
                keyed="event",
                table="event_store",
                prefer=("order_id", "person", *event_rows.UTM, "property"),
            )
            if "order_id" in self._further_columns():
                database.execute(event_ids.OTHER_ORDER)
        refund_rows.resolve(database)
        order_line_rows.resolve(database)
        # before visits of several currencies become one touch
        self._currency = event_currencies.convert(
            database, self._options.currency, self._options.rates
        )
        if "order_id" in self._further_columns():
            resolve_purchases(database)
        self._join_sessions()
        identities.give_to_users(database)
        resolve_duplicates(
            database,
            "creative_day",
            creative_days.KEY,
            creative_days.CONTENT,
        )
        resolve_duplicates(database, "experiment", "id", experiment_rows.CONTENT)
        for table in DAILY.values():
            daily_rows.drop_duplicates(database, table)
        ad_days.keep_parts(database)
        for table in DAILY.values():
            daily_rows.resolve(database, table)
        spend_claims.add_claims(database)
        ad_days.add_days(database)
        entities = {
            rows: reference_rows.merge(database, rows) for rows in reference_rows.ATTRIBUTES
        }
        reference_rows.reject_circles(database, entities["audiences"], self._options.parents)
        campaign_tree.reject_moved(database, entities, self._options)
        stored = self._options.creative_campaigns
        stated = {
            key: entity.attributes["campaign"] or stored.get(key)
            for key, entity in entities["creatives"].items()
        }
        creative_campaigns.resolve(
            database, {key: str(name) for key, name in stated.items() if name}, stored
        )
        types = customer_rows.resolve(database, self._attributes, self._declared())
        count_groups(database)
        for relation in CLOSED:
            self._ledger.close(relation)
        self._order()
        resolved = self._resolved(
            references.collect(database, entities, self._separator), types, joined
        )
        store_use(database)
        database.execute(ledger.LOST)
        # the rows as read are as large as the ordered ones and no longer needed
        database.execute(f"{event_rows.DROP}; DROP TABLE journey_row; DROP TABLE journey_touch")
        return resolved

    def _further_columns(self) -> set[str]:
        """Columns of ``event_rows.FURTHER`` that any row may have."""
        bindings = [each for each in self._bindings if each.table.rows == "events"]
        properties = self._options.event_properties
        given = {
            column
            for each in bindings
            for column in events.further_columns(each, properties=properties)
        }
        amounts = set(event_currencies.AMOUNTS["event_row"]) - {"value"}
        given |= amounts if "currency" in given else set()
        given |= {"position"} if self._kinds & CRITEO else set()
        if "cost" in given and self._files_with_sessions():
            given |= {"cost_share"}
        return given | ({"origin"} if self._has_links() else set())

    def _has_links(self) -> bool:
        """Whether any file or the graph can link ids."""
        two_ids = any(b.table.rows == "events" and b.gives("user_id") for b in self._bindings)
        return two_ids or self._has_timed_links()

    def _has_timed_links(self) -> bool:
        """Whether such links may hold from a time on only."""
        stored = self._options.stored_links is not None and self._separator is None
        return "identities" in self._kinds or stored

    def _join_identities(self) -> JoinedIds:
        """Join ids if any file or the graph can link them."""
        if not self._has_links():
            return JoinedIds()
        resolve_duplicates(self._database, "identity", IDENTITY, identity_rows.CONTENT)
        return identities.join_identities(
            self._database, self._options, name_all=self._names_all_ids()
        )

    def _names_all_ids(self) -> bool:
        """Whether reading needs the pseudonyms of all joined ids: for attributes, or early ids."""
        return (
            "customers" in self._kinds or "account" in self._further_columns() or self._makes_ids()
        )

    def _join_sessions(self) -> None:
        options = self._options
        self._partly_priced = join_sessions(
            self._database,
            self._files_with_sessions(),
            gap_minutes=options.session_gap,
            split=options.session_split,
            touches=options.session_touches,
        )

    def _files_with_sessions(self) -> list[int]:
        """Numbers of the files whose visits are joined."""
        default = self._options.sessions
        stated = [default if default is not None else b.table.sessions for b in self._bindings]
        return [number for number, joined in enumerate(stated) if joined]

    def _makes_ids(self) -> bool:
        """Whether events get ids as they are read, of any file since rows of several may be equal.

        What changes their content later needs ids that are made of it before.
        """
        touches = self._options.conversion_touches
        stated = [b.table.conversion_touches for b in self._bindings]
        brings = any(touches if each is None else each for each in stated)
        return brings or bool(self._files_with_sessions()) or self._options.rates is not None

    def _declared(self) -> dict[str, AttributeType]:
        return {name: kind for each in self._bindings for name, kind in each.table.types.items()}

    def _order(self) -> None:
        if self._separator is None:
            customers = CUSTOMERS_OF_EVENTS if self._has_links() else IDS_OF_EVENTS
            if "customers" in self._kinds:
                customers = CUSTOMERS.format(of_events=customers)
            number_customers(self._database, customers, self._options.key)
            identities.name_recorded(self._database, self._options.key)
            know_ids(self._database)
            order_events(self._database)
            touch_ids.create_view(self._database)
            refund_rows.keep_taken(self._database)
            order_line_rows.keep_taken(self._database)
            accounts.number_accounts(self._database, self._options.key)
        else:
            rules = self._options.channel_rules
            if rules is not None:
                path_channels.name_channels(self._database, rules, self._separator)
            path_rows.add_up(self._database)

    def _resolved(
        self, referred: References, types: dict[str, AttributeType], joined: JoinedIds
    ) -> Resolved:
        counts = self._ledger
        return Resolved(
            self._files,
            counts.read,
            counts.taken,
            counts.duplicates,
            counts.ignored,
            counts.merged,
            counts.rejected,
            dict(counts.wanted),
            referred,
            self._properties,
            self._attributes,
            types,
            self._separator,
            joined,
            tuple(map(self._channel_rules, self._bindings)),
            self._currency,
            tuple(self._notes(types, joined)),
        )

    def _notes(self, types: dict[str, AttributeType], joined: JoinedIds) -> Iterator[str]:
        yield from notes.unused_columns(self._files, self._bindings)
        valueless = [name for name in self._attributes if name not in types]
        if valueless:
            yield f"no customer has a value for {', '.join(valueless)}"
        yield from notes.identity_notes(joined, self._options.max_ids)
        yield from notes.erased_notes(self._ledger.erased)
        yield from spend_claims.claim_notes(self._database)
        yield from ad_days.ad_notes(self._database)
        if self._separator is None:
            yield from notes.event_notes(self._database)
            yield from notes.session_notes(self._partly_priced)
            yield from notes.valueless_files(self._database, self._files, self._bindings)
            yield from notes.customer_notes(self._database)
            yield from notes.decimal_notes(self._files, self._decimals)
        else:
            yield from notes.path_notes(self._bindings)
            if self._options.channel_rules is not None:
                yield from path_channels.step_notes(self._database)

"""Options of reading files: what the files themselves do not hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal, get_args

from attrigraph.domain.argument_types import check_types
from attrigraph.domain.identities import MAX_IDS
from attrigraph.domain.zones import zone_named
from attrigraph.errors import InputError
from attrigraph.staging.channels.hosts import check_domain
from attrigraph.staging.database import MEMORY
from attrigraph.staging.option_types import OPTION_TYPES
from attrigraph.staging.sessions import SessionTouches
from attrigraph.staging.taken import MAX_REJECTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from attrigraph.domain.identities import IdLinks
    from attrigraph.spend.rates import Rates
    from attrigraph.staging.channels import ChannelRules

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""A start that serves where only differences of times matter, as when no store is involved."""

MAX_THREADS: Final = 1024
"""More threads than any computer has."""

TimeUnit = Literal["s", "ms", "us", "ns"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StagingOptions:
    """How to read the files.

    Attributes:
        currency: code of the currency of all amounts; None for that of the files, if it is one.
        rates: exchange rates into it; without them, amounts in other currencies are an error.
        zone: IANA name of the zone of times without an offset; without it such rows are rejected.
        time_unit: unit of times given as numbers since 1970-01-01 UTC; without it such rows are
            rejected.
        start: the instant that counts as second 0 for files whose times are seconds from a start.
        header: file that holds the header of CSV files without one.
        separator: separator of the channels of a path; None is the preset's ``" > "``.
        conversion_touches: whether a conversion's row is also a touch by the channel it names.
        sessions: whether visits are joined into sessions, each of one source; None leaves it to
            each form of file, for which the default is that they are not.
        session_gap: the longest time between two visits of one session, minutes.
        session_split: whether a visit from another source starts a new session.
        session_touches: ``one`` makes the visits of a session one touch, ``all`` keeps each visit
            as a touch with the source of its session.
        channel_rules: rules that give channels to events without one; None leaves it to each form
            of file, for which the default is ``classic``.
        own_domains: domains whose referrals are no sources, with the domains below them.
        payment_referrals: whether referrals from payment providers are sources; None leaves it to
            each form of file, for which the default is that they are not.
        max_ids: number of ids that one customer may have; those of a customer with more are taken
            apart.
        event_properties: whether events keep what models do not read, as a load does.
        keep_ids: whether customers keep their ids; otherwise ``customer_key`` is needed.
        customer_key: secret of the keyed hash that turns customer ids into pseudonyms.
        stored_links: gives the links of ids that are stored already and lead to any of the given
            pseudonyms, directly or through others; None where nothing is stored.
        erased: epoch milliseconds from which on the events of an id were erased, ``NO_TIME`` for
            all of them, by tombstone; see ``staging.tombstones``.
        creative_campaigns: campaign by creative, as stored already; rows that contradict it are
            rejected.
        creative_ad_sets: ad set by creative, likewise.
        ad_set_campaigns: campaign by ad set, likewise.
        campaign_accounts: advertising account by campaign, likewise.
        parents: the audience around each audience, as stored already; rows by which an audience
            would lie within itself are rejected.
        max_rejected: share of the rows, from 0 to 1, that may be rejected; see ``check_taken``.
        memory: memory for reading, such as ``"1GB"``; DuckDB gets most of it, and spills to the
            folder beyond that.
        threads: DuckDB's threads; None leaves it to DuckDB.

    Raises:
        InputError: a value cannot be used.
    """

    currency: str | None = None
    rates: Rates | None = None
    zone: str | None = None
    time_unit: TimeUnit | None = None
    start: datetime | None = None
    header: Path | None = None
    separator: str | None = None
    conversion_touches: bool = False
    sessions: bool | None = None
    session_gap: float = 30
    session_split: bool = True
    session_touches: SessionTouches = "one"
    channel_rules: ChannelRules | None = None
    own_domains: tuple[str, ...] = ()
    payment_referrals: bool | None = None
    max_ids: int = MAX_IDS
    event_properties: bool = False
    keep_ids: bool = False
    customer_key: bytes | None = None
    stored_links: Callable[[Sequence[str]], IdLinks] | None = None
    erased: Mapping[str, int] = field(default_factory=dict)
    creative_campaigns: Mapping[str, str] = field(default_factory=dict)
    creative_ad_sets: Mapping[str, str] = field(default_factory=dict)
    ad_set_campaigns: Mapping[str, str] = field(default_factory=dict)
    campaign_accounts: Mapping[str, str] = field(default_factory=dict)
    parents: Mapping[str, str] = field(default_factory=dict)
    max_rejected: float = MAX_REJECTED
    memory: str = "1GB"
    threads: int | None = None

    @property
    def key(self) -> bytes | None:
        """The key of the pseudonyms; None where ids are kept."""
        return None if self.keep_ids else self.customer_key

    def __post_init__(self) -> None:
        check_types({name: getattr(self, name) for name in OPTION_TYPES}, OPTION_TYPES)
        if self.start is not None and self.start.tzinfo is None:
            raise InputError(
                f"the start must have a time zone, got {self.start.isoformat()}; "
                f"write {self.start.isoformat()}Z for UTC"
            )
        if not self.keep_ids and not self.customer_key:
            raise InputError(
                "customer ids are turned into pseudonyms with a secret key, and there is none; "
                "provide a key, or keep the ids as they are with --keep-ids (in Python, "
                "keep_ids=True)"
            )
        if self.separator == "":
            raise InputError("the separator of paths must not be empty; the default is ' > '")
        size = MEMORY.fullmatch(self.memory)
        if size is None or float(size[1]) <= 0:
            raise InputError(
                "the memory for staging must be a size above 0 with its unit, such as 1GB, got "
                f"{self.memory!r}"
            )
        if not 0 < self.session_gap < 1e6:
            raise InputError(
                f"the gap between visits of one session must be minutes above 0, got "
                f"{self.session_gap}"
            )
        if self.session_touches not in get_args(SessionTouches):
            raise InputError(
                f"the touches of a session must be one or all, got {self.session_touches!r}"
            )
        if self.time_unit not in (None, *get_args(TimeUnit)):
            raise InputError(f"the unit of times must be s, ms, us or ns, got {self.time_unit!r}")
        if self.zone is not None:
            zone_named(self.zone)
        _check_domains(self.own_domains)
        if self.max_ids < 2:
            raise InputError(f"a customer must be allowed at least 2 ids, got {self.max_ids}")
        if not 0 <= self.max_rejected <= 1:
            raise InputError(
                f"the share of rows that may be rejected must lie between 0 and 1, got "
                f"{self.max_rejected}"
            )
        if self.threads is not None and not 1 <= self.threads <= MAX_THREADS:
            raise InputError(
                f"threads must be at least 1, at most {MAX_THREADS}, got {self.threads}"
            )


def _check_domains(domains: Iterable[str]) -> None:
    """Raise an InputError for the first that is no domain."""
    for domain in domains:
        try:
            check_domain(domain)
        except ValueError as error:
            raise InputError(str(error)) from None

"""Erasure of one person from both stores and the files of the home, with a receipt."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from attrigraph.domain import NO_TIME
from attrigraph.domain.identities import MAX_IDS, IdLinks
from attrigraph.errors import LocalStoreError
from attrigraph.graph.loads import change_of_facts
from attrigraph.graph.persons import erase_person, read_held, read_tombstones
from attrigraph.graph.rejoin import rejoin
from attrigraph.local.purge import mentions, purge_texts
from attrigraph.services.customers import find_customer, unknown_customer
from attrigraph.staging.scratch_dir import remove_abandoned
from attrigraph.staging.tombstones import order_tombstone, tombstone
from attrigraph.store.redaction import redact_runs

if TYPE_CHECKING:
    import re
    from pathlib import Path

    from attrigraph.graph.persons import Erased, Person
    from attrigraph.stores import Stores


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was erased; it names nobody.

    Attributes:
        at: when, UTC.
        graph: counts by kind of node.
        job_runs: rows of the history of jobs from which ids were taken.
        files: what was done to files of the home.
    """

    at: datetime
    graph: Erased
    job_runs: int
    files: dict[str, str]

    def to_json(self) -> dict[str, Any]:
        """The object that ``attrigraph customer forget --json`` prints."""
        return {
            "at": self.at.isoformat(),
            "graph": asdict(self.graph),
            "job_runs": self.job_runs,
            "files": self.files,
        }


def forget_customer(stores: Stores, real_id: str, *, max_ids: int = MAX_IDS) -> Receipt:
    """Erase all that is held about the person with an id of the files, under all of their ids.

    Loads leave out rows of erased people from then on. Safe to repeat: an id that was erased is
    looked for in the files of the home again.

    Args:
        stores: both stores; no load may be running.
        real_id: an id as the files have it.
        max_ids: number of ids that one customer may have, as it was loaded.

    Raises:
        InputError: nothing is held about the person, and nothing was erased.
        LocalStoreError: a load is running, or a file of the home cannot be cleaned.
    """
    alone = stores.local is not None
    with stores.without_loads(), change_of_facts(stores.driver, "erasure", alone=alone) as number:
        found = find_customer(stores, real_id)
        key, person = found.key, found.person
        tombstones = {tombstone(key, name): since for name, since in person.ids.items()}
        tombstones |= {order_tombstone(key, name): NO_TIME for name in _orders(stores, person)}
        if not found.is_held and not tombstones.keys() & read_tombstones(stores.driver).keys():
            raise unknown_customer(real_id)
        erased = erase_person(stores.driver, person, tombstones)
        # a device that was shared with the person may be somebody else's alone now
        no_links = IdLinks.of_rows([])
        rejoin(stores.driver, no_links, max_ids, also=person.others, connect=True, load=number)
        stores.cache.forget()
        words = {real_id, *person.ids}
        pattern = mentions(words)
        redacted = redact_runs(stores.engine, words, pattern)
        files = _purge(stores.home, pattern)
    return Receipt(datetime.now(UTC), erased, redacted, files)


def _orders(stores: Stores, person: Person) -> set[str]:
    """Ids of the orders and conversions of a person, which refunds name."""
    conversions = read_held(stores.driver, person)["conversions"]
    return {one[name] for one in conversions for name in ("id", "orderId") if name in one}


def _purge(home: Path, pattern: re.Pattern[str]) -> dict[str, str]:
    remove_abandoned(home / "staging")
    try:
        done = purge_texts(home, pattern)
    except OSError as error:
        raise LocalStoreError(
            f"the stores hold nothing about the customer any more, but {error.filename} cannot be "
            f"cleaned ({(error.strerror or str(error)).lower()}); run this again when it can"
        ) from error
    return {str(file): outcome for file, outcome in sorted(done.items())}

"""What both stores hold, and whether a restored copy holds the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.errors import StoreError
from attrigraph.graph.inventory import count_graph
from attrigraph.store.inventory import count_tables

if TYPE_CHECKING:
    from attrigraph.stores import Stores

    Inventory = dict[str, dict[str, int]]


def inventory_of(stores: Stores) -> Inventory:
    """Nodes by label, relationships by type, and rows by table."""
    return {**count_graph(stores.driver), "rows": count_tables(stores.engine)}


def check_inventory(stores: Stores, expected: Inventory) -> None:
    """Check that restored stores hold what a backup was made of.

    Args:
        stores: after the restore.
        expected: what the backup was made of. Labels of migrations may have been added since.

    Raises:
        StoreError: something is missing.
    """
    found = inventory_of(stores)
    for kind, counts in expected.items():
        for name, number in counts.items():
            restored = found.get(kind, {}).get(name, 0)
            if restored < number:
                raise StoreError(
                    f"the restored stores have {restored:,} {kind} of {name}, and the backup was "
                    f"made of {number:,}; make another backup"
                )

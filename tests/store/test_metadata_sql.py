"""Filters as statements."""

from __future__ import annotations

import pytest

from attrigraph.errors import InputError
from attrigraph.similarity.filters import In
from attrigraph.store.metadata_sql import MAX_PARAMETERS, filter_sql


def test_a_filter_of_more_values_than_postgres_takes_is_named() -> None:
    most = In("budget", tuple(range(MAX_PARAMETERS)))
    assert len(filter_sql(most).parameters) == MAX_PARAMETERS
    with pytest.raises(InputError, match="65,001 fields and values, and Postgres takes 65,000"):
        filter_sql(In("budget", (*most.values, -1)))

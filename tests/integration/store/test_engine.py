from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attrigraph.errors import StoreError
from attrigraph.store.engine import open_engine

if TYPE_CHECKING:
    from sqlalchemy import URL

    from attrigraph.stores import Stores


def _shown(address: URL) -> str:
    return address.render_as_string(hide_password=False)


def test_a_wrong_password_is_one_message(stores: Stores) -> None:
    with pytest.raises(StoreError, match="rejects the password of user") as error:
        open_engine(_shown(stores.engine.url.set(password="not-this-one")))
    assert "not-this-one" not in str(error.value)


def test_a_missing_database_is_named(stores: Stores) -> None:
    with pytest.raises(StoreError, match="has no database named 'elsewhere'"):
        open_engine(_shown(stores.engine.url.set(database="elsewhere")))


def test_a_missing_password_is_an_error(stores: Stores) -> None:
    address = stores.engine.url._replace(password=None).render_as_string()
    with pytest.raises(StoreError, match="needs a password for user"):
        open_engine(address)

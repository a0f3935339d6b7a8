from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attrigraph.errors import StoreError
from attrigraph.store.engine import open_engine

if TYPE_CHECKING:
    from attrigraph.stores import Stores


def _address(stores: Stores, **changes: str) -> str:
    return stores.engine.url.set(**changes).render_as_string(hide_password=False)


def test_a_wrong_password_is_one_sentence(stores: Stores) -> None:
    with pytest.raises(StoreError, match="rejects the password of user") as error:
        open_engine(_address(stores, password="not-this-one"))
    assert "not-this-one" not in str(error.value)


def test_a_missing_database_is_named(stores: Stores) -> None:
    with pytest.raises(StoreError, match="has no database named 'elsewhere'"):
        open_engine(_address(stores, database="elsewhere"))


def test_a_missing_password_is_said(stores: Stores) -> None:
    address = stores.engine.url._replace(password=None).render_as_string()
    with pytest.raises(StoreError, match="needs a password for user"):
        open_engine(address)

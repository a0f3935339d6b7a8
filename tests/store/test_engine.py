from __future__ import annotations

import socket

import pytest

from attrigraph.errors import InputError, StoreError, StoreUnreachableError
from attrigraph.store.engine import open_engine, parse_url, without_password


def test_an_address_gets_the_one_driver_and_is_shown_without_password() -> None:
    address = parse_url("postgresql://ada:hush@host:5433/marketing?sslmode=require")
    assert address.drivername == "postgresql+psycopg"
    assert without_password(address) == "postgresql://ada@host:5433/marketing?sslmode=require"


def test_passwords_among_the_parameters_are_not_shown() -> None:
    address = parse_url("postgresql://ada@host/x?password=hush&sslpassword=hush&sslmode=require")
    assert without_password(address) == "postgresql://ada@host/x?sslmode=require"


def test_the_short_name_of_the_scheme_is_taken_too() -> None:
    assert parse_url("postgres://ada@host/marketing").drivername == "postgresql+psycopg"


@pytest.mark.parametrize(
    "url",
    [
        "hush",
        "",
        "host:5432/hush",
        "postgresql://ada:hush@127.0.0.1:abc/x",
        "postgresql://ada:hush@[::1/x",
        "postgresql://ada:hu/sh@host:5432x/x",
    ],
)
def test_what_is_no_address_is_rejected_without_repeating_it(url: str) -> None:
    with pytest.raises(InputError, match="expected one such as postgresql://") as error:
        parse_url(url)
    assert "hush" not in str(error.value)


def test_another_kind_of_store_is_rejected() -> None:
    with pytest.raises(InputError, match="starts with postgresql://, not mysql://"):
        parse_url("mysql://ada:hush@host/marketing")


def test_a_server_that_does_not_answer_is_one_message() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(
        StoreError, match=rf"^Postgres at 127\.0\.0\.1:{port} does not answer$"
    ) as error:
        open_engine(f"postgresql://ada:hush@127.0.0.1:{port}/marketing")
    assert "hush" not in str(error.value)
    assert "\n" not in str(error.value)


def test_a_server_that_accepts_and_never_answers_is_unreachable() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        with pytest.raises(StoreUnreachableError, match="does not answer"):
            open_engine(f"postgresql://ada:hush@127.0.0.1:{port}/marketing", timeout=2)


def test_a_host_that_is_not_known_is_one_message() -> None:
    with pytest.raises(StoreError, match=r"Postgres at nowhere\.invalid:5432") as error:
        open_engine("postgresql://ada:hush@nowhere.invalid/marketing")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("host", ["a" * 70 + ".invalid", "\udcff"])
def test_a_host_that_cannot_be_one_is_an_input_error(host: str) -> None:
    with pytest.raises(InputError, match="not a Postgres address") as error:
        open_engine(f"postgresql://ada:hush@{host}/marketing")
    assert "hush" not in str(error.value)

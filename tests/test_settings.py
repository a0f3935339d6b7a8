from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from attrigraph.errors import InputError
from attrigraph.settings import Settings, read_settings

STORES = (Path(__file__).parents[1] / "docs" / "stores.md").read_text()


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of the developer's."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ATTRIGRAPH_{name.upper()}", raising=False)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_described(name: str) -> None:
    description = Settings.model_fields[name].description
    assert f"| `ATTRIGRAPH_{name.upper()}` | {description} |" in STORES


def test_arguments_take_precedence_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTRIGRAPH_HOME", "/from/environment")
    assert read_settings().home == Path("/from/environment")
    assert read_settings(home=None).home == Path("/from/environment")
    assert read_settings(home=Path("/given")).home == Path("/given")


def test_an_empty_value_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTRIGRAPH_NEO4J_URI", "")
    assert read_settings().neo4j_uri is None


def test_a_value_of_the_wrong_kind_is_an_input_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTRIGRAPH_DOCKER", "perhaps")
    with pytest.raises(InputError, match=r"ATTRIGRAPH_DOCKER cannot be used: .*boolean"):
        read_settings()


def test_no_password_is_shown_or_has_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings().neo4j_password is None
    monkeypatch.setenv("ATTRIGRAPH_NEO4J_PASSWORD", "hush-hush")
    monkeypatch.setenv("ATTRIGRAPH_POSTGRES_URL", "postgresql://a:hush-hush@b/c")
    assert "hush-hush" not in repr(read_settings())


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        read_settings().home = Path("/other")

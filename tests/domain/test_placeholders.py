"""Words for a missing id or name, however they are written."""

import pytest

from attrigraph.domain.placeholders import is_placeholder, placeholder_spellings


@pytest.mark.parametrize(
    "name", ["null", "NULL", " Undefined ", "(not set)", "N/A", "0000", "0000-0000", "NaN"]
)
def test_words_for_a_missing_value_are_known(name: str) -> None:
    assert is_placeholder(name)


@pytest.mark.parametrize("name", ["nullify", "0", "000", "1000", "----", "", "none of these"])
def test_other_names_are_names(name: str) -> None:
    assert not is_placeholder(name)


def test_spellings_are_those_of_exports_and_all_are_placeholders() -> None:
    spellings = placeholder_spellings()
    assert {"null", "NULL", "Null", "NaN", "(not set)", "(Not Set)"} <= set(spellings)
    assert "00000000-0000-0000-0000-000000000000" in spellings
    assert all(map(is_placeholder, spellings))
    assert len(set(spellings)) == len(spellings)

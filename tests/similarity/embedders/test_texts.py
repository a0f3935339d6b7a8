from __future__ import annotations

import pytest

from attrigraph.errors import InputError
from attrigraph.similarity.embedders.texts import check_texts


@pytest.mark.parametrize("blank", ["", "  \n", "!? — …", "🎉"])
def test_a_text_without_a_letter_or_digit_is_named_by_its_position(blank: str) -> None:
    with pytest.raises(InputError, match=r"^text 2 of 3 must have a letter or a digit, got "):
        check_texts(["spring sale", blank, "summer sale"])


def test_one_text_in_place_of_a_list_is_an_error() -> None:
    with pytest.raises(InputError, match=r"^expected a list of texts, got one text"):
        check_texts("spring sale")


def test_letters_and_digits_of_any_script_are_enough() -> None:
    check_texts(["春のセール", "تخفيضات", "24/7"])
    check_texts([])

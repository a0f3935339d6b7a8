"""Notations of numbers: what separates thousands and decimals."""

from __future__ import annotations

from typing import Final, Literal

Notation = Literal["1234.56", "1,234.56", "1.234,56", "1 234,56", "1'234.56"]

BLANKS: Final = r"[ \x{00A0}\x{202F}]"

SEPARATORS: Final[dict[Notation, tuple[str, str]]] = {
    "1,234.56": (",", r"\."),
    "1.234,56": (r"\.", ","),
    "1 234,56": (BLANKS, ","),
    "1'234.56": ("['\\x{2019}]", r"\."),
}
"""Patterns of the separator of thousands and of the decimal sign."""

CURRENCY: Final = r"(?:\p{Sc}|[A-Z]{3})?"


def plain_number(text: str, notation: Notation) -> str:
    """SQL of text in a notation as DuckDB reads numbers; other text becomes no number.

    A sign or code of a currency before or after the number is dropped, and thousands may be
    grouped by three or not at all.
    """
    if notation == "1234.56":
        return text
    thousands, decimal = (part.replace("'", "''") for part in SEPARATORS[notation])
    blank = rf"(?:{BLANKS}|\s)*"
    number = (
        rf"^{blank}([-+]?){blank}{CURRENCY}{blank}([-+]?)"
        rf"([0-9]{{1,3}}(?:{thousands}[0-9]{{3}})+|[0-9]+)(?:{decimal}([0-9]*))?"
        rf"{blank}{CURRENCY}{blank}$"
    )
    parts = f"regexp_extract({text}, '{number}', ['first', 'second', 'whole', 'fraction'])"
    return (
        f"CASE WHEN {text} IS NULL THEN NULL WHEN regexp_matches({text}, '{number}') "
        f"THEN concat(({parts}).first, ({parts}).second, "
        f"regexp_replace(({parts}).whole, '[^0-9]', '', 'g'), '.', ({parts}).fraction) "
        f"ELSE concat('no number: ', {text}) END"
    )

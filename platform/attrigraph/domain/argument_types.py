"""Types of arguments that come from Python, which does not check them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from attrigraph.errors import InputError


@dataclass(frozen=True, slots=True)
class ArgumentType:
    """What an argument may be.

    Attributes:
        meaning: what it must be, for messages.
        kind: type of its values, or several.
        optional: whether it may be None.
        items: type of what it holds, where it is a collection; of the keys, where it is a mapping.
        values: type of the values of a mapping; None where it is that of its keys.
        words: texts that it may be as well.
        secret: whether messages show its type alone.
    """

    meaning: str
    kind: Any
    optional: bool = False
    items: type = object
    values: type | None = None
    words: tuple[str, ...] = ()
    secret: bool = False

    def allows(self, value: Any) -> bool:
        """Whether a value is of this type."""
        if value is None:
            return self.optional
        if isinstance(value, str) and value in self.words:
            return True
        if isinstance(value, bool) and self.kind is not bool:  # which Python counts as a number
            return False
        if not isinstance(value, self.kind):
            return False
        if isinstance(value, Mapping) and not _all_are(value.values(), self.values or self.items):
            return False
        return self.items is object or _all_are(value, self.items)

    def error(self, name: str, value: Any) -> InputError:
        """What is wrong with a value."""
        shown = repr(value)
        if self.secret or len(shown) > 100:
            shown = type(value).__name__
        return InputError(
            f"{name} must be {self.meaning}{' or None' if self.optional else ''}, got {shown}"
        )


def _all_are(items: Iterable[Any], kind: type) -> bool:
    """Whether all are of a type; True and False are no numbers."""
    return all(
        isinstance(item, kind) and (kind is object or not isinstance(item, bool)) for item in items
    )


def check_types(values: Mapping[str, Any], types: Mapping[str, ArgumentType]) -> None:
    """Check that arguments are of their types.

    Raises:
        InputError: one is not; the message names it.
    """
    for name, expected in types.items():
        if not expected.allows(values[name]):
            raise expected.error(name, values[name])

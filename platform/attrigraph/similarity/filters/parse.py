"""The text of a filter, as in ``--where``.

::

    filter  = all, { "or", all } ;
    all     = single, { "and", single } ;
    single  = "not", single | "(", filter, ")" | test ;
    test    = field, operator, value
            | field, [ "not" ], "in", "(", value, { ",", value }, ")"
            | field, [ "not" ], "between", value, "and", value
            | field, [ "not" ], "exists" ;
    field   = a name of letters, digits, "_" and ".", or any text in back quotes ;
    value   = a number | "true" | "false" | text in single or double quotes, doubled inside ;

Words of the language are written in any case. ``between`` includes both ends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from attrigraph.errors import InputError
from attrigraph.similarity.filters.conditions import (
    OPERATORS,
    And,
    Compare,
    Condition,
    Exists,
    In,
    Not,
    Or,
    Value,
    type_of,
)

TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
      | (?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*")
      | (?P<quoted>`(?:[^`]|``)+`)
      | (?P<word>[^\W\d][\w.]*)
      | (?P<sign><=|>=|!=|=|<|>|\(|\)|,)
    )""",
    re.VERBOSE,
)
KEYWORDS: Final = ("and", "or", "not", "in", "between", "exists", "true", "false")
MAX_DEPTH: Final = 50
"""Parentheses and ``not`` within each other; people write few, and the tree is walked by calls."""

Kind = Literal["number", "text", "field", "keyword", "sign", "end"]


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a filter: its kind, its content, and the column where it begins, from 1."""

    kind: Kind
    content: str
    column: int


def parse_filter(text: str) -> Condition:
    """The condition that a text states.

    Raises:
        InputError: it does not follow the grammar; the sentence names the column.
    """
    return _Parser(text).parse()


def _tokens(text: str) -> list[Token]:
    tokens, place = [], 0
    end = len(text.rstrip())
    while place < end:
        found = TOKEN.match(text, place)
        if found is None:
            column = len(text) - len(text[place:].lstrip()) + 1
            raise InputError(f"the filter {text!r} cannot be read from column {column} on")
        tokens.append(_token(found))
        place = found.end()
    return [*tokens, Token("end", "", end + 1)]


def _token(found: re.Match[str]) -> Token:
    name = found.lastgroup
    assert name is not None  # one of the groups has matched
    content, column = found[name], found.start(name) + 1
    match name:
        case "text" | "quoted":
            mark = content[0]
            plain = content[1:-1].replace(mark * 2, mark)
            type_of(plain)
            return Token("text" if name == "text" else "field", plain, column)
        case "word" if content.lower() in KEYWORDS:
            return Token("keyword", content.lower(), column)
        case "word":
            return Token("field", content, column)
        case "number":
            return Token("number", content, column)
        case _:
            return Token("sign", content, column)


class _Parser:
    """Reads tokens from left to right; each method takes one rule of the grammar."""

    def __init__(self, text: str) -> None:
        self._text, self._tokens, self._depth = text, _tokens(text), 0

    def parse(self) -> Condition:
        condition = self._filter()
        if self._next.kind != "end":
            raise self._expected("'and', 'or' or the end")
        return condition

    def _filter(self) -> Condition:
        conditions = [self._all()]
        while self._takes("or"):
            conditions.append(self._all())
        return conditions[0] if len(conditions) == 1 else Or(tuple(conditions))

    def _all(self) -> Condition:
        conditions = [self._single()]
        while self._takes("and"):
            conditions.append(self._single())
        return conditions[0] if len(conditions) == 1 else And(tuple(conditions))

    def _single(self) -> Condition:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise InputError(f"the filter has more than {MAX_DEPTH} levels; write fewer")
        try:
            if self._takes("not"):
                return Not(self._single())
            if self._takes("("):
                condition = self._filter()
                self._need(")")
                return condition
            return self._test()
        finally:
            self._depth -= 1

    def _test(self) -> Condition:
        name = self._next
        if name.kind != "field":
            raise self._expected("the name of a field")
        field = self._tokens.pop(0).content
        sign = self._next
        if sign.kind == "sign" and sign.content in OPERATORS:
            self._tokens.pop(0)
            return Compare(field, sign.content, self._value())
        negated = self._takes("not")
        condition = self._further(field)
        return Not(condition) if negated else condition

    def _further(self, field: str) -> Condition:
        if self._takes("exists"):
            return Exists(field)
        if self._takes("between"):
            low = self._value()
            self._need("and")
            return And((Compare(field, ">=", low), Compare(field, "<=", self._value())))
        if self._takes("in"):
            self._need("(")
            values = [self._value()]
            while self._takes(","):
                values.append(self._value())
            self._need(")")
            return In(field, tuple(values))
        raise self._expected(f"{', '.join(OPERATORS)}, in, between or exists")

    def _value(self) -> Value:
        token = self._next
        match token:
            case Token("number", content):
                value: Value = float(content)
            case Token("text", content):
                value = content
            case Token("keyword", "true" | "false"):
                value = token.content == "true"
            case _:
                raise self._expected("a number, true, false or a text in quotes")
        type_of(value)
        self._tokens.pop(0)
        return value

    @property
    def _next(self) -> Token:
        return self._tokens[0]

    def _takes(self, content: str) -> bool:
        """Whether the next token is this word or sign, which is then taken."""
        found = self._next.kind in ("keyword", "sign") and self._next.content == content
        if found:
            self._tokens.pop(0)
        return found

    def _need(self, content: str) -> None:
        if not self._takes(content):
            raise self._expected(repr(content))

    def _expected(self, what: str) -> InputError:
        token = self._next
        given = "its end" if token.kind == "end" else repr(token.content)
        return InputError(
            f"the filter {self._text!r} needs {what} in column {token.column}, got {given}"
        )

"""Text of an expression to nodes.

Expressions have the syntax of Python, whose parser reads them; nothing is evaluated, and what is
not listed here is a mistake.
"""

from __future__ import annotations

import ast
import math
import warnings
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from attrigraph.escaping import is_utf8
from attrigraph.staging.expressions.functions import FUNCTIONS, OPERATORS
from attrigraph.staging.expressions.nodes import (
    Call,
    Column,
    Constant,
    Each,
    IsConversion,
    Parameter,
    Sum,
    ToNumber,
    Total,
    Words,
    sums_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attrigraph.staging.expressions.functions import Function
    from attrigraph.staging.expressions.nodes import Kind, Node, Step

MAX_LENGTH: Final = 2000
"""Characters of the longest expression; a longer one is no mapping but an accident."""

LARGEST: Final = 4 * 10**18
"""Whole numbers stay within 64 bits in sums of two; nanoseconds since 1970 are below it."""

LIST: Final = "event_params"
"""Column of the list in which ``param`` looks if none is named."""

SIGNS: Final[dict[type[ast.AST], str]] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.And: "and",
    ast.Or: "or",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}


class ExpressionError(ValueError):
    """An expression has a mistake."""


@lru_cache(maxsize=4096)
def parse(text: str, *, kind: Kind | None = None) -> Node:
    """The value that a text describes.

    Args:
        text: the expression.
        kind: what its value must be; None takes texts and numbers.

    Raises:
        ExpressionError: it is no expression, uses what does not exist, or has another kind.
    """
    if not text.strip():
        raise ExpressionError("an empty text is not an expression")
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"an expression has at most {MAX_LENGTH:,} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SyntaxWarning, of `"a" is "b"`
            # in parentheses, so that an expression may have several lines
            tree = ast.parse(f"({text.strip()}\n)", mode="eval")
        _check_texts(tree)
        node = _node(tree.body)
    except SyntaxError as error:
        character = (error.offset or 0) - 1
        place = f" at character {character}" if character > 0 else ""
        raise ExpressionError(f"{text!r} is not an expression: {error.msg}{place}") from error
    except (RecursionError, MemoryError) as error:
        raise ExpressionError("the expression is nested too deeply") from error
    except ExpressionError:
        raise
    except ValueError as error:  # a NUL, or a number with thousands of digits
        raise ExpressionError(f"the text is not an expression: {error}") from error
    _check_kind(node, kind, text)
    return node


def _check_texts(tree: ast.Expression) -> None:
    """A text reaches DuckDB as UTF-8, and names of fields in it end at a NUL."""
    for node in ast.walk(tree):
        match node:
            case ast.Constant(str(text)) if "\0" in text:
                raise ExpressionError("text must not hold a NUL character")
            case ast.Constant(str(text)) if not is_utf8(text):
                raise ExpressionError(
                    f"{text!r} holds half a surrogate pair, which is no character"
                )


def _check_kind(node: Node, kind: Kind | None, text: str) -> None:
    if isinstance(node, Words):
        raise ExpressionError(f"{text!r} is a list of texts where one value was expected")
    _check_paths(node)
    if kind == "boolean" and node.kind != "boolean":
        raise ExpressionError(f'{text!r} must be a condition, such as `status == "paid"`')
    if kind is None and node.kind == "boolean":
        raise ExpressionError(f"{text!r} is a condition where a value was expected")


def _check_paths(node: Node) -> None:
    """A path to several values has a place in ``total`` only."""
    match node:
        case Column(name, path) if Each.ELEMENT in path:
            raise ExpressionError(
                f"{name}[:] leads to several values; add them up with total(...), or take one "
                "with [0]"
            )
        case Call(_, arguments):
            for argument in arguments:
                _check_paths(argument)
        case ToNumber(part) | Sum(part) | IsConversion(part):
            _check_paths(part)


def _node(tree: ast.expr) -> Node:
    match tree:
        case ast.Constant(value) if value is None or isinstance(value, str | int | float):
            return _constant(value)
        case ast.Name() | ast.Attribute() | ast.Subscript():
            return _column(tree)
        case ast.UnaryOp(ast.USub(), operand):
            return _negative(_node(operand))
        case ast.UnaryOp(ast.Not(), operand):
            return _call(OPERATORS["not"], [_node(operand)])
        case ast.BinOp(left, operator, right) if type(operator) in SIGNS:
            return _call(OPERATORS[SIGNS[type(operator)]], [_node(left), _node(right)])
        case ast.BoolOp(operator, values):
            return _call(OPERATORS[SIGNS[type(operator)]], [_node(value) for value in values])
        case ast.Compare(left, [operator], [right]):
            return _comparison(_node(left), operator, right)
        case ast.IfExp(test, body, orelse):
            return _call(OPERATORS["if"], [_node(test), _node(body), _node(orelse)])
        case ast.Call(ast.Name(name), arguments, []):
            return _function(name, arguments)
        case ast.Tuple(elements) | ast.List(elements):
            return _words(elements)
    raise ExpressionError(f"`{ast.unparse(tree)}` is not supported; see the list of functions")


def _constant(value: str | float | bool | None) -> Constant:
    if isinstance(value, int | float) and not math.isfinite(value):
        raise ExpressionError("a number must be finite")
    if isinstance(value, int) and abs(value) > LARGEST:
        raise ExpressionError(f"a whole number must be between -{LARGEST:,} and {LARGEST:,}")
    return Constant(value)


def _negative(node: Node) -> Node:
    if isinstance(node, Constant) and node.kind == "number":
        assert isinstance(node.value, int | float)
        return Constant(-node.value)
    return _call(OPERATORS["-"], [Constant(0), node])


def _column(tree: ast.expr) -> Column:
    match tree:
        case ast.Name(name):
            return Column(name)
        case ast.Attribute(value, name):
            return _step(value, name)
        case ast.Subscript(value, ast.Constant(int() | str() as key)) if not isinstance(key, bool):
            return _step(value, key)
        case ast.Subscript(value, ast.Slice(None, None, None)):
            return _step(value, Each.ELEMENT)
        case ast.Call(ast.Name("column"), [ast.Constant(str(name))], []):
            return Column(name)
        case ast.Call(ast.Name("optional"), [value], []):
            return replace(_column(value), optional=True)
    raise ExpressionError(
        f'`{ast.unparse(tree)}` is not a column; write its name, or column("its name")'
    )


def _step(tree: ast.expr, step: Step) -> Column:
    column = _column(tree)
    return replace(column, path=(*column.path, step))


def _words(elements: Sequence[ast.expr]) -> Words:
    values = [element.value for element in elements if isinstance(element, ast.Constant)]
    texts = tuple(value for value in values if isinstance(value, str))
    if len(texts) < len(elements) or not texts:
        raise ExpressionError('a list must hold texts, such as ("paid", "open")')
    return Words(texts)


def _comparison(left: Node, operator: ast.cmpop, right: ast.expr) -> Node:
    match operator:
        case ast.In() | ast.NotIn():
            words = _node(right)
            if not isinstance(words, Words):
                raise ExpressionError('`in` takes a list of texts, such as ("paid", "open")')
            found = _call(OPERATORS["in"], [left, words])
            return found if isinstance(operator, ast.In) else _call(OPERATORS["not"], [found])
        case ast.Is() | ast.IsNot():
            if not (isinstance(right, ast.Constant) and right.value is None):
                raise ExpressionError("`is` compares with None only; write == for values")
            missing = _call(OPERATORS["is None"], [left])
            return missing if isinstance(operator, ast.Is) else _call(OPERATORS["not"], [missing])
    sides = [left, _node(right)]
    if isinstance(operator, ast.Lt | ast.LtE | ast.Gt | ast.GtE):
        sides = _ordered(sides)
    return _call(OPERATORS[SIGNS[type(operator)]], sides)


def _ordered(sides: list[Node]) -> list[Node]:
    """Sides of a comparison by size: two columns are numbers, as 9 is less than 10."""
    if any(isinstance(side, Constant) and side.kind == "text" for side in sides):
        return sides
    return [ToNumber(side) if side.kind == "text" else side for side in sides]


def _function(name: str, arguments: list[ast.expr]) -> Node:
    if name in SPECIAL:
        return SPECIAL[name](arguments)
    if name not in FUNCTIONS:
        names = ", ".join(sorted([*FUNCTIONS, *SPECIAL]))
        raise ExpressionError(f"there is no function {name!r}; the functions are {names}")
    return _call(FUNCTIONS[name], [_node(argument) for argument in arguments])


def _call(function: Function, arguments: Sequence[Node]) -> Call:
    """The function with its arguments, texts made numbers where it takes numbers."""
    if not function.expects(len(arguments)):
        more = " or more" if function.repeats else ""
        raise ExpressionError(
            f"{function.name} takes {len(function.takes)}{more} arguments, got {len(arguments)}"
        )
    same = [node for i, node in enumerate(arguments) if function.taken(i) == "same"]
    one = _common_kind(function, same)
    kinds = [one if (kind := function.taken(i)) == "same" else kind for i in range(len(arguments))]
    taken = [_as(node, kind, function) for node, kind in zip(arguments, kinds, strict=True)]
    return Call(function, tuple(taken), one if function.gives == "same" else function.gives)


def _common_kind(function: Function, nodes: Sequence[Node]) -> Kind:
    kinds = {node.kind for node in nodes}
    if "boolean" in kinds:
        raise ExpressionError(f"{function.name} takes values, and got a condition")
    return "number" if "number" in kinds else "text"


def _as(node: Node, kind: Kind, function: Function) -> Node:
    if isinstance(node, Words) and function.name != "in":
        raise ExpressionError(f"{function.name} takes single values, and got a list")
    if node.kind == kind or node == Constant(None):
        return node
    if kind == "number" and node.kind == "text":
        return _to_number(node, function.name)
    raise ExpressionError(f"{function.name} takes a {kind}, and got a {node.kind}")


def _number(arguments: list[ast.expr]) -> Node:
    (node,) = (_node(argument) for argument in _exactly("number", arguments, 1))
    if node.kind == "boolean":
        raise ExpressionError("number takes a text, and got a condition")
    return node if node.kind == "number" else _to_number(node, "number")


def _to_number(node: Node, operation: str) -> ToNumber:
    """A text as a number, in the notation of a table; a text without digits is none in any."""
    match node:
        case Constant(str(text)) if not any(sign.isdigit() for sign in text):
            raise ExpressionError(
                f"{operation} takes numbers, and got the text {text!r}; concat(...) joins texts"
            )
    return ToNumber(node)


def _total(arguments: list[ast.expr]) -> Total:
    column = _column(_exactly("total", arguments, 1)[0])
    if Each.ELEMENT not in column.path:
        raise ExpressionError("total takes a path with [:], such as total(items[:].price)")
    if any(isinstance(step, str) and '"' in step for step in column.path):
        raise ExpressionError("total takes a path whose names hold no quotes")
    return Total(column)


def _param(arguments: list[ast.expr]) -> Parameter:
    if len(arguments) not in (1, 2) or not (
        isinstance(arguments[0], ast.Constant) and isinstance(arguments[0].value, str)
    ):
        raise ExpressionError('param takes a key, such as param("page_location"), and a column')
    column = _column(arguments[1]) if len(arguments) > 1 else Column(LIST)
    if Each.ELEMENT in column.path:
        raise ExpressionError("param takes the list itself, without [:]")
    return Parameter(column, arguments[0].value)


def _sum(arguments: list[ast.expr]) -> Sum:
    node = _number(_exactly("sum", arguments, 1))
    if any(sums_of(node)):
        raise ExpressionError("a sum over lines has no further sum in it")
    return Sum(node)


def _name_part(arguments: list[ast.expr]) -> Constant:
    """Missing, until a file's header has a column that fits; see ``column_patterns``."""
    match _exactly("name_part", arguments, 1):
        case [ast.Constant(str(pattern))] if pattern.count("*") == 1:
            return Constant(None)
    raise ExpressionError('name_part takes a pattern with one *, such as "Amount spent (*)"')


def _is_conversion(arguments: list[ast.expr]) -> IsConversion:
    name = _node(_exactly("is_conversion", arguments, 1)[0])
    if name.kind != "text":
        raise ExpressionError(f"is_conversion takes a text, and got a {name.kind}")
    return IsConversion(name)


def _exactly(name: str, arguments: list[ast.expr], count: int) -> list[ast.expr]:
    if len(arguments) != count:
        raise ExpressionError(f"{name} takes {count} arguments, got {len(arguments)}")
    return arguments


def _plain_column(name: str) -> Callable[[list[ast.expr]], Node]:
    return lambda arguments: _column(ast.Call(ast.Name(name), arguments, []))


SPECIAL: Final[dict[str, Callable[[list[ast.expr]], Node]]] = {
    "column": _plain_column("column"),
    "is_conversion": _is_conversion,
    "name_part": _name_part,
    "optional": _plain_column("optional"),
    "number": _number,
    "param": _param,
    "sum": _sum,
    "total": _total,
}
"""Functions that take columns, or any kind of value."""

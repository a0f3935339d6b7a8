"""Filters on the typed metadata of vectors: parsed from text, checked, and evaluated."""

from attrigraph.similarity.filters.conditions import (
    And,
    Compare,
    Condition,
    Exists,
    FieldType,
    In,
    Not,
    Or,
    Value,
    type_of,
)
from attrigraph.similarity.filters.evaluate import matches
from attrigraph.similarity.filters.fields import check_fields
from attrigraph.similarity.filters.parse import parse_filter

__all__ = [
    "And",
    "Compare",
    "Condition",
    "Exists",
    "FieldType",
    "In",
    "Not",
    "Or",
    "Value",
    "check_fields",
    "matches",
    "parse_filter",
    "type_of",
]

"""Expressions of mappings: values computed from the columns of a row.

Text becomes nodes (``parse``), nodes become SQL (``sql``). Only what ``functions`` and ``parse``
list exists, so an expression cannot read files, run SQL or use the network.
"""

from attrigraph.staging.expressions.nodes import Node, Sum, columns_of, sums_of
from attrigraph.staging.expressions.parse import ExpressionError, parse
from attrigraph.staging.expressions.sql import SqlWriter

__all__ = ["ExpressionError", "Node", "SqlWriter", "Sum", "columns_of", "parse", "sums_of"]

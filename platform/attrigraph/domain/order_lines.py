"""Lines of orders: which products an order holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of an order.

    Attributes:
        id: unique within the order.
        order: id of the conversion, or of its order.
        product: id of the product.
        name: of the product; None where it is unknown.
        quantity: how many, >= 0; None where it is unknown.
        value: of all of the quantity, currency, >= 0.
    """

    id: str
    order: str
    product: str
    name: str | None
    quantity: float | None
    value: float

    @property
    def key(self) -> str:
        """Unique over all lines."""
        return f"{self.order}{KEY_PART}{self.id}"


KEY_PART = "\x1f"
"""Between the order and the line in a key."""

"""Credit for touchpoints held in memory, by several rules, as a table.

Run it with ``python examples/attribute_touchpoints.py``; it needs no server.
"""

from datetime import UTC, datetime, timedelta

from attrigraph.domain import Conversion, Touchpoint
from attrigraph.intelligence import MarketingIntelligence

START = datetime(2026, 6, 1, tzinfo=UTC)


def touch(customer: str, day: int, channel: str) -> Touchpoint:
    """One touch at noon of a day."""
    when = START + timedelta(days=day, hours=12)
    return Touchpoint(f"{customer}-{day}", customer, when, channel=channel)


def main() -> None:
    """Two customers: one converts after three touches, the other does not convert."""
    touchpoints = [
        touch("ada", 0, "display"),
        touch("ada", 3, "social"),
        touch("ada", 5, "search"),
        touch("ben", 1, "display"),
        touch("ben", 2, "display"),
    ]
    conversions = [Conversion("order-1", "ada", START + timedelta(days=6), value=90.0)]
    answer = MarketingIntelligence().compute_attribution(
        touchpoints, conversions, models=["first", "last", "linear", "time-decay", "markov-1"]
    )
    for model in answer.models.values():
        shares = ", ".join(f"{credit.key} {credit.value:.2f}" for credit in model.credits)
        print(f"{model.model:<12} {shares}")


if __name__ == "__main__":
    main()

"""Models of journeys as graphs: batches of touches, conversion models, training and scoring."""

from gnn.errors import NotConvergedError
from gnn.journeys import JourneyColumns, Vocabulary

__all__ = ["JourneyColumns", "NotConvergedError", "Vocabulary"]

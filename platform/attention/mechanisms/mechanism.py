"""Base classes of the mechanisms: what their ``repr`` shows, and the projections most of them own.

A mechanism inherits one of these classes and defines ``forward``. Only abstract classes such as
``attention.mechanisms.multi_head.SoftmaxAttention`` have further subclasses.
"""

from operator import attrgetter
from typing import ClassVar

from torch import nn

from attention.mechanisms.projections import HeadProjections


class Mechanism(nn.Module):
    """A module whose ``repr`` names its settings.

    Attributes:
        settings: Attributes that ``repr`` shows; a dotted name shows an attribute of an attribute.
    """

    settings: ClassVar[tuple[str, ...]] = ()

    def extra_repr(self) -> str:
        """Return the settings, which the submodules do not show."""
        values = ((name.rpartition(".")[2], attrgetter(name)(self)) for name in self.settings)
        return ", ".join(f"{name}={value!r}" for name, value in values)


class ProjectedAttention(Mechanism):
    """A mechanism with one set of projections to heads and back.

    Args:
        project: The projections.
    """

    def __init__(self, project: HeadProjections) -> None:
        super().__init__()
        self.project = project

    def reset_parameters(self) -> None:
        """Initialise the projections, then the parameters of the subclass."""
        self.project.reset_parameters()
        self.reset_own_parameters()

    def reset_own_parameters(self) -> None:
        """Initialise what a subclass owns besides the projections; by default nothing."""

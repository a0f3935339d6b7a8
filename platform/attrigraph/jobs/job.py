"""What a job is: a function, with its window, inputs and default schedule."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attrigraph.jobs.windows import Window, WindowKind

CatchUp = Literal["all", "latest", "skip"]


class JobOptions(BaseModel):
    """Options of a job in ``schedule.toml``; unknown ones are an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt gives.

    Attributes:
        fingerprint: a hash of the content that other jobs read; the same for the same content.
        summary: counts and totals, as JSON values; ``alerts`` are sentences that a person should
            read although the attempt is done.
    """

    fingerprint: str
    summary: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job.

    Attributes:
        name: of the job.
        about: what it does, in a line.
        run: what it runs, of both stores open (or settings, see ``opens_stores``), the window, and
            the options. It imports what it needs when it runs, so that a worker stays small.
        options: class of the options.
        window: the period that one run is for; None for none.
        inputs: jobs whose results it reads.
        cron: default cron line.
        catch_up: default of what becomes of missed windows.
        of_window: whether the result depends on the window, and not only on inputs and options.
        alone: whether no other job may run meanwhile.
        opens_stores: whether it is called with both stores open; else with the settings.
    """

    name: str
    about: str
    run: Callable[[Any, Window, Any], Outcome]
    options: type[JobOptions]
    window: WindowKind | None
    inputs: tuple[str, ...]
    cron: str
    catch_up: CatchUp = "all"
    of_window: bool = False
    alone: bool = False
    opens_stores: bool = True

"""What new campaigns may expect: error and coverage, each campaign left out of everything.

Accounts are simulated. The ROAS of a campaign depends on its theme and on itself, and is measured
with an error of 5 to 40 %; texts show the theme with noise. In the control ROAS does not depend on
the theme. Errors are those of the logarithm, beside the mean of the other campaigns. Settings were
chosen on other seeds, 1,000 and above. One thread.

    python benchmarks/expectation.py [--json]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from _figures import Figure, at_least, at_most, report

# the accounts of the tests
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "shared"))

from themed_accounts import Account, judge

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = {
    "120 campaigns, 10 themes": (Account(120, 10), range(1, 7)),
    "the same, noisier texts": (Account(120, 10, noise=2.0), range(1, 7)),
    "the same, themes differ less": (Account(120, 10, share=0.3), range(1, 7)),
    "the same, heavy tails": (Account(120, 10, tails=3.0), range(1, 7)),
    "30 campaigns, 4 themes": (Account(30, 4), range(1, 21)),
}
CONTROLS = {
    "control, 120 campaigns": (Account(120, 10, share=0.0), range(1, 7)),
    "control, 30 campaigns": (Account(30, 4, share=0.0), range(1, 21)),
}
MAX_CONTROL = 1.02


def figures() -> Iterator[Figure]:
    """All figures."""
    for name, (account, seeds) in (CASES | CONTROLS).items():
        judged = judge(account, seeds)
        error, common = (
            float(np.sqrt(np.mean(each**2))) for each in (judged.errors, judged.common_errors)
        )
        bound = 1.0 if name in CASES else MAX_CONTROL
        unit = "log ROAS"
        yield Figure(f"{name}: error", error, unit, common, at_most(bound, of_reference=True))
        covered = float(judged.covered.mean())
        yield Figure(f"{name}: coverage of 90 %, at least", covered, "", goal=at_least(0.85))
        yield Figure(f"{name}: coverage of 90 %, at most", covered, "", goal=at_most(0.95))
        yield Figure(f"{name}: coverage of the truth", float(judged.true_covered.mean()), "")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    return report("What new campaigns may expect", list(figures()), as_json=arguments.json)


if __name__ == "__main__":
    sys.exit(main())

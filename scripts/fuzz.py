"""Fuzz every form of input file: ``make fuzz``, or with the options below.

    python scripts/fuzz.py [--cases 2000] [--seed 1] [--form "load events"]

Cases are spread over the forms. Prints a table of outcomes, and every case that broke a rule; exits
with 1 if any did. A broken case is run again by its form, seed and number.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "shared"))

from fuzzer import FORMS, FuzzError, run_case


def main() -> int:
    """Run the cases and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=2000, help="number of cases in all")
    parser.add_argument("--seed", type=int, default=1, help="seed of the series")
    parser.add_argument("--form", choices=[*FORMS], action="append", help="only these forms")
    options = parser.parse_args()
    forms = options.form or [*FORMS]
    counts: Counter[tuple[str, str]] = Counter()
    broken: list[FuzzError] = []
    for number in range(options.cases):
        form = forms[number % len(forms)]
        with tempfile.TemporaryDirectory(prefix="attrigraph-fuzz-") as folder:
            try:
                outcome = run_case(form, options.seed, number, Path(folder))
            except FuzzError as error:
                broken.append(error)
                counts[form, "broken"] += 1
                print(error, file=sys.stderr)
                continue
        counts[form, "done" if outcome.ok else "error"] += 1
        counts[form, "rows"] += outcome.rows
        counts[form, "rejected"] += outcome.rejected
    heads = ("done", "error", "rows", "rejected", "broken")
    print(f"{'':<18}" + "".join(f"{head:>10}" for head in heads))
    for form in forms:
        print(f"{form:<18}" + "".join(f"{counts[form, head]:>10,}" for head in heads))
    print(f"{options.cases:,} cases, {len(broken)} broke a rule")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

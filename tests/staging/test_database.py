"""Settings of the staging database."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys, pathlib
from attrigraph.staging import StagingOptions
from attrigraph.staging.database import open_database
database = open_database(pathlib.Path(sys.argv[1]), StagingOptions(keep_ids=True))
print(database.execute("SELECT current_setting('enable_progress_bar')").fetchall()[0][0])
"""


def test_long_queries_print_no_progress_even_in_an_interactive_python(tmp_path: object) -> None:
    # without a file of its own, a program is interactive in DuckDB's eyes
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "False"

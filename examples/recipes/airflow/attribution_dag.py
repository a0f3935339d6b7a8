"""Airflow 3: attribute every night, and export each day's interval into a folder of its own.

Copy it into the folder of DAGs. The worker needs `attrigraph` on its path, and ATTRIGRAPH_HOME.
A repeated task gives the same result, so retries and backfills are safe. The window of each run is
recorded: `attrigraph jobs history attribute` shows it.
"""

from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

WINDOW = "{{ data_interval_start | ds }}..{{ data_interval_end | ds }}"

with DAG(
    "attribution",
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=datetime(2026, 6, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=10)},
) as dag:
    load = BashOperator(
        task_id="load",
        bash_command="attrigraph load /srv/events/{{ data_interval_start | ds }}.csv "
        "--preset events --json",
    )
    attribute = BashOperator(
        task_id="attribute",
        bash_command="attrigraph jobs run attribute --from {{ data_interval_start | ds }} "
        "--to {{ data_interval_end | ds }} --json",
    )
    export = BashOperator(
        task_id="export",
        bash_command="attrigraph export /srv/bi/day={{ data_interval_start | ds }} "
        f"--to parquet --window {WINDOW} --json",
    )
    load >> attribute >> export

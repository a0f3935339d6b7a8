"""``attrigraph watch``: what is unusual about the events of a day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from attrigraph.cli.alert_options import alert_options
from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json, print_lines
from attrigraph.cli.options import day_of, home_option, json_option, settings_of

if TYPE_CHECKING:
    from pathlib import Path


@click.command("watch", cls=Command)
@click.option("--day", "day_text", metavar="DAY", help="The day. Default: yesterday.")
@click.option("--zone", default="UTC", help="IANA name of the time zone of days. Default: UTC.")
@alert_options
@home_option
@json_option
def command(
    day_text: str | None,
    zone: str,
    webhook: str | None,
    email: str | None,
    smtp: str,
    program: str | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Report a day without touches or conversions, or with too few conversions, and alert.

    A day is compared with the same weekday of the eight weeks before. Addresses may hold secrets:
    give them in the environment.
    """
    from attrigraph import bootstrap
    from attrigraph.domain.zones import zone_named
    from attrigraph.services.watch_day import alert, unusual_events
    from attrigraph.watching.alerts import Receivers

    yesterday = datetime.now(zone_named(zone)).date() - timedelta(days=1)
    day = day_of(day_text, "--day") or yesterday
    with bootstrap.open_stores(settings_of(home)) as stores:
        unusual = unusual_events(stores, day, zone)
    sent = alert(Receivers(webhook, email, smtp, program), day, unusual)
    if as_json:
        found = [one.to_json() for one in unusual]
        print_json({"day": day.isoformat(), "unusual": found, "sent": sent})
    else:
        print_lines(*([one.sentence() for one in unusual] or [f"nothing unusual on {day}"]))

"""Adobe's data feed: generated files without a header, credited by an independent script."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from attrigraph.errors import InputError
from attrigraph.staging import StagingOptions, preset, stage
from web_visits import Hit, Row, Shop, check_credits

if TYPE_CHECKING:
    from pathlib import Path

    from web_visits import Histories

SEARCHES = ("shirts", '"blue shirt"', '"open', "tab\\\t\\\nline", "back\\\\", 'a "b"')
"""What visitors searched for; tabs and line ends have a backslash before them, quotes have none."""

OPTIONAL = ("hitid_high", "hitid_low", "hit_source", "post_page_event", "duplicate_purchase")


def row(hit: Hit) -> Row:
    """A hit; post_campaign and va_closer_id keep the values of an earlier visit."""
    events = {"order": "1,200=4.5,12", "page": "100,101", "scroll": "", "login": "220"}
    products = f"Shirts;blue^, navy;2;{hit.value};;,;socks^;;1" if hit.what == "order" else ""
    return {
        "accept_language": "en-US",
        "exclude_hit": "0",
        "hit_source": "1",
        "hitid_high": "3141592653589793238",
        "hitid_low": str(4_611_686_018_427_387_904 + hit.number),
        "hit_time_gmt": int(hit.time.timestamp()),
        "date_time": f"{hit.time:%Y-%m-%d %H:%M:%S}",
        "post_visid_high": "3107218542931232137",
        "post_visid_low": hit.user or hit.device,
        "visit_num": hit.session,
        "visit_page_num": hit.number % 1_000,
        "visit_start_time_gmt": "1790000000",
        "post_page_event": "0" if hit.what in ("page", "order") else "100",
        "post_page_url": hit.url,
        "post_referrer": hit.referrer,
        "ref_type": {"organic search": "3", "social": "9", "None": "6"}.get(hit.channel, "2"),
        "post_event_list": events[hit.what],
        "post_product_list": products,
        "post_purchaseid": f"o{hit.number}" if hit.what == "order" else "",
        "duplicate_purchase": "0",
        "post_campaign": "stale",
        "user_agent": "Mozilla/5.0 (X11; Linux)",
        "post_evar1": SEARCHES[hit.number % len(SEARCHES)],
    }


def noise(hit: Hit) -> list[Row]:
    """Hits that Adobe does not count: excluded, uploaded, and a purchase reported twice."""
    sold = row(replace(hit, what="order", value=1_000.0))
    return [
        {**sold, "exclude_hit": "1", "post_purchaseid": "x1"},
        {**sold, "hit_source": "5", "post_purchaseid": "x2"},
        {**sold, "duplicate_purchase": "1", "post_purchaseid": "x3"},
    ]


def feed(seed: int) -> tuple[list[Row], Histories]:
    """A feed of devices that are never joined: who logs in keeps the device's id."""
    shop = Shop(seed)
    devices = [replace(hit, user="") for hit in shop.hits]
    histories: Histories = {}
    for hit in devices:
        own = histories.setdefault(hit.device, [])
        if hit.arrival and hit.what == "page":
            own.append((int(hit.time.timestamp()), hit.channel))
        elif hit.what == "order":
            own.append((int(hit.time.timestamp()), hit.value))
    return [row(hit) for hit in devices], histories


def files_of(rows: list[Row], mutation: str, folder: Path) -> tuple[list[Path], Path]:
    columns = list(rows[0])
    parts = {"01-hit_data.tsv": rows}
    match mutation:
        case "in another order":
            columns = columns[::-1]
        case "without optional columns":
            columns = [name for name in columns if name not in OPTIONAL]
        case "a file a day, with blank lines":
            days = sorted({each["date_time"][:10] for each in rows})
            assert len(days) > 2
            parts = {
                f"01-shop_{day}.tsv": [each for each in rows if each["date_time"][:10] == day]
                for day in days
            }
    end = "\n\n" if "blank" in mutation else "\n"
    files = [folder / name for name in parts]
    for path, own in zip(files, parts.values(), strict=True):
        lines = ("\t".join(str(each[name]) for name in columns) for each in own)
        path.write_text(end.join(lines), encoding="utf-8")
    header = folder / "column_headers.tsv"
    header.write_text("\t".join(columns) + "\n")
    return files, header


@pytest.mark.parametrize(
    "mutation",
    [
        "as it comes",
        "in another order",
        "without optional columns",
        "a file a day, with blank lines",
    ],
)
def test_a_feed_has_the_credits_of_its_visits(mutation: str, tmp_path: Path) -> None:
    rows, histories = feed(len(mutation))
    assert len(rows) > 1_000
    if mutation == "without optional columns":
        rows = [each for each in rows if each["post_page_event"] == "0"]
    else:
        rows += noise(Shop(1, people=1).hits[0])
    files, header = files_of(rows, mutation, tmp_path)
    check_credits(files, histories, tmp_path, "adobe-feed", kind="purchase", header=header)


def test_marketing_channels_and_tracking_codes_count_where_a_hit_sets_them(tmp_path: Path) -> None:
    hit = Shop(1, people=1).hits[0]
    first = {**row(hit), "va_closer_id": "7", "va_instance_event": "1", "post_event_list": "20,1"}
    later = {**row(hit), "va_closer_id": "7", "va_instance_event": "0", "visit_num": "2"}
    files, header = files_of([{**first, "post_event_list": "20,100"}, later], "", tmp_path)
    options = StagingOptions(keep_ids=True, header=header)
    with stage(files, preset("adobe-feed"), options, folder=tmp_path / "s") as staged:
        touches = staged.events().touches
    assert touches.campaign.values().tolist() == ["stale", None]
    assert touches.channel.values().tolist()[0] == "7"
    assert touches.channel.values().tolist()[1] != "7"


def test_a_feed_without_its_header_is_an_error_that_names_the_option(tmp_path: Path) -> None:
    rows, _ = feed(3)
    files, header = files_of(rows[:10], "", tmp_path)
    with pytest.raises(InputError, match="name the file that holds it with --header"):
        stage(files, preset("adobe-feed"), StagingOptions(keep_ids=True), folder=tmp_path / "s")
    header.write_text("exclude_hit\tvisit_num\n")
    options = StagingOptions(keep_ids=True, header=header)
    with pytest.raises(InputError, match=r"lacks the columns post_event_list, .*hit_time_gmt"):
        stage(files, preset("adobe-feed"), options, folder=tmp_path / "s")

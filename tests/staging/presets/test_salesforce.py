"""Objects of Salesforce: generated exports, credited by account by an independent script."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from web_visits import MUTATIONS, Row, check_credits, mutated, written

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from attrigraph.staging.number_notations import Notation
    from web_visits import Histories

START = datetime(2026, 3, 1, tzinfo=UTC)
TYPES = ("Webinar", "Trade Show", "Email", "Content", "Partners")
OPTIONAL = ("CreatedDate", "Status", "Name", "Email", "IsDeleted", "Probability", "LastName")


class Org:
    """Accounts with contacts and leads, their answers to campaigns, and opportunities."""

    def __init__(self, seed: int, accounts: int = 150) -> None:
        self.tables: dict[str, list[Row]] = defaultdict(list)
        self.histories: Histories = defaultdict(list)
        self._rng = np.random.default_rng(seed)
        for account in range(accounts):
            self._add_account(f"001A{account:05}")

    def _add_account(self, account: str) -> None:
        rng = self._rng
        people = [f"003C{account}{i}" for i in range(rng.integers(1, 4))]
        for person in people:
            contact = {"Id": person, "AccountId": account, "LastName": "Doe", "Email": "x@x.org"}
            self.tables["Contact"].append(contact)
        converted = f"00QL{account}"
        lead = {"Id": converted, "ConvertedAccountId": account, "ConvertedContactId": people[0]}
        self.tables["Lead"].append({**lead, "LastName": "Doe", "Status": "Qualified"})
        for day in rng.choice(200, size=rng.integers(1, 14), replace=False).tolist():
            self._add_member(account, str(rng.choice([*people, converted])), 2 * day)
        for number, day in enumerate(rng.choice(200, size=3, replace=False).tolist()):
            self._add_opportunity(account, number, 2 * day + 1)

    def _add_member(self, account: str, person: str, day: int) -> None:
        rng, time = self._rng, START + timedelta(days=day)
        kind, responded = str(rng.choice(TYPES)), rng.random() < 0.7
        number = len(self.tables["CampaignMember"])
        is_lead = person.startswith("00Q")
        self.tables["CampaignMember"].append(
            {
                "Id": f"00v{number:015}",
                "CampaignId": f"701{kind}",
                "Campaign.Name": f"{kind} 2026",
                "Campaign.Type": kind,
                "ContactId": "" if is_lead else person,
                "LeadId": person if is_lead else "",
                "Status": "Responded" if responded else "Sent",
                "HasResponded": str(responded).lower(),
                "FirstRespondedDate": f"{time:%Y-%m-%d}" if responded else "",
                "CreatedDate": f"{START:%Y-%m-%dT%H:%M:%S}.000+0000",
                "IsDeleted": "false",
            }
        )
        if responded:
            self.histories[account].append((day, kind))

    def _add_opportunity(self, account: str, number: int, day: int) -> None:
        won, value = self._rng.random() < 0.6, round(float(self._rng.gamma(2, 9_000)), 2)
        self.tables["Opportunity"].append(
            {
                "Id": f"006{account}{number}",
                "AccountId": account,
                "Name": "New business",
                "StageName": "Closed Won" if won else "Closed Lost",
                "Amount": f"{value}",
                "CloseDate": f"{START + timedelta(days=day):%Y-%m-%d}",
                "IsWon": str(won).lower(),
                "IsClosed": "true",
                "Probability": "100" if won else "0",
            }
        )
        if won:
            self.histories[account].append((day, value))


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_objects_have_the_credits_of_their_accounts(mutation: str, tmp_path: Path) -> None:
    org = Org(MUTATIONS.index(mutation))
    assert sum(map(len, org.tables.values())) > 1_000
    files = [
        path
        for name, rows in org.tables.items()
        for path in mutated(
            rows,
            tmp_path / f"{name}.csv",
            mutation,
            optional=OPTIONAL,
            day=lambda each: int(each["Id"][-2:], 36) % 3,
        )
    ]
    check_credits(files, org.histories, tmp_path, "salesforce", kind="Closed Won")


def us(day: str) -> str:
    """A day as reports have it in the United States."""
    return f"{int(day[5:7])}/{int(day[8:])}/{day[:4]}" if day else ""


def reports(org: Org, *, by_id: bool, days: Callable[[str], str]) -> dict[str, list[Row]]:
    """What reports about members and opportunities show, with accounts by id or by name."""
    account_of = {row["Id"]: row["AccountId"] for row in org.tables["Contact"]}
    account_of |= {row["Id"]: row["ConvertedAccountId"] for row in org.tables["Lead"]}
    label = "Account ID" if by_id else "Account Name"
    members = [
        {
            "Campaign Name": row["Campaign.Name"],
            "Campaign Type": row["Campaign.Type"],
            "First Name": "Ann, Mary",
            "Email": f"{row['ContactId'] or row['LeadId']}@Example.org",
            "Member Status": row["Status"],
            "Responded": "1" if row["HasResponded"] == "true" else "0",
            "Member First Responded Date": days(row["FirstRespondedDate"]),
            label: account_of[row["ContactId"] or row["LeadId"]],
        }
        for row in org.tables["CampaignMember"]
    ]
    opportunities = [
        {
            "Opportunity Owner": "Ann",
            label: row["AccountId"],
            "Opportunity Name": f"{row['Name']} {number}",
            "Stage": row["StageName"],
            "Amount Currency": "EUR",
            "Amount": f"{float(row['Amount']):,.2f}",
            "Close Date": days(row["CloseDate"]),
        }
        for number, row in enumerate(org.tables["Opportunity"])
    ]
    return {"members": members, "opportunities": opportunities}


def as_report(path: Path, title: str) -> Path:
    """Add the lines that a report has after its rows."""
    lines = ["", "", title, "Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."]
    lines += [
        "Confidential Information - Do Not Distribute",
        "Generated By:  Ann  3/31/2026 10:00 AM",
    ]
    text = "".join(f'"{line}"\n' if line else "\n" for line in [*lines, "Example, Inc."])
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")
    return path


@pytest.mark.parametrize("mutation", MUTATIONS[:3])
@pytest.mark.parametrize("by_id", [True, False])
def test_reports_have_the_credits_of_their_accounts(
    mutation: str, by_id: bool, tmp_path: Path
) -> None:
    org = Org(10 + MUTATIONS.index(mutation))
    tables = reports(org, by_id=by_id, days=us if by_id else str)
    files = [
        as_report(path, f"Report of {name}")
        for name, rows in tables.items()
        for path in mutated(
            rows,
            tmp_path / f"{name}.csv",
            mutation,
            optional=("Opportunity Owner", "First Name", "Amount Currency", "Member Status"),
            day=id,
        )
    ]
    check_credits(files, org.histories, tmp_path, "salesforce", kind="Closed Won")


def test_reports_go_with_a_report_of_contacts(tmp_path: Path) -> None:
    org = Org(20)
    tables = reports(org, by_id=True, days=lambda day: day and f"{day[8:]}.{day[5:7]}.{day[:4]}")
    for shown, row in zip(tables["members"], org.tables["CampaignMember"], strict=True):
        del shown["Account ID"]
        shown |= {"Contact ID": row["ContactId"], "Lead ID": row["LeadId"]}
    people = {"Contact ID": "Contact", "Lead ID": "Lead"}
    for label, name in people.items():
        tables[name] = [
            {label: row["Id"], "Account ID": row.get("AccountId") or row["ConvertedAccountId"]}
            for row in org.tables[name]
        ]
    files = [written(rows, tmp_path / f"{name}.csv") for name, rows in tables.items()]
    check_credits(files, org.histories, tmp_path, "salesforce", kind="Closed Won")


@pytest.mark.parametrize("numbers", ["1.234,56", "1 234,56", "1'234.56"])
def test_amounts_may_be_written_as_in_another_locale(numbers: Notation, tmp_path: Path) -> None:
    org = Org(30)
    tables = reports(org, by_id=True, days=lambda day: day and f"{day[8:]}.{day[5:7]}.{day[:4]}")
    signs = str.maketrans({",": numbers[1], ".": numbers[-3]})
    for row in tables["opportunities"]:
        row["Amount"] = row["Amount"].translate(signs)
    files = [written(rows, tmp_path / f"{name}.csv") for name, rows in tables.items()]
    check_credits(files, org.histories, tmp_path, "salesforce", kind="Closed Won", numbers=numbers)

"""Names that tools give to what the fields of rows hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrigraph.staging.fields import Rows

FIELD_NAMES: Final[dict[Rows, dict[str, str]]] = {
    "events": {
        "customer_id": "customerid anonymousid userpseudoid visitorid clientid distinctid cookieid "
        "cookie deviceid profileid contactid personid subscriberid uid userid user customer "
        "customeremail email",
        "user_id": "userid user loginid memberid",
        "timestamp": "timestamp eventtimestamp eventtime datetime occurredat createdat time ts "
        "senttime sentat receivedat eventdate date",
        "kind": "kind eventname eventtype event interactiontype interaction activitytype action "
        "type",
        "event_id": "eventid messageid insertid orderid transactionid hitid",
        "channel": "channel channelname marketingchannel channelgroup defaultchannelgroup",
        "campaign": "campaignid campaign campaignname utmcampaignid",
        "creative": "creativeid creative adid ad adname creativename",
        "audience": "audienceid audience adsetid adset adgroup",
        "cost": "cost spend costeur costusd",
        "value": "value revenue conversionvalue ordervalue purchasevalue amount total grandtotal "
        "totalprice price",
        "utm_source": "utmsource source trafficsource campaignsource",
        "utm_medium": "utmmedium medium campaignmedium",
        "utm_campaign": "utmcampaign",
        "utm_content": "utmcontent content",
        "utm_term": "utmterm keyword",
        "referrer": "referrer referer pagereferrer httpreferer",
        "session": "sessionid session visitid gasessionid",
    },
    "spend": {
        "date": "date day reportingdate datestart",
        "platform": "platform network account publisher",
        "channel": "channel channelname marketingchannel",
        "campaign_id": "campaignid",
        "campaign": "campaign campaignname",
        "creative_id": "creativeid adid",
        "cost": "cost spend amountspent costs mediacost totalspend",
        "currency": "currency currencycode accountcurrency",
        "impressions": "impressions impr",
        "clicks": "clicks linkclicks",
    },
    "identities": {
        "anonymous_id": "anonymousid userpseudoid visitorid clientid deviceid cookieid cookie",
        "user_id": "userid user customerid memberid email",
        "valid_from": "validfrom timestamp createdat since",
    },
    "paths": {
        "path": "path paths journey touchpoints channelpath",
        "total_conversions": "totalconversions conversions keyevents",
        "total_conversion_value": "totalconversionvalue conversionvalue revenue value",
        "total_null": "totalnull nulls nonconversions",
    },
}
"""Of each field the names that may hold it, without signs and capitals, the surest first."""


WORDS: Final[dict[Rows, dict[str, str]]] = {
    "events": {
        "customer_id": "contact-id customer-id lead-id user-id person-id visitor-id client-id "
        "customer-email contact-email email kundennummer kunde kunden-nr kunden-id",
        "timestamp": "timestamp time date datetime zeitpunkt zeit datum",
        "kind": "event-type event-name activity-type event ereignis aktion",
        "event_id": "record-id event-id activity-id order-id",
        "currency": "currency währung",
        "channel": "channel kanal original-source latest-source source quelle",
        "campaign": "campaign-id campaign kampagne kampagnen",
        "cost": "cost costs spend kosten ausgaben",
        "value": "deal-amount amount revenue value umsatz betrag wert",
    },
    "spend": {
        "date": "day date tag datum",
        "channel": "channel kanal",
        "campaign_id": "campaign-id kampagnen-id",
        "campaign": "campaign kampagne kampagnenname",
        "cost": "cost costs spend spent kosten ausgaben ausgegebener",
        "currency": "currency währung währungscode",
    },
}
"""Of each field the words that a longer name has which may hold it, the surest first."""


def guess_fields(rows: Rows, columns: Sequence[str]) -> dict[str, str]:
    """Field -> column, by the names; a column is taken for one field only.

    Args:
        rows: what the rows are; one of ``FIELD_NAMES``.
        columns: names of columns.
    """
    by_name = {_plain(column): column for column in reversed(columns)}
    found: dict[str, str] = {}
    for field, names in FIELD_NAMES[rows].items():
        free = (by_name[name] for name in names.split() if name in by_name)
        column = next((column for column in free if column not in found.values()), None)
        if column is not None:
            found[field] = column
    for field, phrases in WORDS.get(rows, {}).items():
        left = [column for column in columns if column not in found.values()]
        if field not in found and (column := _with_words(phrases, left)) is not None:
            found[field] = column
    return found


def _with_words(phrases: str, columns: Sequence[str]) -> str | None:
    """The first column whose name has all words of the first phrase that fits any."""
    for phrase in phrases.split():
        words = set(phrase.split("-"))
        for column in columns:
            if words <= _words(column):
                return column
    return None


def _words(name: str) -> set[str]:
    parted = re.sub(r"([a-z])([A-Z])", r"\1 \2", name)
    return set(re.findall(r"[^\W_\d]+", parted.lower()))


def _plain(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())

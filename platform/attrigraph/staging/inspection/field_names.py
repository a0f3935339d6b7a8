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
    return found


def _plain(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())

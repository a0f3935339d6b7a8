// The first days after the months with conversions, newest first: ends of periods.
MATCH (conversion:Conversion) WHERE conversion.timestamp IS NOT NULL
WITH date.truncate('month', min(conversion.timestamp)) AS first,
  date.truncate('month', max(conversion.timestamp)) AS last
UNWIND range(0, duration.inMonths(first, last).months) AS back
RETURN toString(last + duration({months: 1 - back})) AS value

// The conversion that a run credits to touches of the most channels; no row where it credits none.
// $run STRING: id of the run
// $most INTEGER: conversions with more touches than this are passed over
MATCH (t:Touchpoint)-[c:CREDITED {run: $run}]->(v:Conversion)
USING INDEX SEEK c:CREDITED(run)
WITH v, count(c) AS touches, count(DISTINCT t.channel) AS channels
WHERE touches <= $most
RETURN v.id AS conversion
ORDER BY channels DESC, touches DESC, v.id
LIMIT 1

// The conversion whose credited touches have the most channels; no row if the run credits no touches.
// $run STRING: id of the run
// $most INTEGER: maximum touches of the conversion
MATCH (touch:Touchpoint)-[credited:CREDITED {run: $run}]->(conversion:Conversion)
USING INDEX SEEK credited:CREDITED(run)
WITH conversion, count(credited) AS touches, count(DISTINCT touch.channel) AS channels
WHERE touches <= $most
RETURN conversion.id AS conversion
ORDER BY channels DESC, touches DESC, conversion
LIMIT 1

// The touch-level credit of one run for one conversion, as parallel lists in one record. While a run is
// published or replaced, it has its credit twice.
// $conversion STRING: id of the conversion
// $run STRING: the run's id
MATCH (:Conversion {id: $conversion})<-[credited:CREDITED|KEPT_CREDIT]-(touch)
WHERE credited.run = $run
WITH DISTINCT touch.id AS touch, credited.credit AS credit, coalesce(credited.captured, 0.0) AS captured
RETURN collect(touch) AS touch, collect(credit) AS credit, collect(captured) AS captured

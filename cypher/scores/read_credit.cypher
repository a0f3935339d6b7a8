// The touch-level credit of one run for one conversion, as parallel lists in one record.
// $conversion STRING: id of the conversion
// $run STRING: the run's id
MATCH (:Conversion {id: $conversion})<-[credited:CREDITED]-(touch)
WHERE credited.run = $run
RETURN collect(touch.id) AS touch, collect(credited.credit) AS credit,
  collect(coalesce(credited.captured, 0.0)) AS captured

// The credit that one run gives single touches for one conversion, as parallel lists in one record.
// $conversion STRING: id of the conversion
// $run STRING: the run's id
MATCH (:Conversion {id: $conversion})<-[x:CREDITED]-(t)
WHERE x.run = $run
RETURN collect(t.id) AS touch, collect(x.credit) AS credit

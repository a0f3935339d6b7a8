// Sets the daily figures of creatives by audience; a later load of the same day replaces them. Other
// figures are not changed.
// $rows LIST<MAP>: creative, audience, date, and properties: the given figures, channel, adSetId,
//   campaign and currency; sorted
UNWIND $rows AS row
MATCH (creative:Creative {id: row.creative})
MERGE (day:CreativeDay {creativeId: row.creative, audienceId: row.audience, date: row.date})
SET day += row.properties
MERGE (creative)-[:ON_DAY]->(day)

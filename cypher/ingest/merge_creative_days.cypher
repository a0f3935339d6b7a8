// Sets the figures of creatives by audience and day; a later load of the same day replaces them. What
// is not given stays as it was.
// $rows LIST<MAP>: creative, audience, date, and known: the figures that are given, sorted
UNWIND $rows AS row
MATCH (r:Creative {id: row.creative})
MERGE (d:CreativeDay {creativeId: row.creative, audienceId: row.audience, date: row.date})
SET d += row.known
MERGE (r)-[:ON_DAY]->(d)

// Links creatives to the audiences of their daily figures, with all of these figures as lists: one read of
// a relationship in place of one node per day. Replaces the lists; returns the number of relationships.
// $creatives LIST<STRING>: ids, sorted
UNWIND $creatives AS id
MATCH (creative:Creative {id: id})
SET creative.id = id // locks it: of two loads, the second one reads the days that the first one wrote
WITH creative
CALL (creative) {
  MATCH (creative)-[:ON_DAY]->(day:CreativeDay)
  WITH creative, day ORDER BY day.audienceId, day.date
  WITH creative, day.audienceId AS id, collect(day) AS days
  MERGE (audience:Audience {id: id})
  MERGE (creative)-[delivered:DELIVERED_TO]->(audience)
  WITH delivered, days, [day IN days | coalesce(day.channel, '')] AS channels,
    [day IN days | coalesce(day.campaign, '')] AS campaigns,
    [day IN days | coalesce(day.currency, '')] AS currencies
  SET delivered.days = [day IN days | duration.inDays(date('1970-01-01'), day.date).days],
    delivered.impressions = [day IN days | coalesce(toInteger(day.impressions), -1)],
    delivered.clicks = [day IN days | coalesce(toInteger(day.clicks), -1)],
    delivered.reach = [day IN days | coalesce(toInteger(day.reach), -1)],
    delivered.cost = [day IN days | coalesce(toFloat(day.cost), -1.0)],
    delivered.channels = CASE WHEN all(one IN channels WHERE one = channels[0]) THEN channels[0..1]
      ELSE channels END,
    delivered.campaigns = CASE WHEN all(one IN campaigns WHERE one = campaigns[0]) THEN campaigns[0..1]
      ELSE campaigns END,
    delivered.currencies = CASE WHEN all(one IN currencies WHERE one = currencies[0])
      THEN currencies[0..1] ELSE currencies END
  RETURN count(*) AS links
}
RETURN sum(links) AS links

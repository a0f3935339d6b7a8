// One node a campaign.
CYPHER 5
CREATE CONSTRAINT campaign_id IF NOT EXISTS
FOR (n:Campaign) REQUIRE n.id IS UNIQUE;

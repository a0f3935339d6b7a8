// What claims name that they are not linked to, each combination once.
MATCH (claim:Claim)
WHERE (claim.channel IS NOT NULL AND NOT EXISTS { (claim)-[:ABOUT]->(:Channel) })
  OR (coalesce(claim.campaign, claim.campaignName) IS NOT NULL
    AND NOT EXISTS { (claim)-[:ABOUT]->(:Campaign) })
  OR (claim.creative IS NOT NULL AND NOT EXISTS { (claim)-[:ABOUT]->(:Creative) })
RETURN DISTINCT claim.target AS target, claim.channel AS channel, claim.campaign AS campaign,
  claim.campaignName AS campaignName, claim.creative AS creative

// All claims of platforms per day, by key.
MATCH (claim:Claim)
RETURN claim.date AS date, claim.zone AS zone, claim.platform AS platform, claim.channel AS channel,
  claim.campaign AS campaign, claim.campaignName AS campaignName, claim.creative AS creative,
  claim.conversions AS conversions, claim.value AS value, claim.currency AS currency
ORDER BY claim.key

// The levels at which credit is assigned.
UNWIND ['channel', 'campaign', 'creative'] AS level
RETURN level AS value

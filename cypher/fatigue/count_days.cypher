// How many daily figures of creatives there are.
MATCH (:Creative)-[day:ON_DAY]->()
RETURN count(day) AS days

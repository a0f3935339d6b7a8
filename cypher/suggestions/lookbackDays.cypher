// Common numbers of days before a conversion in which touches count.
UNWIND ['30', '7', '14', '60', '90'] AS days
RETURN days AS value

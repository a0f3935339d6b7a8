-- Value that a model credits to channels, and what platforms charged for them, by week.
with credited as (
  select date_trunc('week', day) as week, model, key as channel,
    sum(conversions) as conversions, sum(value) as value
  from {{ source('attrigraph', 'credit_by_day') }}
  where level = 'channel' and day is not null
  group by all
),
charged as (
  select date_trunc('week', day) as week, channel, sum(cost) as cost
  from {{ source('attrigraph', 'spend_by_day') }}
  group by all
)
select credited.*, charged.cost, value / nullif(cost, 0) as roas
from credited left join charged using (week, channel)

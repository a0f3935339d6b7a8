// Gives refunds the amounts that other rows of them have. They reduce nothing until they are settled again.
// $rows LIST<MAP>: id of a refund and its amount, currency
UNWIND $rows AS row
MATCH (refund:Refund {id: row.id})
SET refund.amount = row.amount
WITH refund
MATCH (refund)-[reduces:REDUCES]->()
DELETE reduces

// Which of these ids are campaigns of the graph, and which are channels.
// $ids LIST<STRING>: ids of campaigns, or names of channels
RETURN [id IN $ids WHERE EXISTS { (:Campaign {id: id}) }] AS campaigns,
  [id IN $ids WHERE EXISTS { (:Channel {name: id}) }] AS channels

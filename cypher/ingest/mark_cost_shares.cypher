// Marks that the costs of some touches are those of a part of their visits, so that readers also read the shares.
MERGE (:DataSet {name: 'cost shares'})

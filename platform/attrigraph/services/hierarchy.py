"""Training of positions in the campaign tree, and what was measured of them.

Training reads the trees of the graph and the text vectors of campaigns. The encoder is kept in
Postgres with what was measured of it. Searches use the positions only if the tree improves on text
for campaigns that it was learnt without, or if the caller wants them anyway.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from attrigraph.errors import InputError
from attrigraph.graph.hierarchy import NODE_KINDS, read_tree
from attrigraph.report.hierarchy_disc import draw_disc
from attrigraph.runs.lineage import code_version
from attrigraph.runs.progress import counter, ignore
from attrigraph.services.embed import searched
from attrigraph.services.positions import (
    MODEL,
    create_positions,
    find_positions,
    publish_positions,
    update_positions,
    withdraw_positions,
    write_positions,
)
from attrigraph.similarity.hyperbolic.evaluation import evaluate_hierarchy
from attrigraph.similarity.hyperbolic.held_out import FOLDS
from attrigraph.similarity.hyperbolic.saved import SavedHierarchy
from attrigraph.similarity.hyperbolic.texts import Texts
from attrigraph.similarity.hyperbolic.tree import Tree
from attrigraph.store.model_artifacts import FittedModel, newest_model, save_model
from attrigraph.store.vector_engine import open_vectors
from attrigraph.store.vector_rows import read_vectors
from attrigraph.store.vectors import content_hashes

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Engine

    from attrigraph.graph.hierarchy import TreeRows
    from attrigraph.runs.progress import Progress
    from attrigraph.similarity.hyperbolic.encoder import TextEncoder
    from attrigraph.similarity.hyperbolic.learning import Hierarchy
    from attrigraph.store.collections import CollectionInfo
    from attrigraph.store.models import ModelArtifact
    from attrigraph.stores import Stores

logger = logging.getLogger(__name__)

KIND: Final = "campaign"

MAX_UPPER: Final = 3_000
"""Nodes that are drawn and measured; creatives, and then ad sets, are left out of larger trees."""

LEFT_OUT: Final = ("creative", "ad_set")


NOT_MEASURED: Final[dict[str, Any]] = {
    "verdict": "what the tree adds to text was not measured",
    "adds": None,
    "ndcg_text": None,
    "ndcg_tree": None,
    "gain_low": None,
    "gain_high": None,
    "best_blend": None,
}


@dataclass(frozen=True, slots=True)
class TrainedHierarchy:
    """A training, and what was measured of it.

    Attributes:
        id: of the model.
        created: when, UTC.
        nodes: how many of each kind.
        campaigns_with_text: campaigns that are placed by their text.
        verdict: one sentence on what the tree adds to text.
        adds: whether it does; None where that cannot be measured.
        ndcg_text: nDCG@10 of held-out campaigns by text alone; None where not measured.
        ndcg_tree: the same with the tree.
        gain_low: lower end of the 95 % interval of the difference.
        gain_high: its upper end.
        best_blend: weight of the tree that validation chose, the median over folds.
        published: whether searches use it.
        current: whether its text vectors are those that are searched now.
        drawn: nodes of the picture.
    """

    id: UUID
    created: datetime
    nodes: dict[str, int]
    campaigns_with_text: int
    verdict: str
    adds: bool | None
    ndcg_text: float | None
    ndcg_tree: float | None
    gain_low: float | None
    gain_high: float | None
    best_blend: float | None
    published: bool
    current: bool
    drawn: int

    def to_json(self) -> dict[str, Any]:
        """The object that ``attrigraph hierarchy --json`` prints."""
        return {**asdict(self), "id": str(self.id), "created": self.created.isoformat()}


def train_hierarchy(
    stores: Stores,
    *,
    publish: bool | None = None,
    evaluate: bool = True,
    progress: Progress = ignore,
) -> TrainedHierarchy:
    """Learn positions from the trees of the graph, and measure what the campaign tree adds to text.

    The same graph and vectors give the same positions.

    Args:
        stores: with the graph and Postgres.
        publish: whether searches use the positions; None if the tree adds to text. Where they do
            not, those of earlier trainings are deleted as well.
        evaluate: whether to measure that, which takes ten further trainings.
        progress: told of the trainings that are done.

    Raises:
        InputError: campaigns have no vectors, or the graph has no tree above or below them.
        MissingExtraError: the extra ``gnn`` is not installed.
        ConvergenceError: the loss became non-finite.
    """
    from attrigraph.similarity.hyperbolic.learning import learn_disc, learn_hierarchy

    with open_vectors(stores.engine) as engine:
        collection = searched(engine, "campaigns")
        tree = _tree(read_tree(stores.driver))
        texts = _texts(engine, collection, tree)
        done = counter(progress, "fit", 2 + (2 * FOLDS if evaluate else 0))
        learnt = learn_hierarchy(tree, texts)
        done()
        upper = _upper(tree)
        saved = SavedHierarchy(learnt.encoder, upper, learn_disc(upper))
        done()
        measured = _measured(upper, texts, learn_hierarchy, done) if evaluate else NOT_MEASURED
        model = save_model(engine, _fitted(saved, tree, texts, collection, measured))
        if publish or (publish is None and measured["adds"]):
            _publish(engine, model, tree, learnt, collection)
        else:
            withdraw_positions(engine)
        return _described(engine, _newest(engine))


def read_hierarchy(stores: Stores) -> TrainedHierarchy:
    """The newest training.

    Raises:
        InputError: there is none.
    """
    with open_vectors(stores.engine) as engine:
        return _described(engine, _newest(engine))


def draw_hierarchy(stores: Stores) -> str:
    """The tree of the newest training as a picture in SVG.

    Raises:
        InputError: there is none.
    """
    saved = SavedHierarchy.from_bytes(_newest(stores.engine).content)
    return draw_disc(saved.tree, saved.disc)


def _newest(engine: Engine) -> ModelArtifact:
    found = newest_model(engine, MODEL)
    if found is None:
        raise InputError("no hierarchy was trained; run `attrigraph hierarchy train`")
    return found


def _tree(rows: TreeRows) -> Tree:
    """Both trees of the graph as one; the name of a node has its kind."""
    nodes = map(_node, rows.kinds, rows.ids)
    parents = (
        None if kind is None or id_ is None else _node(kind, id_)
        for kind, id_ in zip(rows.parent_kinds, rows.parents, strict=True)
    )
    tree = Tree.from_rows(zip(nodes, parents, strict=True))
    if not len(tree.pairs):
        raise InputError(
            "the graph has no ad account, ad set or creative above or below a campaign; load the "
            "columns account_id of campaigns and ad_set_id of creatives"
        )
    return tree


def _node(kind: str, id_: str) -> str:
    return f"{kind.replace('_', ' ')} {id_}"


def _texts(engine: Engine, collection: CollectionInfo, tree: Tree) -> Texts:
    """Text vectors of the campaigns that the tree has, by their nodes."""
    keys = [key for key in content_hashes(engine, collection) if _node(KIND, key) in tree.positions]
    rows = read_vectors(engine, collection, sorted(keys))
    order = sorted(range(len(rows.keys)), key=rows.keys.__getitem__)
    return Texts(tuple(_node(KIND, rows.keys[row]) for row in order), rows.vectors[order])


def _upper(tree: Tree) -> Tree:
    """The tree without its lowest levels where it is large."""
    for kind in LEFT_OUT:
        if len(tree) > MAX_UPPER:
            tree = tree.without(_of_kind(tree, kind))
    return tree


def _of_kind(tree: Tree, kind: str) -> list[str]:
    prefix = _node(kind, "")
    return [node for node in tree.ids if node.startswith(prefix)]


def _measured(
    tree: Tree, texts: Texts, learn: Callable[[Tree, Texts], Hierarchy], done: Callable[[], None]
) -> dict[str, Any]:
    """What the tree adds to text, and the sentence on it."""

    def encoder(part: Tree, known: Texts) -> TextEncoder:
        learnt = learn(part, known).encoder
        done()
        return learnt

    try:
        evaluation = evaluate_hierarchy(tree, texts, encoder)
    except InputError as error:
        return {**NOT_MEASURED, "verdict": f"what the tree adds cannot be measured: {error}"}
    gain = evaluation.gain
    return {
        "verdict": evaluation.verdict(),
        "adds": evaluation.adds,
        "ndcg_text": gain.text,
        "ndcg_tree": gain.blended,
        "gain_low": gain.low,
        "gain_high": gain.high,
        "best_blend": median(gain.alphas),
    }


def _fitted(
    saved: SavedHierarchy,
    tree: Tree,
    texts: Texts,
    collection: CollectionInfo,
    measured: dict[str, Any],
) -> FittedModel:
    counts = {kind: len(_of_kind(tree, kind)) for kind in NODE_KINDS}
    content = [tree.ids, tree.parents.tolist(), texts.ids]
    digest = hashlib.sha256(json.dumps(content).encode())
    digest.update(texts.vectors.tobytes())
    return FittedModel(
        MODEL,
        digest.hexdigest(),
        {"collection": collection.id, "embedder": collection.spec.embedder},
        {
            **measured,
            "nodes": counts,
            "campaigns_with_text": len(texts),
            "drawn": len(saved.tree),
        },
        saved.to_bytes(),
        code_version(),
    )


def _publish(
    engine: Engine, model: UUID, tree: Tree, learnt: Hierarchy, texts: CollectionInfo
) -> None:
    """Write the positions of all nodes, and let searches use them."""
    tangents = learnt.positions.tangents
    made = []
    for kind in NODE_KINDS:
        nodes = _of_kind(tree, kind)
        own = create_positions(
            engine, kind, tangents.shape[1], model, texts if kind == KIND else None
        )
        if kind == KIND:
            update_positions(engine, texts, own, learnt.encoder)
        else:
            rows = [tree.positions[node] for node in nodes]
            keys = [node.removeprefix(_node(kind, "")) for node in nodes]
            write_positions(engine, own, keys, tangents[rows])
        made.append(own)
    publish_positions(engine, made)


def _described(engine: Engine, model: ModelArtifact) -> TrainedHierarchy:
    # JSON objects of Postgres have an order of their own
    nodes = {kind: model.metrics["nodes"][kind] for kind in NODE_KINDS}
    texts = searched(engine, "campaigns")
    published = find_positions(engine, texts)
    return TrainedHierarchy(
        id=model.id,
        created=model.created,
        published=published is not None and published.model == model.id,
        current=model.settings["collection"] == texts.id,
        **{**model.metrics, "nodes": nodes},
    )

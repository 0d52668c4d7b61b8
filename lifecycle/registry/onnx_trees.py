"""Boosted trees of xgboost as an ONNX graph: one tree ensemble, and the function that ends it.

Both libraries add single-precision leaves in the order of the trees, and so does the graph: the constant that
xgboost starts from is the first tree here, for ONNX's own place for it is added last and rounds otherwise. So
margins are equal to the bit, and only the last function may differ in its last digits.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lifecycle.registry.onnx_audit import INPUT, IR_VERSION, ML_DOMAIN, ML_OPSET, OPSET, OUTPUT
from lifecycle.registry.onnx_predictor import TwinError

MARGIN = "margin"
# What ends the sum of leaves; None: nothing does.
_ENDS: Mapping[str, str | None] = {
    "reg:squarederror": None,
    "binary:logistic": "Sigmoid",
    "multi:softprob": "Softmax",
}
SMALL_NODES, MAX_GROWTH = 20_000, 8
"""A set of many categories becomes a long chain: with some ten times the nodes the twin wins nothing."""
MAX_SET = 512
"""onnxruntime follows a chain by recursion, and ends the process over one of tens of thousands."""


@dataclass(slots=True, kw_only=True)
class _Nodes:
    """The attributes of a tree ensemble: one entry of each a node, and one a leaf."""

    trees: list[int] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    modes: list[str] = field(default_factory=list)
    features: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    if_true: list[int] = field(default_factory=list)
    if_false: list[int] = field(default_factory=list)
    missing_is_true: list[int] = field(default_factory=list)
    leaf_trees: list[int] = field(default_factory=list)
    leaf_ids: list[int] = field(default_factory=list)
    leaf_outputs: list[int] = field(default_factory=list)
    leaf_weights: list[float] = field(default_factory=list)

    def split(
        self, tree: int, node: int, mode: str, feature: int, value: float, *, yes: int, no: int, missing: bool
    ) -> None:
        self.trees.append(tree)
        self.ids.append(node)
        self.modes.append(mode)
        self.features.append(feature)
        self.values.append(value)
        self.if_true.append(yes)
        self.if_false.append(no)
        self.missing_is_true.append(int(missing))

    def leaf(self, tree: int, node: int, output: int, weight: float) -> None:
        self.split(tree, node, "LEAF", 0, 0.0, yes=0, no=0, missing=False)
        self.leaf_trees.append(tree)
        self.leaf_ids.append(node)
        self.leaf_outputs.append(output)
        self.leaf_weights.append(weight)


def onnx_of(model: Mapping[str, Any]) -> bytes:
    """The graph of a booster.

    Args:
        model: a booster as xgboost's JSON tells it (`save_raw("json")`, decoded).

    Returns:
        An ONNX file: rows of float32, shape (n_rows, n_features), NaN where missing, to float32 scores, shape
        (n_rows, n_outputs). The same booster gives the same bytes: no time, place, tool or version is in it.

    Raises:
        TwinError: another booster than plain trees, another objective, or splits by many categories.

    Source: the JSON schema of xgboost's models; ONNX-ML, `TreeEnsembleRegressor` version 3.
    """
    from onnx import TensorProto, helper

    learner = model["learner"]
    booster, objective = learner["gradient_booster"]["name"], learner["objective"]["name"]
    if booster != "gbtree" or objective not in _ENDS:
        raise TwinError(f"the booster {booster!r} with the objective {objective!r} has no equal in ONNX here")
    parameters = learner["learner_model_param"]
    outputs, features = max(1, int(parameters["num_class"])), int(parameters["num_feature"])
    end = _ENDS[objective]
    # Names of what goes in and out are fixed, versions as well, and no tool is named: nothing varies.
    first = OUTPUT if end is None else MARGIN
    graph = [_ensemble(learner, outputs, first)]
    if end is not None:
        graph.append(helper.make_node(end, [MARGIN], [OUTPUT]))
    rows = helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [None, features])
    scores = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [None, outputs])
    made = helper.make_model(
        helper.make_graph(graph, "trees", [rows], [scores]),
        ir_version=IR_VERSION,
        # The domain of trees goes last: the audit knows the file by its end.
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(ML_DOMAIN, ML_OPSET)],
    )
    content: bytes = made.SerializeToString(deterministic=True)
    return content


def _ensemble(learner: Mapping[str, Any], outputs: int, result: str) -> Any:
    from onnx import helper

    nodes, trees = _Nodes(), learner["gradient_booster"]["model"]
    for tree, margin in enumerate(_base_margins(learner, outputs)):
        # A split that changes nothing: where all splits are by category, onnxruntime takes those that it has
        # made sets of for single questions (its issue 24636, and 1.32 still does). One by number ends that.
        nodes.split(tree, 0, "BRANCH_LT", 0, 0.0, yes=1, no=2, missing=False)
        nodes.leaf(tree, 1, tree, margin)
        nodes.leaf(tree, 2, tree, margin)
    for tree, (raw, output) in enumerate(zip(trees["trees"], trees["tree_info"], strict=True), start=outputs):
        _add_tree(nodes, tree, raw, output)
    own = sum(len(raw["left_children"]) for raw in trees["trees"])
    if len(nodes.ids) > max(SMALL_NODES, MAX_GROWTH * own):
        raise TwinError("its splits by many categories would make the twin no faster")
    return helper.make_node(
        "TreeEnsembleRegressor",
        [INPUT],
        [result],
        domain=ML_DOMAIN,
        n_targets=outputs,
        nodes_treeids=nodes.trees,
        nodes_nodeids=nodes.ids,
        nodes_modes=nodes.modes,
        nodes_featureids=nodes.features,
        nodes_values=nodes.values,
        nodes_truenodeids=nodes.if_true,
        nodes_falsenodeids=nodes.if_false,
        nodes_missing_value_tracks_true=nodes.missing_is_true,
        target_treeids=nodes.leaf_trees,
        target_nodeids=nodes.leaf_ids,
        target_ids=nodes.leaf_outputs,
        target_weights=nodes.leaf_weights,
    )


def _add_tree(nodes: _Nodes, tree: int, raw: Mapping[str, Any], output: int) -> None:
    if int(raw["tree_param"].get("size_leaf_vector", "1")) > 1:
        raise TwinError("its leaves hold several numbers each")
    sets, left, right = _category_sets(raw), raw["left_children"], raw["right_children"]
    beyond = len(left)  # the first number that no node has yet
    for node, (yes, no) in enumerate(zip(left, right, strict=True)):
        feature, value = raw["split_indices"][node], raw["split_conditions"][node]
        missing_left = bool(raw["default_left"][node])
        if yes == -1:
            nodes.leaf(tree, node, output, value)
        elif not raw["split_type"][node]:
            nodes.split(tree, node, "BRANCH_LT", feature, value, yes=yes, no=no, missing=missing_left)
        else:
            # xgboost goes right where the category is in the set. Here that is one question after another
            # with one way out; onnxruntime makes a set of them again.
            chain = [node, *range(beyond, beyond + len(sets[node]) - 1)]
            beyond += len(chain) - 1
            for at, follows, category in zip(chain, [*chain[1:], yes], sets[node], strict=True):
                nodes.split(
                    tree, at, "BRANCH_EQ", feature, category, yes=no, no=follows, missing=not missing_left
                )


def _category_sets(raw: Mapping[str, Any]) -> Mapping[int, list[float]]:
    """Node -> the categories that go right there."""
    spans = zip(raw["categories_nodes"], raw["categories_segments"], raw["categories_sizes"], strict=True)
    if max(raw["categories_sizes"], default=0) > MAX_SET:
        raise TwinError(f"a split holds more than {MAX_SET} categories")
    return {
        node: [float(category) for category in sorted(raw["categories"][at : at + size])]
        for node, at, size in spans
    }


def _base_margins(learner: Mapping[str, Any], outputs: int) -> Iterator[float]:
    """What xgboost adds to the leaves of each output, before the last function."""
    told = learner["learner_model_param"]["base_score"].strip("[]").split(",")
    scores = np.array([float(score) for score in told], dtype=np.float32)
    if learner["objective"]["name"] == "binary:logistic":
        one = np.float32(1)
        scores = -np.log(one / scores - one)
    yield from np.broadcast_to(scores, outputs).tolist()

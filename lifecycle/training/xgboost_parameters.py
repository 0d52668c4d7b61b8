"""The parameters of xgboost's trees that a search may set.

Source: https://xgboost.readthedocs.io/en/stable/parameter.html; a test sets each of them.
"""

from lifecycle.training.search.searchable import Searchable

_ELSEWHERE = "nothing: the rest of the spec sets it"

XGBOOST = Searchable(
    kinds={
        "eta": "float",
        "gamma": "float",
        "max_depth": "int",
        "min_child_weight": "float",
        "max_delta_step": "float",
        "subsample": "float",
        "colsample_bytree": "float",
        "colsample_bylevel": "float",
        "colsample_bynode": "float",
        "lambda": "float",
        "alpha": "float",
        "scale_pos_weight": "float",
        "grow_policy": "choice",
        "max_leaves": "int",
        "num_parallel_tree": "int",
        "max_cat_to_onehot": "int",
        "max_cat_threshold": "int",
    },
    aliases={
        "learning_rate": "eta",
        "min_split_loss": "gamma",
        "reg_lambda": "lambda",
        "reg_alpha": "alpha",
    },
    refused={
        **dict.fromkeys(
            ("objective", "eval_metric", "num_class", "seed", "nthread", "random_state", "n_jobs", "device"),
            _ELSEWHERE,
        ),
        # The rows are binned once for all trials.
        "max_bin": "training.parameters.max_bin: all trials share the bins of the rows",
        "tree_method": "training.parameters.tree_method: all trials share the bins of the rows",
        "booster": "training.parameters.booster: its kinds have different parameters",
    },
)

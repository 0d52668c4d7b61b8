"""NannyML's CBPE on two files, in an environment of its own: `python cbpe_nannyml.py FOLDER`; prints JSON."""

import json
import sys
from pathlib import Path

import pandas as pd


def main(folder: Path) -> None:
    """Estimates of `analysis.parquet` by month, calibrated on `reference.parquet`."""
    import nannyml as nml

    reference = pd.read_parquet(folder / "reference.parquet")
    analysis = pd.read_parquet(folder / "analysis.parquet")
    names = {"roc_auc": "auc", "f1": "f1"}
    found: dict[str, dict[str, float]] = {}
    for month, rows in analysis.groupby("month"):
        # One chunk a month: chunks of its own would cut the months elsewhere.
        estimator = nml.CBPE(
            problem_type="classification_binary",
            y_pred_proba="score",
            y_pred="said",
            y_true="late",
            metrics=list(names),
            chunk_number=1,
        ).fit(reference)
        result = estimator.estimate(rows.drop(columns="late").reset_index(drop=True)).filter(
            period="analysis"
        )
        told = result.to_df()
        found[str(month)] = {ours: float(told[theirs]["value"].iloc[0]) for theirs, ours in names.items()}
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

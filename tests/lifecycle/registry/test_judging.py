"""Rows scored batch by batch: the same as all at once, and what cannot be judged is said."""

import numpy as np
import pyarrow as pa
import pytest

from lifecycle.errors import LifecycleError
from lifecycle.registry.bundle import Bundle
from lifecycle.registry.judging import columns_read, holdout_of, sample_rows, score_rows, validation_of
from tests.fakes.bundles import Parcels, make_bundle, parcels


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return make_bundle(tmp_path_factory.mktemp("judging"), "multiclass")


@pytest.fixture(scope="module")
def made() -> Parcels:
    return parcels("multiclass")


def batches(made: Parcels, bundle: Bundle, rows: int, table: pa.Table | None = None) -> list[pa.RecordBatch]:
    held = made.features if table is None else table
    return held.select(columns_read(made.spec, bundle)).combine_chunks().to_batches(max_chunksize=rows)


@pytest.mark.parametrize("rows", [1, 37])
def test_scores_do_not_depend_on_the_batches(made: Parcels, bundle: Bundle, rows: int) -> None:
    whole, cut = (
        score_rows(made.spec, bundle, batches(made, bundle, size), holdout_of(bundle.manifest))
        for size in (10_000, rows)
    )
    np.testing.assert_array_equal(whole.labels, cut.labels)
    np.testing.assert_array_equal(whole.scores, cut.scores)
    np.testing.assert_array_equal(whole.blocks, cut.blocks)
    assert whole.unlabelled == cut.unlabelled
    assert whole.shown.equals(cut.shown)


def test_the_sample_of_a_part_holds_its_features_labels_and_predictions(
    made: Parcels, bundle: Bundle
) -> None:
    part = validation_of(bundle.manifest)
    scored = score_rows(made.spec, bundle, batches(made, bundle, 50), part)
    sample = sample_rows(made.spec, bundle, batches(made, bundle, 50), part)
    # The part is smaller than the sample may be: all of it is there.
    assert sorted(sample.column_names) == ["carrier", "distance", "hour", "label", "prediction", "wind"]
    np.testing.assert_array_equal(sample["label"].to_numpy(), scored.labels)
    np.testing.assert_array_equal(sample["prediction"].to_numpy(), scored.scores.argmax(axis=1))


def test_a_class_that_only_the_holdout_has_is_a_clear_error(made: Parcels, bundle: Bundle) -> None:
    table = made.features
    values = [*table["outcome"].to_pylist()[:-60], *["eaten"] * 60]
    changed = table.set_column(table.column_names.index("outcome"), "outcome", pa.array(values))
    with pytest.raises(LifecycleError, match=r"the holdout part holds the label values \['eaten'\]"):
        score_rows(made.spec, bundle, batches(made, bundle, 50, changed), holdout_of(bundle.manifest))

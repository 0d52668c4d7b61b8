"""Networks on rows of a known rule, from the job file to a bundle that answers without torch."""

import json
import math
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from lifecycle.endpoint.loading import load_bundle
from lifecycle.errors import LifecycleError
from lifecycle.registry.assemble import assemble_bundle
from lifecycle.registry.audit import BundleError
from lifecycle.registry.bundle import Bundle, seal_bundle
from lifecycle.registry.predictor import load_predictor
from lifecycle.spec.model import Task
from lifecycle.training import preemption, torch_trainer
from lifecycle.training.job import RESULT_FILE, TrainingJob, TrainingResult
from lifecycle.training.ranks import LostRankError, Ranks
from lifecycle.training.run import VALIDATION_FILE, run_job
from lifecycle.training.torch_device import device_for
from lifecycle.training.torch_moments import moments_of
from lifecycle.training.torch_ranks import Group
from tests.fakes.bundles import WIND, Parcels, parcels, write_job
from tests.fakes.torch_jobs import PARAMETERS, write_torch_job

TASKS: list[Task] = ["binary", "multiclass", "regression"]


def run(folder: Path) -> TrainingResult:
    return run_job(folder, progress=lambda line: None)


def sealed(folder: Path, made: Parcels, job: TrainingJob, result: TrainingResult) -> Bundle:
    return assemble_bundle(
        folder / "bundle",
        job=job,
        result=result,
        trained=folder,
        plan=made.plan,
        lookups={"wind": WIND},
        histories={},
        requests={row["parcel"]: row for row in made.rows},
        threshold=None,
        spec_fingerprint="",
        data_versions={},
        made_from=None,
    )


@pytest.mark.parametrize(("task", "limit"), [("binary", 0.35), ("multiclass", 0.55), ("regression", 9.0)])
def test_the_rule_of_the_rows_is_learned_and_served_as_it_was_trained(
    tmp_path: Path, task: Task, limit: float
) -> None:
    job, made = write_torch_job(tmp_path, task), parcels(task)
    result = run(tmp_path)
    (validation,) = (value for name, value in result.metrics.items() if name.startswith("validation"))
    assert 0 < validation < limit
    assert result.importance["distance"] > result.importance["hour"] >= 0
    assert set(result.importance) == {feature.name for feature in made.plan.features}
    assert {name: values[result.best_round] for name, values in result.curves.items()} == result.metrics
    assert set(result.versions) == {"torch", "numpy", "pyarrow"}
    bundle = sealed(tmp_path, made, job, result)
    assert sorted(path.name for path in bundle.path.iterdir() if path.is_file()) == [
        "bundle.json", "encoding.json", "golden.json", "model.safetensors", "network.json", "online.json",
        "plan.json", "profile.json", "training.json",
    ]  # fmt: skip
    assert load_bundle(bundle.path, bundle.digest).description["single_rows"] == "torch"


def test_the_endpoint_of_a_network_loads_no_torch(tmp_path: Path) -> None:
    job = write_torch_job(tmp_path, rounds=1)
    bundle = sealed(tmp_path, parcels(), job, run(tmp_path)).path
    script = (
        "import sys; from pathlib import Path; from lifecycle.endpoint.loading import load_bundle;"
        "from lifecycle.registry.bundle import open_bundle; path = Path(sys.argv[1]);"
        "loaded = load_bundle(path, open_bundle(path).digest); print(loaded.description['single_rows']);"
        "print(*sorted({'torch', 'safetensors', 'xgboost', 'fsspec'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(bundle)], capture_output=True, check=True, text=True
    )
    assert (done.stdout, done.stderr) == ("torch\n\n", "")


def test_the_same_job_gives_the_same_files(tmp_path: Path) -> None:
    for name, seed in (("first", 7), ("again", 7), ("other", 8)):
        write_torch_job(tmp_path / name, rounds=3, seed=seed)
    first, again, other = (run(tmp_path / name) for name in ("first", "again", "other"))
    assert first.model_copy(update={"seconds": again.seconds}) == again
    assert first.files["model.safetensors"] != other.files["model.safetensors"]
    assert TrainingResult.read(tmp_path / "first" / RESULT_FILE) == first


def test_the_score_that_fitting_stops_by_is_that_of_the_served_network(tmp_path: Path) -> None:
    write_torch_job(tmp_path, rounds=12)
    result = run(tmp_path)
    rows = pq.read_table(tmp_path / VALIDATION_FILE)
    label, score = rows["label"].to_numpy(), rows["score_0"].to_numpy()
    loss = -np.mean(label * np.log(score) + (1 - label) * np.log(1 - score))
    assert math.isclose(loss, result.metrics["validation_logloss"], rel_tol=1e-5)


def test_fitting_stops_when_no_epoch_is_better(tmp_path: Path) -> None:
    write_torch_job(
        tmp_path, rounds=200, early_stopping_rounds=3, parameters={**PARAMETERS, "learning_rate": 0.05}
    )
    result = run(tmp_path)
    curve = result.curves["validation_logloss"]
    assert len(curve) == result.best_round + 1 + 3 < 200
    assert min(curve) == curve[result.best_round]


def test_a_window_larger_than_what_is_held_is_learned_as_well(tmp_path: Path) -> None:
    write_torch_job(tmp_path, parameters={**PARAMETERS, "shuffle_rows": 64})
    assert run(tmp_path).metrics["validation_logloss"] < 0.35


def test_a_learning_curve_of_networks_and_their_seeds(tmp_path: Path) -> None:
    write_torch_job(tmp_path, rounds=5, learning_curve=(0.5,))
    points = run(tmp_path).learning_curve
    assert [(point.share, point.rows) for point in points] == [(0.5, 125), (1.0, 250)]
    assert not [*(tmp_path / "checkpoints").iterdir()]


def test_positive_rows_that_weigh_more_score_higher(tmp_path: Path) -> None:
    means = []
    for weight in (1, 20):
        folder = tmp_path / str(weight)
        write_torch_job(folder, rounds=10, parameters={**PARAMETERS, "scale_pos_weight": weight})
        run(folder)
        means.append(float(np.mean(pq.read_table(folder / VALIDATION_FILE)["score_0"].to_numpy())))
    assert means[1] > means[0] + 0.05


def test_only_what_was_missing_has_an_indicator(tmp_path: Path) -> None:
    write_torch_job(tmp_path, rounds=1)
    run(tmp_path)
    names = [name for name, _, _ in json.loads((tmp_path / "encoding.json").read_text())["features"]]
    network = json.loads((tmp_path / "network.json").read_text())
    # A parcel without a carrier has no wind.
    assert [names[column] for column in network["numbers"]] == ["distance", "hour", "wind"]
    assert [names[column] for column in network["indicators"]] == ["wind"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"parameters": {"widht": 3, "depth": -1}}, "of torch: depth: .*; widht: .*; known: width, depth"),
        ({"accelerator": "gpu"}, "asks for a GPU, and torch .* sees 0 here, too few for process 0"),
        ({"parameters": {"learning_rate": 10.0, "weight_decay": 10.0}}, "is not finite"),
    ],
    ids=["parameters", "no accelerator", "a loss that is no number"],
)
def test_a_fit_that_cannot_be_is_a_clear_error(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    write_torch_job(tmp_path, "regression", **changes)
    with pytest.raises(LifecycleError, match=message):
        run(tmp_path)
    assert not (tmp_path / RESULT_FILE).exists()


@pytest.mark.parametrize(("column", "named"), [("outcome", "the label"), ("distance", "distance")])
def test_an_infinite_value_is_named(tmp_path: Path, column: str, named: str) -> None:
    made = parcels("regression")
    values = pa.array([math.inf, *made.features[column].to_pylist()[1:]])
    table = made.features.set_column(made.features.column_names.index(column), column, values)
    write_job(tmp_path, made, table, trainer="torch", parameters={})
    with pytest.raises(LifecycleError, match=f"{named} holds an infinite value"):
        run(tmp_path)


def test_a_process_has_an_accelerator_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert device_for("gpu", Ranks(rank=3, size=4, local=1)) == torch.device("cuda", 1)
    assert device_for(None, Ranks(rank=3, size=4, local=1)) == torch.device("cpu")
    with pytest.raises(LifecycleError, match="sees 2 here, too few for process 2 of this machine"):
        device_for("gpu", Ranks(rank=2, size=4, local=2))


def test_the_state_of_torch_is_as_it_was(tmp_path: Path) -> None:
    torch.manual_seed(3)
    drawn = torch.rand(1)
    torch.manual_seed(3)
    threads = torch.get_num_threads()
    write_torch_job(tmp_path, rounds=1)
    run(tmp_path)
    assert torch.rand(1) == drawn
    assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == (threads, False)


def test_a_signal_while_the_rows_are_measured_ends_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ended(BaseException):
        """The process has ended."""

    def end() -> None:
        raise Ended

    def preempted(*told: Any) -> Any:
        signal.raise_signal(signal.SIGTERM)
        return moments_of(*told)

    monkeypatch.setattr(preemption, "_state", preemption._State())
    monkeypatch.setattr(preemption, "_end", end)
    monkeypatch.setattr(torch_trainer, "moments_of", preempted)
    write_torch_job(tmp_path, rounds=1)
    before = signal.getsignal(signal.SIGTERM)
    preemption.end_by_sigterm()
    try:
        with pytest.raises(Ended):
            run(tmp_path)
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_process_whose_fellow_is_gone_says_so() -> None:
    group = Group(Ranks(), torch.device("cpu"))
    group.ranks = Ranks(rank=1, size=2)
    told = "is gone: Connection closed by peer; run it again"
    with pytest.raises(LostRankError, match=told), group.talking():
        raise RuntimeError("Connection closed by peer")


def test_weights_of_another_network_are_no_bundle(tmp_path: Path) -> None:
    job = write_torch_job(tmp_path, rounds=1)
    bundle = sealed(tmp_path, parcels(), job, run(tmp_path))
    network = json.loads((bundle.path / "network.json").read_text())
    (bundle.path / "network.json").write_text(json.dumps({**network, "layers": [3, 1]}))
    with pytest.raises(BundleError, match=r"the weights of bundle .* do not load: the weights do not fit"):
        load_predictor(seal_bundle(bundle.path, bundle.manifest))

"""What the images are built from: linted, pinned, and enough for what they run."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Set
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.conftest import TrainedBundle
from tests.fakes.bundles import parcels, write_job

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "deploy" / "images"
FILES = sorted(path.name for path in IMAGES.glob("*.Containerfile"))
LOCKS = ("serving", "training")
EVERY_LOCK = (*LOCKS, "serving-gcp", "serving-queues")
SLIM = ("serving", "training")


def pins(text: str) -> dict[str, str]:
    """Name -> version of every package that is pinned, for the Python of the images."""
    lines = (line.partition(";") for line in text.splitlines() if re.match(r"^[a-z0-9]", line))
    ours = [pin for pin, _, marker in lines if ">= '3.12'" not in marker and "win32" not in marker]
    return dict(re.match(r"([a-z0-9.-]+)==([^ \\]+)", pin).groups() for pin in ours)  # type: ignore[union-attr,misc]


def locked(name: str) -> dict[str, str]:
    return pins((IMAGES / f"{name}.txt").read_text())


def copied(name: str) -> Iterator[str]:
    """Paths of the project that an image has."""
    for line in (IMAGES / f"{name}.Containerfile").read_text().splitlines():
        if line.startswith("COPY lifecycle"):
            yield from line.split()[1:-1]


@pytest.fixture(name="shipped")
def shipped_tree(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with the code that an image has, and no more."""
    for name in copied(request.param):
        target = tmp_path / "shipped" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, target)
    return tmp_path / "shipped"


HIDING = """
import json, sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
hidden = set(json.loads(sys.argv.pop(1)))
sys.meta_path.insert(0, Hidden())
"""


def run_as_shipped(tree: Path, packages: Set[str], script: str, *arguments: str) -> str:
    """What a script prints that finds the code of a tree, modules of some packages, and nothing else."""
    kept = {*packages, "dagster-flywheel"}  # its modules are found in the tree
    owned = packages_distributions()
    hidden = [top for top, owners in owned.items() if not kept & {_plain(owner) for owner in owners}]
    done = subprocess.run(
        [sys.executable, "-c", HIDING + script, json.dumps(hidden), *arguments],
        capture_output=True,
        text=True,
        cwd=tree,
        env={"PYTHONPATH": str(tree), "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _plain(package: str) -> str:
    return re.sub("[-_.]+", "-", package).lower()


@pytest.mark.parametrize("file", FILES)
def test_hadolint_finds_nothing(file: str) -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [hadolint if hadolint.exists() else "hadolint", IMAGES / file], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("name", EVERY_LOCK)
def test_images_have_the_versions_that_the_tests_ran_with(name: str) -> None:
    tested = pins((ROOT / "constraints.txt").read_text())
    # The same library without what only a GPU needs.
    tested["xgboost-cpu"] = tested["xgboost"]
    assert locked(name) == {package: tested[package] for package in locked(name)}


def test_an_endpoint_that_follows_a_bucket_has_all_of_an_endpoint_and_what_reads_buckets() -> None:
    assert locked("serving").items() <= locked("serving-gcp").items()
    assert {"gcsfs", "fsspec", "google-auth"} <= set(locked("serving-gcp")) - set(locked("serving"))


def test_a_worker_of_a_broker_has_all_of_an_endpoint_and_clients_of_brokers() -> None:
    assert locked("serving").items() <= locked("serving-queues").items()
    assert {"redis", "confluent-kafka", "google-cloud-pubsub"} <= set(locked("serving-queues")) - set(
        locked("serving")
    )


@pytest.mark.parametrize("name", EVERY_LOCK)
def test_every_package_is_held_to_its_hash(name: str) -> None:
    text = (IMAGES / f"{name}.txt").read_text()
    blocks = re.split(r"\n(?=[a-z0-9])", text)
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert "--require-hashes" in (IMAGES / f"{name.partition('-')[0]}.Containerfile").read_text()


@pytest.mark.parametrize("name", LOCKS)
def test_slim_images_hold_no_orchestrator_no_cloud_no_cluster(name: str) -> None:
    heavy = r"dagster|mlflow|kubernetes|google|duckdb|ibis|sqlglot|pandas|evidently|great-expectations"
    assert [package for package in locked(name) if re.match(heavy, package)] == []


@pytest.mark.parametrize("file", FILES)
def test_nobody_is_root_in_an_image(file: str) -> None:
    text = (IMAGES / file).read_text()
    if "FROM scratch" in text:
        return  # nothing runs in it
    last = text[text.rindex("FROM ${PYTHON}") :]
    assert re.search(r"^USER 1000:1000$", last, re.MULTILINE)


def test_an_endpoint_is_no_trainer() -> None:
    stages = {path.split("/")[1] for path in copied("serving")}
    modules = {"__init__.py", "clock.py", "durable.py", "errors.py"}
    assert stages == modules | {"spec", "features", "registry", "endpoint"}


@pytest.mark.parametrize("shipped", ["serving"], indirect=True)
def test_the_serving_image_has_all_that_a_bundle_needs(shipped: Path, sealed: TrainedBundle) -> None:
    bundle = sealed("binary")
    script = """
import lifecycle.endpoint.__main__
from pathlib import Path
from lifecycle.endpoint.loading import load_bundle
print(load_bundle(Path(sys.argv[1]), sys.argv[2]).description["single_rows"])
"""
    packages = {*locked("serving"), "xgboost"}  # which is called xgboost-cpu there
    assert run_as_shipped(shipped, packages, script, str(bundle.path), bundle.digest) == "onnx\n"


@pytest.mark.parametrize("shipped", ["training"], indirect=True)
def test_the_training_image_has_all_that_a_job_needs(shipped: Path, tmp_path: Path) -> None:
    job = tmp_path / "job"
    job.mkdir()
    write_job(job, parcels())
    script = """
from lifecycle.training.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
    run_as_shipped(shipped, {*locked("training")}, script, str(job))
    assert (job / "result.json").exists()


def test_the_context_of_a_build_holds_what_is_copied_and_no_more() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    wanted = set()
    for file in FILES:
        for line in (IMAGES / file).read_text().splitlines():
            if line.startswith("COPY ") and "--from=" not in line and line != "COPY . /":
                wanted |= set(line.split()[1:-1])
    tops = {"deploy/images/*.txt" if path.startswith("deploy/") else path.split("/")[0] for path in wanted}
    assert kept == {top.removeprefix("./") for top in tops}

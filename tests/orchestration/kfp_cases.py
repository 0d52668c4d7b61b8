"""Pipelines of Kubeflow that were read and kept.

`python -m tests.orchestration.kfp_cases` writes them anew; read the diff.
"""

from collections.abc import Mapping
from pathlib import Path

from lifecycle.spec.model_spec import ModelSpec
from orchestration.compile_cli import pipeline_text
from orchestration.kfp_pipeline import PipelineSettings, Volume
from tests.fakes.orders import orders_spec

GOLDEN = Path(__file__).parents[1] / "golden" / "kfp"
PINNED = "europe-docker.pkg.dev/project-1/flywheel/code@sha256:" + "0" * 64
LOOKUP = """  lookups:
    stock:
      table: stock.parquet
      key: {shop: shop}
      known_at: seen_at
      columns: {level: int}
"""
CLOSED = orders_spec((LOOKUP, ""), ("    stock_level: stock.level\n", ""))
"""A model whose features follow from the rows of their partition alone."""
ON_GOOGLE = PipelineSettings(
    image=PINNED,
    variables={
        "FLYWHEEL_ENV": "gcp",
        "FLYWHEEL_FILES": "gs://delays/files",
        "FLYWHEEL_GCP_PROJECT": "project-1",
        "FLYWHEEL_HOME": "/tmp/flywheel",
        "FLYWHEEL_VERTEX": "/opt/flywheel/vertex.yaml",
        "MLFLOW_TRACKING_URI": "https://mlflow.example",
    },
)
ON_A_CLUSTER = PipelineSettings(
    image="registry.example/flywheel:1",
    variables={"FLYWHEEL_ENV": "k8s", "FLYWHEEL_HOME": "/flywheel"},
    through="endpoint",
    volume=Volume(claim="flywheel-home", path="/flywheel"),
    cpu=0.5,
    memory_gib=2,
)
CASES: Mapping[str, tuple[ModelSpec, PipelineSettings]] = {
    "cached_on_google": (CLOSED, ON_GOOGLE),
    "whole_life_on_a_volume": (orders_spec(), ON_A_CLUSTER),
}


def main() -> None:
    """Write everything anew."""
    GOLDEN.mkdir(exist_ok=True)
    for name, (spec, settings) in CASES.items():
        (GOLDEN / f"{name}.yaml").write_text(pipeline_text(spec, settings))


if __name__ == "__main__":
    main()

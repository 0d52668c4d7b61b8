"""The chart `deploy/helm/flywheel`, rendered without a cluster, and what was read and kept of it.

`python -m tests.deploy.chart` writes the golden renders anew, the base of the kustomization, and the part of
the values' schema that the settings of trainings define; read the diff.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import helm_python
import yaml

from resources.cluster.settings import ClusterSettings

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "flywheel"
SCHEMA = CHART / "values.schema.json"
KUSTOMIZE = ROOT / "deploy" / "kustomize"
BASE = KUSTOMIZE / "base" / "flywheel.yaml"
GOLDEN = ROOT / "tests" / "golden" / "helm"
NAMESPACE = "ml"
FILLED_IN = {"namespace", "service_account", "image_pull_secrets"}
"""Settings that the chart knows by itself."""

Manifest = dict[str, Any]

EVERYTHING: Mapping[str, Any] = {
    "labels": {"team": "delays"},
    "imagePullSecrets": [{"name": "registry"}],
    "environment": {"FLYWHEEL_DAGSTER_URL": "https://dagster.example"},
    "home": {"storageClass": "nfs", "size": "1Ti"},
    "cluster": {
        "image": "registry.example/flywheel-training@sha256:" + "0" * 64,
        "kind": "train_job",
        "spot": {"node_selector": {"cloud.google.com/gke-spot": "true"}},
        "volumes": [{"path": "/etc/secrets", "secret": "buckets", "read_only": True}],
        "serving": {
            "image": "registry.example/flywheel-serving:0.1.0",
            "url": "https://{model}.example.com",
            "gateway": {"name": "public", "namespace": "gateway"},
        },
    },
    "serviceAccounts": {"training": {"annotations": {"iam.gke.io/gcp-service-account": "t@p.example"}}},
    "rbac": {"kserve": True, "pytorchJobs": True, "keda": True},
    "mlflow": {
        "replicas": 2,
        "artifacts": "gs://models/mlflow",
        "hosts": ["mlflow.example"],
        "env": {"GOOGLE_CLOUD_PROJECT": "p"},
        "envSecrets": ["buckets"],
        "nodeSelector": {"pool": "services"},
        "tolerations": [{"key": "services", "operator": "Exists"}],
    },
    "networkPolicies": {
        "clients": [{"kubernetes.io/metadata.name": "gateway"}],
        "apiServer": ["10.0.0.1/32"],
        "trainingEgress": True,
        "endpointEgress": [{"to": [{"ipBlock": {"cidr": "10.1.0.7/32"}}], "ports": [{"port": 6379}]}],
    },
    "monitoring": {
        "exporter": {"enabled": True},
        "serviceMonitor": {"enabled": True, "tokenSecret": {"name": "endpoint-token"}},
        "rules": {"enabled": True, "labels": {"release": "prometheus"}},
    },
}
SMALLEST: Mapping[str, Any] = {
    "home": {"create": False},
    "rbac": {"create": False},
    "mlflow": {"enabled": False},
    "networkPolicies": {"enabled": False},
    "monitoring": {"dashboards": {"enabled": False}},
}
CASES: Mapping[str, Mapping[str, Any]] = {"defaults": {}, "everything": EVERYTHING, "smallest": SMALLEST}


def rendered(values: Mapping[str, Any]) -> str:
    """All objects as one text, by the template they come from."""
    with helm_python.Chart.load(CHART) as chart:
        made = chart.render(dict(values), name="flywheel", namespace=NAMESPACE)
    texts = [f"# {name}\n{text.strip()}\n" for name, text in sorted(made.items()) if text.strip()]
    return "---\n".join(text for text in texts if "NOTES.txt" not in text)


def objects(values: Mapping[str, Any]) -> list[Manifest]:
    """All objects that an installation creates."""
    return [made for made in yaml.safe_load_all(rendered(values)) if made is not None]


def named(values: Mapping[str, Any], kind: str, name: str) -> Manifest:
    """The one object of a kind and name."""
    (found,) = [o for o in objects(values) if (o["kind"], o["metadata"]["name"]) == (kind, name)]
    return found


def golden_text(values: Mapping[str, Any]) -> str:
    """What is kept of a case. Dashboards are files of their own: of them only that they are there."""
    kept = [_without_dashboards(one) for one in objects(values)]
    return yaml.safe_dump_all(kept, sort_keys=False, width=120)


def base_text() -> str:
    """The base of the kustomization: all but how trainings run, and the dashboards."""
    made = objects({"monitoring": {"dashboards": {"enabled": False}}})
    kept = [one for one in made if one["metadata"]["name"] != "flywheel-cluster"]
    return yaml.safe_dump_all(kept, sort_keys=False, width=120)


def schema_text() -> str:
    """The schema of the values, with the settings of trainings as their records define them today."""
    schema = json.loads(SCHEMA.read_text())
    settings = ClusterSettings.model_json_schema()
    records = settings.pop("$defs")
    settings["required"] = [name for name in settings["required"] if name not in FILLED_IN]
    schema["properties"]["cluster"] = _plain(settings)
    ours = {name: one for name, one in schema["definitions"].items() if name.islower()}
    schema["definitions"] = {**ours, **{name: _plain(one) for name, one in sorted(records.items())}}
    return json.dumps(schema, indent=1) + "\n"


def _plain(schema: Any) -> Any:
    """A schema of pydantic's as charts want it: references into `definitions`, and no prose."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema.replace("#/$defs/", "#/definitions/") if isinstance(schema, str) else schema
    return dict(_kept(schema))


def _kept(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in schema.items():
        if key == "properties":
            yield key, {name: _plain(one) for name, one in value.items()}
        # `ge` and `le` are pydantic's own, and speak of the seconds that a text was read as.
        elif key not in ("title", "description", "default", "ge", "le"):
            yield key, _plain(value)


def _without_dashboards(made: Manifest) -> Manifest:
    if made["metadata"]["labels"].get("app.kubernetes.io/component") != "dashboard":
        return made
    return {**made, "data": dict.fromkeys(made["data"], "(the file)")}


def main() -> None:
    """Write everything anew."""
    SCHEMA.write_text(schema_text())
    BASE.write_text(base_text())
    GOLDEN.mkdir(exist_ok=True)
    for name, values in CASES.items():
        (GOLDEN / f"{name}.yaml").write_text(golden_text(values))


if __name__ == "__main__":
    main()

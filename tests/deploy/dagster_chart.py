"""What the official Dagster chart makes of `deploy/helm/dagster-values.yaml`, as far as Flywheel leans on it.

Tests cannot fetch the chart, and it lets keys pass that it does not know where its schema is not checked. So
its keys are written down (`dagster_chart_keys.yaml`), and what its template makes of them: `dagster.yaml`.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

VALUES = Path(__file__).parents[2] / "deploy" / "helm" / "dagster-values.yaml"
KEYS = yaml.safe_load(Path(__file__).with_name("dagster_chart_keys.yaml").read_text())
ANY = "any"


def chart_values() -> dict[str, Any]:
    """Our values of the chart."""
    values: dict[str, Any] = yaml.safe_load(VALUES.read_text())
    return values


def unknown_keys(values: Any, known: Any, at: str = "") -> Iterator[str]:
    """Paths that the chart would pass over in silence."""
    if known == ANY:
        return
    if isinstance(known, list):
        for number, one in enumerate(values):
            yield from unknown_keys(one, known[0], f"{at}[{number}]")
        return
    for key, value in values.items():
        path = f"{at}.{key}".lstrip(".")
        if key not in known:
            yield path
        else:
            yield from unknown_keys(value, known[key], path)


def launcher_config(values: Mapping[str, Any], *, namespace: str) -> dict[str, Any]:
    """The run launcher's part of `dagster.yaml`."""
    told = values["runLauncher"]["config"]["k8sRunLauncher"]
    run = told["runK8sConfig"]
    return {
        "load_incluster_config": told["loadInclusterConfig"],
        "job_namespace": namespace,
        "image_pull_policy": told["imagePullPolicy"],
        "service_account_name": "dagster",
        "dagster_home": values["global"]["dagsterHome"],
        "instance_config_map": "dagster-instance",
        "postgres_password_secret": values["global"]["postgresqlSecretName"],
        "env_config_maps": [one["name"] for one in told["envConfigMaps"]],
        "volume_mounts": told["volumeMounts"],
        "volumes": told["volumes"],
        "labels": told["labels"],
        "resources": told["resources"],
        "fail_pod_on_run_failure": told["failPodOnRunFailure"],
        "security_context": told["securityContext"],
        "run_k8s_config": {
            "pod_spec_config": run["podSpecConfig"],
            "pod_template_spec_metadata": run["podTemplateSpecMetadata"],
            "job_spec_config": run["jobSpecConfig"],
        },
    }


def instance_config(values: Mapping[str, Any], *, namespace: str) -> dict[str, Any]:
    """`dagster.yaml` of the web UI, the daemon and runs, without its storage."""
    daemon, concurrency = values["dagsterDaemon"], values["concurrency"]
    queue = daemon["runCoordinator"]["config"]["queuedRunCoordinator"]
    monitoring, retention = daemon["runMonitoring"], values["retention"]
    logs = values["computeLogManager"]["config"]["customComputeLogManager"]
    return {
        "run_launcher": {
            "module": "dagster_k8s",
            "class": "K8sRunLauncher",
            "config": launcher_config(values, namespace=namespace),
        },
        "run_coordinator": {
            "module": "dagster._core.run_coordinator",
            "class": "QueuedRunCoordinator",
            "config": {
                "dequeue_use_threads": queue["dequeueUseThreads"],
                "dequeue_num_workers": queue["dequeueNumWorkers"],
            },
        },
        "concurrency": {
            "pools": {
                "granularity": concurrency["pools"]["granularity"],
                "default_limit": concurrency["pools"]["defaultLimit"],
            },
            "runs": {
                "max_concurrent_runs": concurrency["runs"]["maxConcurrentRuns"],
                "tag_concurrency_limits": concurrency["runs"]["tagConcurrencyLimits"],
            },
        },
        "compute_logs": logs,
        "run_monitoring": {
            "enabled": monitoring["enabled"],
            "start_timeout_seconds": monitoring["startTimeoutSeconds"],
            "cancel_timeout_seconds": monitoring["cancelTimeoutSeconds"],
            "max_resume_run_attempts": monitoring["maxResumeRunAttempts"],
            "poll_interval_seconds": monitoring["pollIntervalSeconds"],
            "free_slots_after_run_end_seconds": monitoring["freeSlotsAfterRunEndSeconds"],
        },
        **{
            kind: {"use_threads": daemon[kind]["useThreads"], "num_workers": daemon[kind]["numWorkers"]}
            for kind in ("sensors", "schedules")
        },
        "telemetry": values["telemetry"],
        "retention": {
            "schedule": {"purge_after_days": retention["schedule"]["purgeAfterDays"]},
            "sensor": {"purge_after_days": retention["sensor"]["purgeAfterDays"]},
        },
        **values["additionalInstanceConfig"],
    }

"""Where tests of BigQuery run, and what they leave behind."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from google.auth.exceptions import DefaultCredentialsError

from tests.doubles.bigquery_place import PROJECT, SUITE, Place, delete_datasets, in_project, why_no_project


def nobody() -> None:
    raise DefaultCredentialsError("none")  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    ("variables", "login", "expected"),
    [
        pytest.param({}, lambda: None, f"{PROJECT} names no project of Google Cloud", id="no project"),
        pytest.param({PROJECT: "p"}, nobody, "no application default credentials: gcloud", id="no login"),
        pytest.param({PROJECT: "p"}, lambda: None, "", id="both"),
    ],
)
def test_a_project_is_used_where_one_is_named_and_somebody_is_logged_in(
    variables: Mapping[str, str], login: Callable[[], object], expected: str
) -> None:
    found = why_no_project(variables, login)
    assert (found or "").startswith(expected) and bool(found) == bool(expected)


def test_a_project_is_asked_for_by_name() -> None:
    assert in_project({SUITE: "project", PROJECT: "p"})
    assert not in_project({SUITE: "all", PROJECT: "p"}) and not in_project({PROJECT: "p"})


def test_a_run_deletes_its_datasets_and_no_others(bigquery: Place) -> None:
    run = replace(bigquery, prefix=f"{bigquery.prefix}_run")
    for name in (f"{run.prefix}_a", f"{run.prefix}_b", f"{run.prefix}ning"):
        run.client.create_dataset(name)
    delete_datasets(run)
    left = {dataset.dataset_id for dataset in run.client.list_datasets()}
    assert {name for name in left if name.startswith(run.prefix)} == {f"{run.prefix}ning"}

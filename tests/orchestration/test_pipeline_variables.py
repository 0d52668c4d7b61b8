"""What steps of a pipeline are told, and pipelines whose steps would not find each other's results."""

from collections.abc import Mapping

import pytest

from lifecycle.errors import LifecycleError
from orchestration.pipeline_variables import check_shared, step_variables

SHARED: Mapping[str, str] = {
    "FLYWHEEL_ENV": "gcp",
    "FLYWHEEL_GCP_PROJECT": "project-1",
    "FLYWHEEL_FILES": "gs://delays/files",
    "MLFLOW_TRACKING_URI": "https://mlflow.example",
}


def test_steps_are_told_of_the_environment_and_of_nothing_else() -> None:
    told = {**SHARED, "FLYWHEEL_SIGNING_KEY": "/key", "PATH": "/bin", "FLYWHEEL_HOME": "/home/me"}
    assert step_variables(told, {}, home=None) == {**SHARED, "FLYWHEEL_HOME": "/tmp/flywheel"}


def test_what_is_said_besides_takes_the_place_of_what_is_there() -> None:
    said = {"FLYWHEEL_VERTEX": "/opt/vertex.yaml", "FLYWHEEL_GCP_PROJECT": "project-2"}
    told = {"FLYWHEEL_VERTEX": "/home/me/vertex.yaml", "FLYWHEEL_GCP_PROJECT": "project-1"}
    assert step_variables(told, said, home="/flywheel") == {**said, "FLYWHEEL_HOME": "/flywheel"}


def test_a_password_does_not_get_into_a_pipeline() -> None:
    with pytest.raises(LifecycleError, match="MLFLOW_TRACKING_URI holds a password") as refused:
        step_variables({"MLFLOW_TRACKING_URI": "https://me:hush@mlflow.example"}, {}, home=None)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "through", "told"),
    [
        pytest.param({}, "evaluation", None, id="all is shared"),
        pytest.param({"FLYWHEEL_ENV": "local"}, "evaluation", "tables are kept on the disk", id="a lake"),
        pytest.param({"FLYWHEEL_GCP_PROJECT": ""}, "data", "tables are kept on the disk", id="no project"),
        pytest.param({"FLYWHEEL_FILES": "/files"}, "model", "let FLYWHEEL_FILES be gs://", id="files"),
        pytest.param({"MLFLOW_TRACKING_URI": "sqlite:///m.db"}, "model", "name a server", id="registry"),
        pytest.param({}, "endpoint", "end with an earlier stage", id="a rollout's record"),
    ],
)
def test_steps_without_a_volume_share_what_is_elsewhere(
    changes: Mapping[str, str], through: str, told: str | None
) -> None:
    variables = {**SHARED, **changes}
    check_shared(variables, through, volume=True)
    if told is None:
        check_shared(variables, through, volume=False)
        return
    with pytest.raises(LifecycleError, match=told):
        check_shared(variables, through, volume=False)


def test_all_that_is_not_shared_is_told_at_once() -> None:
    with pytest.raises(LifecycleError) as refused:
        check_shared({"FLYWHEEL_ENV": "local"}, "endpoint", volume=False)
    assert len(str(refused.value).splitlines()) == 4

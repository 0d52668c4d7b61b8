"""Messages by Apprise to a real webhook on this machine; no address is ever seen."""

import logging
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from resources.alerts.apprise import AppriseAlerts
from resources.alerts.base import AlertNotDelivered, Message
from tests.fakes.webhook import SECRET, Webhook, listening

# The test extra installs it; the package itself does without.
needs_apprise = pytest.mark.skipif(find_spec("apprise") is None, reason="needs the extra `alerts`")
VARIABLE = "FLYWHEEL_ALERT_URLS"
MESSAGE = Message(title="m: drift", body="a drifted\nhttp://ui/a", severity="bad")


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with listening() as server:
        yield server


@needs_apprise
def test_a_message_arrives_whole(webhook: Webhook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, webhook.url)
    AppriseAlerts(sender="Pilot").send(MESSAGE, to=VARIABLE)
    (taken,) = webhook.taken
    assert (taken["title"], taken["message"], taken["type"]) == (MESSAGE.title, MESSAGE.body, "failure")
    assert taken["from"] == "Pilot"


@needs_apprise
@pytest.mark.parametrize("urls", ["{url}", "{url} nothing://{secret}", "not a url {secret}"])
def test_no_address_is_in_an_error_or_in_a_log(
    webhook: Webhook, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, urls: str
) -> None:
    webhook.status = 500
    monkeypatch.setenv(VARIABLE, urls.format(url=webhook.url, secret=SECRET))
    with caplog.at_level(logging.DEBUG), pytest.raises(AlertNotDelivered, match=VARIABLE) as caught:
        AppriseAlerts().send(MESSAGE, to=VARIABLE)
    assert SECRET not in str(caught.value) + caplog.text
    assert "127.0.0.1" not in str(caught.value) + caplog.text


@needs_apprise
def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(AlertNotDelivered, match=f"{VARIABLE} is not set"):
        AppriseAlerts().send(MESSAGE, to=VARIABLE)


@pytest.mark.skipif(find_spec("apprise") is not None, reason="Apprise is installed")
def test_without_apprise_the_extra_is_named() -> None:
    with pytest.raises(AlertNotDelivered, match=r"dagster-flywheel\[alerts\]"):
        AppriseAlerts().send(MESSAGE, to=VARIABLE)

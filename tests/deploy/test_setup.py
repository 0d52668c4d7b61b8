"""Setting up hands uv what pip was told of this machine."""

import pytest

from deploy.local.setup import of_pip

BEST = {"UV_INDEX_STRATEGY": "unsafe-best-match"}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param("", {}, id="nothing"),
        pytest.param("global.timeout='60'\n", {}, id="what uv has no use for"),
        pytest.param(
            "global.index-url='https://mirror/simple'\ninstall.extra-index-url='file:///a file:///b'\n",
            {"UV_DEFAULT_INDEX": "https://mirror/simple", "UV_INDEX": "file:///a file:///b"},
            id="indexes",
        ),
        pytest.param(
            "global.find-links='\\n/wheels\\n/more'\nglobal.cert='/ca.pem'\nglobal.constraint='/c.txt'\n",
            {"UV_FIND_LINKS": "/wheels,/more", "SSL_CERT_FILE": "/ca.pem", "UV_CONSTRAINT": "/c.txt"},
            id="wheels on disk, certificates, caps",
        ),
        pytest.param(
            ":env:.find-links='/mine'\nglobal.find-links='/all'\n",
            {"UV_FIND_LINKS": "/mine"},
            id="the environment overrules files",
        ),
        pytest.param(
            "global.index-url='https://mirror?a=b'\n", {"UV_DEFAULT_INDEX": "https://mirror?a=b"}, id="="
        ),
    ],
)
def test_what_pip_knows_uv_is_told(
    settings: str, expected: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SSL_CERT_FILE", "UV_FIND_LINKS", "UV_INDEX", "UV_DEFAULT_INDEX", "UV_CONSTRAINT"):
        monkeypatch.delenv(name, raising=False)
    assert of_pip(settings) == BEST | expected


def test_a_variable_of_uv_s_own_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://own")
    assert "UV_DEFAULT_INDEX" not in of_pip("global.index-url='https://mirror/simple'\n")

"""Signatures: what nobody signed, or somebody else, is refused before a file of it is used."""

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from lifecycle.errors import LifecycleError
from lifecycle.registry import sealed as sealed_module
from lifecycle.registry.bundle import Bundle, open_bundle, seal_bundle
from lifecycle.registry.signature import (
    SIGNATURE_FILE,
    SIGNING_KEY,
    VERIFY_KEY,
    SignatureError,
    attach_signature,
    check_signature,
    key_file,
    read_signature,
    sign_digest,
)
from tests.fakes.keys import key_pair

DIGEST = "a" * 64


def test_what_was_signed_is_opened(bundle: Bundle, tmp_path: Path) -> None:
    private, public = key_pair(tmp_path)
    attach_signature(bundle.path, sign_digest(bundle.digest, private))
    assert open_bundle(bundle.path, verify_key=public) == bundle
    assert open_bundle(bundle.path) == bundle, "who has no key reads it as before"
    assert seal_bundle(bundle.path, bundle.manifest).digest == bundle.digest


def test_the_same_digest_and_key_give_the_same_signature(tmp_path: Path) -> None:
    private, _ = key_pair(tmp_path)
    assert sign_digest(DIGEST, private) == sign_digest(DIGEST, private)
    assert sign_digest(DIGEST, private) != sign_digest("b" * 64, private)


def forged(folder: Path, digest: str) -> dict[str, tuple[str | None, str]]:
    """Signatures that are none for the digest by the key in the folder, and what is said of each."""
    (folder / "other").mkdir()
    private, _ = key_pair(folder)
    stranger, _ = key_pair(folder / "other")
    good = json.loads(sign_digest(digest, private))
    raw = base64.b64decode(good["signature"])
    flipped = base64.b64encode(bytes([raw[0] ^ 1]) + raw[1:]).decode()
    return {
        "none": (None, "is not signed, and FLYWHEEL_VERIFY_KEY is set"),
        "a stranger's": (
            sign_digest(digest, stranger),
            "is signed by key '[0-9a-f]{16}', not '[0-9a-f]{16}'",
        ),
        "a stranger's under our name": (
            json.dumps({**json.loads(sign_digest(digest, stranger)), "key": good["key"]}),
            "is signed for other bytes",
        ),
        "of another bundle": (sign_digest("b" * 64, private), "is signed for other bytes"),
        "a bit is wrong": (json.dumps({**good, "signature": flipped}), "is signed for other bytes"),
        "cut": (json.dumps({**good, "signature": good["signature"][:40]}), "is signed for other bytes"),
        "no base64": (json.dumps({**good, "signature": "%%"}), "cannot be read"),
        "of another algorithm": (json.dumps({**good, "algorithm": "none"}), "cannot be read"),
        "of another format": (json.dumps({**good, "format": 2}), "cannot be read"),
        "empty": ("", "cannot be read"),
        "no JSON": ("\0" * 100, "cannot be read"),
    }


FORGERIES = (
    "none", "a stranger's", "a stranger's under our name", "of another bundle", "a bit is wrong", "cut",
    "no base64", "of another algorithm", "of another format", "empty", "no JSON",
)  # fmt: skip  # in two lines


@pytest.mark.parametrize("kind", FORGERIES)
def test_what_was_not_signed_by_the_key_is_refused_unread(
    bundle: Bundle, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgeries = forged(tmp_path, bundle.digest)
    assert tuple(forgeries) == FORGERIES
    signature, why = forgeries[kind]
    attach_signature(bundle.path, signature)
    read: list[str] = []
    monkeypatch.setattr(sealed_module, "audit_file", lambda path, name: read.append(name))
    with pytest.raises(SignatureError, match=f"{why}.*nothing of it was used|{why}"):
        open_bundle(bundle.path, verify_key=tmp_path / "verify.pem")
    assert read == [], "no file of it was read"


def test_a_bundle_that_was_changed_and_sealed_anew_is_not_signed_any_more(
    bundle: Bundle, tmp_path: Path
) -> None:
    private, public = key_pair(tmp_path)
    attach_signature(bundle.path, sign_digest(bundle.digest, private))
    changed = seal_bundle(bundle.path, bundle.manifest.model_copy(update={"threshold": 0.9}))
    with pytest.raises(SignatureError, match=f"bundle {changed.digest[:12]} is signed for other bytes"):
        open_bundle(bundle.path, verify_key=public)


def test_a_signature_that_is_a_link_is_not_followed(bundle: Bundle, tmp_path: Path) -> None:
    private, public = key_pair(tmp_path)
    (tmp_path / "outside").write_text(sign_digest(bundle.digest, private))
    (bundle.path / SIGNATURE_FILE).symlink_to(tmp_path / "outside")
    with pytest.raises(LifecycleError, match=r"symbolic links|is a link"):
        open_bundle(bundle.path, verify_key=public)
    attach_signature(bundle.path, "{}")
    assert read_signature(bundle.path) == "{}"
    assert (tmp_path / "outside").read_text() != "{}", "what it pointed to was not written"


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_a_file_that_is_no_key_is_named_and_not_shown(tmp_path: Path) -> None:
    private, public = key_pair(tmp_path)
    elliptic = generate_private_key(SECP256R1())
    pem = (Encoding.PEM, PrivateFormat.PKCS8)
    locked = Ed25519PrivateKey.generate().private_bytes(*pem, BestAvailableEncryption(b"s3cret"))
    wrong = {
        "public": public,
        "another kind": written(tmp_path / "ec.pem", elliptic.private_bytes(*pem, NoEncryption())),
        "with a password": written(tmp_path / "locked.pem", locked),
        "half": written(tmp_path / "half.pem", private.read_bytes()[:60]),
        "none": written(tmp_path / "none.pem", b""),
    }
    for path in wrong.values():
        with pytest.raises(LifecycleError, match=r"is no Ed25519 private key .*openssl genpkey") as caught:
            sign_digest(DIGEST, path)
        assert caught.value.__cause__ is None
        assert not set(path.read_text().splitlines()[1:-1]) & set(str(caught.value).split())
    with pytest.raises(LifecycleError, match=r"is no Ed25519 public key .*openssl pkey"):
        check_signature(DIGEST, None, private)
    with pytest.raises(
        LifecycleError, match=r"gone.pem of FLYWHEEL_SIGNING_KEY cannot be read \(No such file"
    ):
        sign_digest(DIGEST, tmp_path / "gone.pem")


def test_keys_of_openssl_are_read(tmp_path: Path) -> None:
    # Made by: openssl genpkey -algorithm ed25519; openssl pkey -pubout
    private = (
        "-----BEGIN PRIVATE KEY-----\n"
        "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
        "-----END PRIVATE KEY-----\n"
    )  # the secret of test 1 of RFC 8032, published there
    key = written(tmp_path / "rfc8032.pem", private.encode())
    made = json.loads(sign_digest(DIGEST, key))
    loaded = Ed25519PrivateKey.from_private_bytes(
        bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    )
    assert loaded.public_key().public_bytes_raw().hex() == (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    )
    public = written(
        tmp_path / "rfc8032-public.pem",
        loaded.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    )
    check_signature(DIGEST, json.dumps(made), public)


@pytest.mark.parametrize("name", [SIGNING_KEY, VERIFY_KEY])
def test_a_variable_that_is_set_and_empty_is_no_quiet_way_out(name: str) -> None:
    assert key_file(name, {}) is None
    assert key_file(name, {name: "/keys/a.pem"}) == Path("/keys/a.pem")
    for empty in ("", " "):
        with pytest.raises(LifecycleError, match=f"{name} is empty"):
            key_file(name, {name: empty})

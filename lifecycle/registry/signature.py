"""The signature of a bundle: who may write to the registry cannot make an endpoint serve what nobody signed.

A digest says that a bundle is the one that was registered; it does not say who registered it. With a key
pair (Ed25519), training signs the digest and every endpoint checks it. What is signed is the digest of the
manifest, which names every file's digest, so the signature stands for all of the bundle.
"""

import base64
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError

from lifecycle.errors import LifecycleError
from lifecycle.registry.audit import BundleError, read_plain
from lifecycle.spec.kinds import Record

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SIGNING_KEY, VERIFY_KEY = "FLYWHEEL_SIGNING_KEY", "FLYWHEEL_VERIFY_KEY"
SIGNATURE_FILE = "bundle.sig"
MAX_SIGNATURE_BYTES = MAX_KEY_BYTES = 10_000
# Says what the key vouches for: the same bytes never mean something else to another program.
_PURPOSE = b"flywheel bundle 1\n"


class SignatureError(BundleError):
    """A bundle that nobody vouches for."""


class Signature(Record):
    """A signature as it is kept beside a bundle."""

    format: Literal[1] = 1
    algorithm: Literal["ed25519"] = "ed25519"
    key: str
    """Fingerprint of the public key, to tell which one is needed."""
    signature: str
    """Base64."""


def key_file(name: str, variables: Mapping[str, str] | None = None) -> Path | None:
    """The key file that a variable names; None where it is not set.

    Raises:
        LifecycleError: it is set and empty: whoever set it wanted signatures.
    """
    told = (os.environ if variables is None else variables).get(name)
    if told is None:
        return None
    if not told.strip():
        raise LifecycleError(f"{name} is empty: name the file of a key, or do not set it")
    return Path(told).absolute()


def sign_digest(digest: str, key: Path) -> str:
    """Sign the digest of a bundle.

    Args:
        digest: of the bundle.
        key: file of an Ed25519 private key, PEM without a password.

    Returns:
        The signature as JSON.

    Raises:
        LifecycleError: the file is no such key.
    """
    private = _private_key(key)
    signature = base64.b64encode(private.sign(_signed(digest))).decode()
    return Signature(key=_fingerprint(private.public_key()), signature=signature).model_dump_json()


def check_signature(digest: str, signature: str | None, key: Path) -> None:
    """Hold a digest to its signature.

    Args:
        digest: of the bundle, as computed from its bytes.
        signature: what lies beside it; None: nothing.
        key: file of an Ed25519 public key, PEM.

    Raises:
        SignatureError: it is not signed, or not by this key, or something else was signed.
        LifecycleError: the file is no such key.
    """
    from cryptography.exceptions import InvalidSignature

    public = _public_key(key)
    if signature is None:
        raise SignatureError(
            f"bundle {digest[:12]} is not signed, and {VERIFY_KEY} is set: nothing of it was used; train it "
            f"with {SIGNING_KEY} set, or sign it with `flywheel sign`"
        )
    try:
        read = Signature.model_validate_json(signature)
        public.verify(base64.b64decode(read.signature, validate=True), _signed(digest))
    except (ValidationError, ValueError) as exc:
        raise SignatureError(
            f"the signature of bundle {digest[:12]} cannot be read: nothing of it was used"
        ) from exc
    except InvalidSignature as exc:
        wanted = _fingerprint(public)
        why = f"by key {read.key[:16]!r}, not {wanted!r}" if read.key != wanted else "for other bytes"
        raise SignatureError(f"bundle {digest[:12]} is signed {why}: nothing of it was used") from exc


def read_signature(folder: Path) -> str | None:
    """The signature in a bundle's folder; None where there is none.

    Raises:
        BundleError: it is a link, a device or too large.
    """
    path = folder / SIGNATURE_FILE
    if not os.path.lexists(path):
        return None
    return read_plain(path, max_bytes=MAX_SIGNATURE_BYTES).decode(errors="replace")


def attach_signature(folder: Path, signature: str | None) -> None:
    """Put a signature beside a bundle, over the one that is there; None leaves that."""
    if signature is not None:
        path = folder / SIGNATURE_FILE
        path.unlink(missing_ok=True)  # a link is replaced, not followed
        path.write_text(signature, encoding="utf-8")


def _signed(digest: str) -> bytes:
    return _PURPOSE + digest.encode()


def _private_key(path: Path) -> "Ed25519PrivateKey":
    content = _pem(path, SIGNING_KEY)
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None  # what it says could show a piece of the key
    if not isinstance(key, Ed25519PrivateKey):
        raise LifecycleError(
            f"{path} ({SIGNING_KEY}) is no Ed25519 private key in PEM without a password; make one with "
            "`openssl genpkey -algorithm ed25519 -out signing.pem`"
        )
    return key


def _public_key(path: Path) -> "Ed25519PublicKey":
    content = _pem(path, VERIFY_KEY)
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise LifecycleError(
            f"{path} ({VERIFY_KEY}) is no Ed25519 public key in PEM; make it with "
            "`openssl pkey -in signing.pem -pubout -out verify.pem`"
        )
    return key


def _pem(path: Path, name: str) -> bytes:
    try:
        import cryptography  # noqa: F401  # an extra: said here, in words, instead of a trace below
    except ImportError as exc:
        raise LifecycleError(f"{name} needs the extra: pip install 'dagster-flywheel[signing]'") from exc
    try:
        with path.open("rb") as file:
            return file.read(MAX_KEY_BYTES)
    except OSError as exc:
        raise LifecycleError(f"the key {path} of {name} cannot be read ({exc.strerror})") from exc


def _fingerprint(key: "Ed25519PublicKey") -> str:
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]

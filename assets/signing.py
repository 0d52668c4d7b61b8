"""Signatures of versions: made where a bundle is made, kept beside it and as a tag of its version."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import ValidationError

from lifecycle.errors import LifecycleError
from lifecycle.registry.bundle import Bundle, open_bundle
from lifecycle.registry.signature import (
    SIGNING_KEY,
    Signature,
    attach_signature,
    key_file,
    sign_digest,
)
from resources.tracking.base import ModelVersion, Tracking

SIGNATURE_TAG = "flywheel.signature"


def signed(bundle: Bundle) -> Mapping[str, str]:
    """Sign a bundle that was just made, where there is a key, and give the tag that its version gets.

    Only here: what is found in a registry may be somebody else's, and is not signed without being asked.
    """
    key = key_file(SIGNING_KEY)
    if key is None:
        return {}
    signature = sign_digest(bundle.digest, key)
    attach_signature(bundle.path, signature)
    return {SIGNATURE_TAG: signature}


def signer_of(version: ModelVersion) -> str | None:
    """Who signed a version, as its tag says: nothing is verified here. None: nobody did."""
    tag = version.tags.get(SIGNATURE_TAG)
    if tag is None:
        return None
    try:
        return f"by key {Signature.model_validate_json(tag).key}"
    except ValidationError:
        return "unreadable"


def sign_version(tracking: Tracking, model: str, number: str) -> ModelVersion:
    """Sign a registered version because a person asks for it; its bundle is audited first.

    Raises:
        LifecycleError: there is no key or no such version, or its bundle is not what the registry says.
    """
    key = key_file(SIGNING_KEY)
    if key is None:
        raise LifecycleError(f"{SIGNING_KEY} is not set: name the file of an Ed25519 private key")
    version = tracking.version(model, number)
    with TemporaryDirectory() as folder:
        fetched = tracking.fetch_bundle(model, number, Path(folder))
        bundle = open_bundle(fetched, expect_digest=version.bundle_digest)
        return tracking.set_tags(model, number, {SIGNATURE_TAG: sign_digest(bundle.digest, key)})

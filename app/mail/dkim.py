"""DKIM signatures, so that receivers can tell our letters from forged ones (RFC 6376); dkimpy does the work."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

# RFC 8058, 4: a one-click line that the signature does not cover is not believed. What a letter lacks is signed as
# lacking, so that nobody adds it on the way.
SIGNED = (
    b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type", b"content-transfer-encoding",
    b"auto-submitted", b"in-reply-to", b"references", b"list-id", b"list-unsubscribe", b"list-unsubscribe-post",
)  # fmt: skip
SMALLEST_KEY_BITS = 2048


class BadKey(ValueError):
    """The file holds no private RSA key that receivers would believe; the message says why."""


@dataclass(frozen=True)
class Signer:
    """The key of an installation: each site's domain publishes its public half under the same selector."""

    selector: str
    pem: bytes
    public: str

    def sign(self, content: bytes, domain: str) -> bytes:
        """Return a message of CRLF lines with its signature in front. Not changed by who takes it further."""
        import dkim

        header: bytes = dkim.sign(
            content, self.selector.encode(), domain.encode("idna"), self.pem, include_headers=list(SIGNED)
        )
        return header + content

    def record(self, domain: str) -> tuple[str, str]:
        """Return name and text of the TXT record that the domain must publish (RFC 6376, 3.6)."""
        return f"{self.selector}._domainkey.{domain}", f"v=DKIM1; k=rsa; p={self.public}"


def load(setting: str) -> Signer | None:
    """Return the signer of a setting `selector:/file.pem`; None for an empty one. Raises BadKey."""
    if not setting:
        return None
    selector, _, path = setting.partition(":")
    if not selector.replace("-", "").replace("_", "").isalnum() or not selector.isascii() or not path:
        raise BadKey("it is not selector:/file.pem, such as v2026:/etc/ventanilla/dkim.pem")
    try:
        pem = Path(path).read_bytes()
    except OSError as error:
        raise BadKey(f"{path}: {error.strerror}") from error
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadKey(f"{path} holds no private key without a password") from error
    if not isinstance(key, RSAPrivateKey) or key.key_size < SMALLEST_KEY_BITS:
        raise BadKey(f"{path} is no RSA key of {SMALLEST_KEY_BITS} bits or more")
    try:
        import dkim  # noqa: F401 - said at start, and not at the first letter
    except ImportError as error:
        raise BadKey("dkimpy is not installed: pip install 'ventanilla[mailbox]'") from error
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Signer(selector, pem, base64.b64encode(public).decode())

"""Certificates for tests: an authority, and what it signs for loopback."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import (
    AuthorityKeyIdentifier,
    BasicConstraints,
    Certificate,
    CertificateBuilder,
    DNSName,
    IPAddress,
    KeyUsage,
    Name,
    NameAttribute,
    SubjectAlternativeName,
    SubjectKeyIdentifier,
    random_serial_number,
)
from cryptography.x509.oid import NameOID

from sandbox.ports import LOOPBACK

VALID_FOR = timedelta(days=2)


@dataclass(frozen=True)
class Identity:
    """A certificate and its key, in PEM files of their own."""

    certificate: Path
    key: Path

    @property
    def one_line(self) -> tuple[str, str]:
        """The certificate and the key as Java's properties take them: PEM with escaped line ends."""
        certificate, key = (path.read_text().replace("\n", "\\n") for path in (self.certificate, self.key))
        return certificate, key


class Authority:
    """Signs certificates for loopback; its own one is in ``file``."""

    def __init__(self, folder: Path, *, name: str = "tests") -> None:
        self._folder = folder
        self._key = generate_private_key(SECP256R1())
        self._name = _name_of(f"{name} authority")
        certificate = self._sign(self._name, self._key, is_authority=True)
        self.file = folder / f"{name}-authority.pem"
        self.file.write_bytes(certificate.public_bytes(Encoding.PEM))

    def issue(self, name: str) -> Identity:
        """Return a certificate for ``name`` at loopback."""
        key = generate_private_key(SECP256R1())
        issued = Identity(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        issued.certificate.write_bytes(self._sign(_name_of(name), key).public_bytes(Encoding.PEM))
        issued.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return issued

    def _sign(self, subject: Name, key: EllipticCurvePrivateKey, *, is_authority: bool = False) -> Certificate:
        now = datetime.now(UTC)
        here = SubjectAlternativeName([IPAddress(ip_address(LOOPBACK)), DNSName("localhost")])
        usage = KeyUsage(
            digital_signature=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=is_authority,
            crl_sign=is_authority,
            encipher_only=False,
            decipher_only=False,
        )
        # Since Python 3.13 default contexts want the key identifiers and the key usage of RFC 5280, section 4.2.1.
        return (
            CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(random_serial_number())
            .not_valid_before(now - VALID_FOR)
            .not_valid_after(now + VALID_FOR)
            .add_extension(BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .add_extension(here, critical=False)
            .sign(self._key, SHA256())
        )


def _name_of(name: str) -> Name:
    return Name([NameAttribute(NameOID.COMMON_NAME, name)])

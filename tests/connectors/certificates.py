"""Certificates for the TLS tests, signed by an authority made on the spot."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Authority:
    """Signs server certificates; `bundle` is what a client must trust."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("Test Authority")
        certificate = self._certificate(self._name, self._key.public_key(), days=(-2, 2), authority=True)
        self.bundle = folder / "authority.pem"
        self.bundle.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def server(self, host: str, days: tuple[int, int] = (-1, 1), self_signed: bool = False) -> ssl.SSLContext:
        """A server's TLS context for `host`, valid from day to day counted from today."""
        key = ec.generate_private_key(ec.SECP256R1())
        signer = key if self_signed else self._key
        issuer = _name(host) if self_signed else self._name
        certificate = self._certificate(_name(host), key.public_key(), days, host, signer=signer, issuer=issuer)
        path = self.folder / f"{host}{days}{self_signed}.pem"
        path.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _certificate(
        self,
        subject: x509.Name,
        public_key: ec.EllipticCurvePublicKey,
        days: tuple[int, int],
        host: str = "",
        *,
        authority: bool = False,
        signer: ec.EllipticCurvePrivateKey | None = None,
        issuer: x509.Name | None = None,
    ) -> x509.Certificate:
        now, signer = datetime.now(UTC), signer or self._key
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer or self._name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + timedelta(days=days[0]))
            .not_valid_after(now + timedelta(days=days[1]))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if host:
            names = x509.SubjectAlternativeName([x509.DNSName(host)])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(signer, hashes.SHA256())


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])

"""RFC 3161 timestamps by a reviewed library (`rfc3161-client`): whoever wants none need not have it.

The token is checked when it comes, because a token that nobody has checked is no evidence, and some authorities
answer in a way that the library refuses (more than one certificate in the token, out of order).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any, TypeVar

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from disposal_log.errors import TimestampInvalidError

# by name, because it is an extra: whoever checks the types of this room need not have it
_client = import_module("rfc3161_client")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What a token that holds says.

    Attributes:
        at: When, by the word of the authority.
        authority: Its name.
        digest: What was stamped: a digest of 32, 48 or 64 bytes.
    """

    at: datetime
    authority: str
    digest: bytes


def timestamp_request(text: bytes) -> bytes:
    """Give the request for a timestamp over `text`; it asks for the authority's certificate in the answer."""
    request = _client.TimestampRequestBuilder().data(text).hash_algorithm(_client.HashAlgorithm.SHA256).build()
    return bytes(request.as_bytes())


def check_timestamp(token: bytes, text: bytes, chain: bytes) -> Stamp:
    """Check a timestamp response over `text` with the certificates in `chain` (PEM), roots and intermediates.

    Raises:
        TimestampInvalidError: if it is malformed, for other bytes, or not signed below one of the roots.
    """
    certificates = _guarded(lambda: x509.load_pem_x509_certificates(chain), "cannot be checked: the certificates")
    response = _guarded(lambda: _client.decode_timestamp_response(token), "cannot be read")
    roots = [each for each in certificates if each.issuer == each.subject]
    others = [each for each in certificates if each.issuer != each.subject]
    if not roots:
        raise TimestampInvalidError(reason="cannot be checked: there is no root among its authority's certificates")
    embedded = _guarded(lambda: len(response.signed_data.certificates), "cannot be read")
    verifier = _client.VerifierBuilder(
        tsa_certificate=None if embedded else next(filter(_is_for_timestamps, others), None),
        intermediates=[each for each in others if not _is_for_timestamps(each)],
        roots=roots,
    ).build()
    _guarded(lambda: verifier.verify_message(response, text), "does not hold")
    return _guarded(lambda: _stamp(response, certificates), "cannot be read")


def digest_in(token: bytes) -> bytes:
    """Give what a token is about, unchecked.

    Raises:
        TimestampInvalidError: if it is malformed.
    """
    return _guarded(
        lambda: bytes(_client.decode_timestamp_response(token).tst_info.message_imprint.message), "cannot be read"
    )


def _stamp(response: Any, certificates: list[x509.Certificate]) -> Stamp:  # noqa: ANN401  # the library is an extra
    info = response.tst_info
    signer = next(iter(response.signed_data.signer_infos))
    embedded = [x509.load_der_x509_certificate(each) for each in response.signed_data.certificates]
    names = [
        each.subject.rfc4514_string()
        for each in (*embedded, *certificates)
        if (each.issuer, each.serial_number) == (signer.issuer, signer.serial_number)
    ]
    return Stamp(at=info.gen_time, authority=names[0], digest=info.message_imprint.message)


def _is_for_timestamps(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    return ExtendedKeyUsageOID.TIME_STAMPING in usage


def _guarded(step: Callable[[], _T], words: str) -> _T:
    """Turn whatever the library raises for foreign bytes into ours."""
    try:
        return step()
    except TimestampInvalidError:
        raise
    except Exception as error:  # the library raises ValueError, its own errors, and what OpenSSL makes of the bytes
        raise TimestampInvalidError(reason=f"{words}: {str(error) or type(error).__name__}") from error

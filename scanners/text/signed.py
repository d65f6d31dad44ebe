"""Looking into the envelope of S/MIME (CMS, RFC 5652) far enough to tell a locked message from a signed one."""

SIGNED_TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})

_WITHIN_BYTES = 64
_PKCS7 = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"
_DATA, _ENVELOPED, _AUTH_ENVELOPED = (
    _PKCS7 + b"\x01",
    _PKCS7 + b"\x03",
    b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17",
)
_EXPLICIT, _OCTETS, _CONSTRUCTED_OCTETS = 0xA0, 0x04, 0x24
_LONG_FORM, _INDEFINITE = 0x80, 0x80
_MAX_LENGTH_BYTES = 4


def is_enveloped(raw: bytes) -> bool:
    """Tell whether the content is locked for its receivers, RFC 5652 §6 and RFC 5083."""
    head = raw[:_WITHIN_BYTES]
    return _ENVELOPED in head or _AUTH_ENVELOPED in head


def signed_content(raw: bytes) -> bytes | None:
    """Return the message inside a signature, RFC 5652 §5.2; None when it is not there."""
    at = raw.find(_DATA)
    if at < 0:
        return None
    position = at + len(_DATA)
    explicit = _element(raw, position)
    if not explicit or explicit[0] != _EXPLICIT:
        return None
    octets = _element(raw, explicit[1])
    if not octets or octets[0] not in (_OCTETS, _CONSTRUCTED_OCTETS):
        return None
    kind, start, end = octets
    return raw[start:end] if kind == _OCTETS else b"".join(_pieces(raw, start, end))


def _pieces(raw: bytes, start: int, end: int) -> list[bytes]:
    """Return the portions of a string that was written without knowing its length, X.690 §8.7.3."""
    found: list[bytes] = []
    position = start
    while position < end:
        piece = _element(raw, position)
        if not piece or piece[0] != _OCTETS:
            break
        found.append(raw[piece[1] : piece[2]])
        position = max(piece[2], position + 2)
    return found


def _element(raw: bytes, at: int) -> tuple[int, int, int] | None:
    """Return tag, start and end of one element, X.690 §8.1; the end is that of the file where none is stated."""
    if at + 2 > len(raw):
        return None
    tag, length = raw[at], raw[at + 1]
    start = at + 2
    if length == _INDEFINITE:
        return tag, start, len(raw)
    if length > _LONG_FORM:
        size = length - _LONG_FORM
        if size > _MAX_LENGTH_BYTES:
            return None
        length = int.from_bytes(raw[start : start + size], "big")
        start += size
    return tag, start, min(start + length, len(raw))

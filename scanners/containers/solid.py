"""Content that lies one file after the other in one packed stream, as in 7z archives and cabinets.

To reach a file everything before it is unpacked as well; files are asked for in their order, so each byte once.
"""

from collections.abc import Callable, Iterator

from scanners.containers.allowance import Allowance
from scanners.containers.packed import Stream
from scanners.errors import BrokenContentError, OversizedContentError

_CHUNK_BYTES = 256 << 10


class SolidContent:
    """One packed stream.

    Args:
        unpack: Unpacks it from its beginning.
        allowance: What may still be unpacked; what is passed over counts as well.
    """

    def __init__(self, unpack: Callable[[], Iterator[bytes]], *, allowance: Allowance) -> None:
        self._unpack = unpack
        self._allowance = allowance
        self._stream: Stream | None = None

    def part(self, offset: int, size_bytes: int) -> Iterator[bytes]:
        """Yield one file.

        Raises:
            ContentError: It cannot be unpacked, is cut off, or takes more than the allowance.
        """
        if self._stream is None or self._stream.position > offset:
            self._stream = Stream(self._counted())
        stream = self._stream
        if offset + size_bytes - stream.position > self._allowance.left_bytes:
            raise OversizedContentError("an archive in it lies behind more content than is unpacked here")
        is_there = stream.skip_to(offset)
        end = offset + size_bytes
        while is_there and stream.position < end:
            chunk = stream.take(min(_CHUNK_BYTES, end - stream.position))
            if not chunk:
                break
            yield chunk
        if stream.position < end:
            raise BrokenContentError("its content is cut off")

    def _counted(self) -> Iterator[bytes]:
        for chunk in self._unpack():
            self._allowance.spend(len(chunk))
            yield chunk

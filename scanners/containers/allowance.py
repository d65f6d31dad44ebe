"""How much may be unpacked from one file, over all that lies inside it: the guard against archives made to swell."""

from dataclasses import dataclass

from scanners.errors import OversizedContentError


@dataclass(slots=True)
class Allowance:
    """How many bytes may still be unpacked from one file, over all its members."""

    left_bytes: int

    def spend(self, count: int) -> None:
        """Take `count` bytes.

        Raises:
            OversizedContentError: They are more than was left.
        """
        self.left_bytes -= count
        if self.left_bytes < 0:
            raise OversizedContentError("it unpacks to far more than its size suggests")

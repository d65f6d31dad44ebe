"""One share as a scan needs it: the folder that is its root, what lies below it, and who examines it."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from retention.domain.assets import Source
from retention.errors import InvalidInputError, SourceVanishedError
from retention.services.reaching.address import ShareAddress
from retention.services.workspace import QUARANTINE_NAME
from scanners import ExaminationLimits, SourceUnavailableError
from scanners.crawling import FolderListing
from scanners.shares import ShareExaminer, SmbLogin, SmbMissingError, SmbShare, open_share


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareLogin:
    r"""Who asks: a user such as `DOMAIN\name`, or nobody in particular: then the ticket of who is logged on counts.

    Lives in memory only: neither the catalogue nor a log nor a message ever has the password.
    """

    user: str | None = None
    password: str | None = field(default=None, repr=False)


class RemoteShare:
    """A share and who asks for it; every use makes a connection of its own."""

    def __init__(self, address: ShareAddress, login: ShareLogin) -> None:
        self._root = address.root
        self._login = SmbLogin(
            server=address.server.strip("[]"),
            share=address.share,
            folder=address.folder,
            port=address.port,
            user=login.user,
            password=login.password,
        )

    def numbers(self) -> tuple[int, int]:
        """Return the server's number of the volume, and that of the folder that is the root.

        Raises:
            SourceVanishedError: The share cannot be reached, or refuses this account.
            InvalidInputError: The extra that speaks to file servers is not installed.
        """
        with self._opened() as share:
            return share.numbers

    def listings(self, source: Source) -> Generator[FolderListing, None, None]:
        """Yield what lies on the share, a folder at a time, as far as the patterns of `source` take it in.

        Raises:
            SourceUnavailableError: The share cannot be reached, or was lost on the way.
        """
        with open_share(self._login) as share:
            yield from share.crawl_folders(
                quarantine_name=QUARANTINE_NAME, include=source.include, exclude=source.exclude
            )

    def examiners(self, limits: ExaminationLimits) -> "partial[ShareExaminer]":
        """Return what makes an examiner of files on this share, one for each worker."""
        return partial(ShareExaminer, self._login, limits=limits)

    @contextmanager
    def _opened(self) -> Iterator[SmbShare]:
        try:
            with open_share(self._login) as share:
                yield share
        except SourceUnavailableError as error:
            raise SourceVanishedError(root=self._root, detail=error.detail) from error
        except SmbMissingError as error:
            raise InvalidInputError(
                what=error.what.rstrip("."), not_done=error.not_done, next_step=error.next_step
            ) from error

"""Being a witness for somebody else's destruction log: another machine, or another person, and no workspace."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from disposal_log import LogError, VerifierKey
from disposal_log.errors import HistoryConflictError
from disposal_log.witnessing.dropping import answer_file, requests_in
from disposal_log.witnessing.serving import WitnessServer
from disposal_log.witnessing.witness import Judgement, Witness
from retention.errors import InvalidInputError, LogDamagedError, LogUnavailableError


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What a witness did with one request.

    Attributes:
        request: The file.
        answer: Where the answer lies.
        words: What was signed, or why nothing was.
        is_signed: Whether it was, or a longer log had been signed already.
    """

    request: Path
    answer: Path
    words: str
    is_signed: bool


def make_witness(folder: Path, *, name: str, log_keys: Iterable[str]) -> str:
    """Make a witness and return its public key, for the policy of the logs.

    Raises:
        InvalidInputError: A key or the name cannot be one, or there is a witness already.
    """
    with _our_words():
        keys = [_read_key(each) for each in log_keys]
        with Witness.create(folder, name=name, logs=keys) as witness:
            return witness.vkey


def trust_log(folder: Path, log_keys: Iterable[str]) -> tuple[str, ...]:
    """Let a witness watch further logs, or accept further keys of one; return all keys that it accepts.

    Raises:
        InvalidInputError: A key is none.
        LogUnavailableError: There is no such witness, or it is at work.
    """
    with _our_words():
        keys = [_read_key(each) for each in log_keys]
        with Witness(folder) as witness:
            for key in keys:
                witness.trust(key)
            return tuple(map(str, witness.logs))


def sign_requests(folder: Path, places: Iterable[Path], *, at: datetime) -> Iterator[Signed]:
    """Answer the requests in files and folders, one after the other.

    Raises:
        LogDamagedError: A log showed two histories; both checkpoints are in the message, as the proof.
        LogUnavailableError: There is no such witness, it is at work elsewhere, or a file cannot be read.
    """
    with _our_words(), Witness(folder) as witness:
        for place in places:
            for request in requests_in(place, witness):
                answer, judgement = answer_file(request, witness, at=at)
                _require_one_history(judgement.conflict)
                yield Signed(
                    request=request,
                    answer=answer,
                    words=_words(judgement),
                    is_signed=judgement.cosignature is not None or judgement.is_passed_over,
                )


@contextmanager
def serving(folder: Path, *, host: str, port: int, now: Callable[[], datetime]) -> Iterator[WitnessServer]:
    """Open a witness and listen for requests; the caller lets it serve.

    Raises:
        LogUnavailableError: There is no such witness, it is at work elsewhere, or nobody may listen there.
    """
    with _our_words(), Witness(folder) as witness:
        try:
            server = WitnessServer(witness, now=now, host=host, port=port)
        except OSError as error:
            raise LogUnavailableError(
                what=f"nobody can listen on {host}, port {port}: {error.strerror or error}",
                not_done="The witness does not serve.",
                next_step="Name another --host or --port.",
            ) from error
        with server:
            yield server


def _words(judgement: Judgement) -> str:
    if judgement.is_passed_over:
        return f"passed over: {judgement.reason}"
    if judgement.cosignature is None or judgement.checkpoint is None:
        return f"refused: {judgement.reason}"
    return f"cosigned {judgement.checkpoint.size} entries of {judgement.checkpoint.origin}"


def _require_one_history(conflict: HistoryConflictError | None) -> None:
    if conflict is None:
        return
    notes = "\n".join(note.decode("utf-8", errors="replace") for note in (conflict.known, conflict.shown))
    raise LogDamagedError(
        # a full stop after the notes would become part of the last signature
        what=f"{conflict.reason}:\n\n{notes}\nThese are both checkpoints, as they were signed",
        not_done="Nothing was signed. Both checkpoints are kept in the witness's folder `conflicts`.",
        next_step="Show both to whoever answers for the log: each is signed by its key, and they cannot both be true.",
    )


def _read_key(text: str) -> VerifierKey:
    path = Path(text)
    words = text
    if "+" not in text and path.is_file():
        words = path.read_text(encoding="utf-8", errors="replace")
    return VerifierKey.parse(words.strip().removeprefix("log ").partition("\n")[0].strip())


@contextmanager
def _our_words() -> Iterator[None]:
    try:
        yield
    except LogError as error:
        kind = InvalidInputError if "key" in type(error).__name__.lower() else LogUnavailableError
        raise kind(
            what=str(error),
            not_done="Nothing was signed.",
            next_step="See docs/witnessing.md.",
        ) from error
    except OSError as error:
        raise LogUnavailableError(
            what=f"the witness's folder cannot be used: {error}",
            not_done="Nothing was signed.",
            next_step="Make room there, or let this account write to it.",
        ) from error

"""The witness's side of a shared folder: read the requests that lie there, leave the answers beside them.

For a witness without a network: a folder on a share, or a stick that is carried to and fro. Stands above `witness`.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from disposal_log.errors import WitnessError
from disposal_log.files.durable import replace_durably
from disposal_log.witnessing.requests import MAX_REQUEST_BYTES
from disposal_log.witnessing.witness import Judgement, Witness


def answer_path(request: Path) -> Path:
    """Give the file that holds the answer to a request."""
    return request.with_suffix(".answer")


def requests_in(place: Path, witness: Witness) -> Iterator[Path]:
    """Yield the file itself, or the requests to this witness in a folder that have no answer yet, longest log first.

    Raises:
        WitnessError: if the folder cannot be read.
    """
    if not place.is_dir():
        yield place
        return
    mine = re.compile(rf"(\d{{1,16}})-[0-9a-f]{{8}}\.{witness.key.hash.hex()}\.request")
    try:
        found = list(filter(None, (mine.fullmatch(each.name) for each in place.iterdir())))
    except OSError as error:
        raise WitnessError(witness=witness.key.key_id, reason=f"cannot read {place}: {error.strerror}") from error
    for each in sorted(found, key=lambda one: (-int(one[1]), one[0])):
        if not answer_path(place / each[0]).exists():
            yield place / each[0]


def answer_file(request: Path, witness: Witness, *, at: datetime) -> tuple[Path, Judgement]:
    """Judge the request in a file and leave the answer beside it.

    Raises:
        WitnessError: if the request cannot be read, the answer not written, or the witness's memory is damaged.
    """
    try:
        with request.open("rb") as file:
            body = file.read(MAX_REQUEST_BYTES + 1)
        judgement = witness.judge(body, at=at)
        replace_durably(answer_path(request), judgement.answer.spell())
    except OSError as error:
        raise WitnessError(witness=witness.key.key_id, reason=f"cannot answer {request}: {error.strerror}") from error
    return answer_path(request), judgement

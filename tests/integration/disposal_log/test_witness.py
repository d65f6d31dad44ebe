"""A witness that can be talked into forgetting, or into signing two histories, is worse than none."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from disposal_log.errors import HistoryConflictError, LogLockedError, WitnessError
from disposal_log.files import durable
from disposal_log.formats.cosignatures import find_cosignatures
from disposal_log.signing.notes import SigningKey, VerifierKey
from disposal_log.witnessing.asking import (
    WitnessAheadError,
    answers_in,
    ask_by_http,
    cosigned_by,
    post,
    put_request,
    read_cosignature,
)
from disposal_log.witnessing.dropping import answer_file, requests_in
from disposal_log.witnessing.requests import AddCheckpoint, Answer
from disposal_log.witnessing.serving import SIZE_TYPE, WitnessServer
from disposal_log.witnessing.witness import CONFLICTS_DIRECTORY, Witness
from tests.integration.disposal_log.shown import NOON, ORIGIN, ShownLog, served

NAME = "audit.example.gov.uk/w1"


@pytest.fixture
def log() -> ShownLog:
    return ShownLog().grow("a", "b", "c")


@pytest.fixture
def witness(fast_folder: Path, log: ShownLog) -> Iterator[Witness]:
    with Witness.create(fast_folder / "witness", name=NAME, logs=[log.key.verifier]) as made:
        yield made


def test_a_witness_signs_what_it_sees_first_and_whatever_extends_it(witness: Witness, log: ShownLog) -> None:
    first = witness.judge(log.request(0), at=NOON)
    second = witness.judge(log.grow("d", "e").request(3), at=NOON + timedelta(minutes=1))

    assert (first.answer.status, second.answer.status) == (200, 200)
    assert second.cosignature is not None
    assert second.cosignature.at == NOON + timedelta(minutes=1)
    known = witness.known(ORIGIN)
    assert known is not None
    assert known.checkpoint == log.checkpoint


def test_the_same_checkpoint_may_be_signed_again(witness: Witness, log: ShownLog) -> None:
    witness.judge(log.request(0), at=NOON)

    assert witness.judge(log.request(3), at=NOON).answer.status == 200


def test_a_rolled_back_log_is_seen_by_its_witness(witness: Witness, log: ShownLog) -> None:
    witness.judge(log.grow("d", "e").request(0), at=NOON)
    rolled_back = log.fork(3)

    told = witness.judge(rolled_back.request(3), at=NOON)

    assert told.answer == Answer(status=409, body=b"5\n")
    with pytest.raises(WitnessAheadError, match=r"has signed 5 entries of this log, which has only 3: it was rolled"):
        cosigned_by(
            witness.key,
            note=rolled_back.note,
            known_size=3,
            prove=rolled_back.prove,
            ask=lambda request: witness.judge(request.spell(), at=NOON).answer,
        )


def test_two_roots_for_one_size_are_the_proof_that_convinces_anybody(witness: Witness, log: ShownLog) -> None:
    other = log.fork(2).grow("C")
    witness.judge(log.request(0), at=NOON)

    caught = witness.judge(other.request(3), at=NOON)

    assert caught.answer.status == 409
    assert caught.conflict is not None
    assert caught.conflict.known.startswith(log.note)
    assert caught.conflict.shown == other.note
    kept = witness._directory / CONFLICTS_DIRECTORY
    assert {each.read_bytes() for each in kept.iterdir()} == {caught.conflict.known, other.note}
    known = witness.known(ORIGIN)
    assert known is not None
    assert known.checkpoint == log.checkpoint


def test_a_longer_log_with_another_past_is_not_signed(witness: Witness, log: ShownLog) -> None:
    witness.judge(log.request(0), at=NOON)
    other = log.fork(2).grow("C", "D")

    told = witness.judge(other.request(3), at=NOON)

    assert told.answer.status == 422
    assert told.cosignature is None
    with pytest.raises(HistoryConflictError, match="knows another history"):
        read_cosignature(witness.key, note=other.note, answer=told.answer)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda _log: b"hello", 400),
        (lambda log: log.request(0).replace(b"old 0", b"old 4"), 400),
        (lambda log: log.request(2), 409),
        (lambda log: ShownLog(SigningKey.from_seed("other.example/log", seed=b"x" * 32), log.leaves).request(0), 404),
        (lambda log: ShownLog(SigningKey.from_seed(ORIGIN, seed=b"x" * 32), log.leaves).request(0), 403),
        (lambda log: log.request(0).replace(b"old 0\n", b"old 0\n" + b"AAAA" * 10 + b"AAA=\n"), 422),
    ],
)
def test_every_refusal_has_the_status_that_the_protocol_gives_it(
    witness: Witness, log: ShownLog, change: object, status: int
) -> None:
    assert callable(change)

    told = witness.judge(change(log), at=NOON)

    assert (told.answer.status, told.cosignature) == (status, None)
    assert witness.known(ORIGIN) is None


def test_one_witness_is_at_work_in_a_folder_and_no_second(witness: Witness) -> None:
    with pytest.raises(LogLockedError):
        Witness(witness._directory)


def test_a_slower_request_for_a_shorter_log_cannot_set_the_memory_back(witness: Witness, log: ShownLog) -> None:
    witness.judge(log.request(0), at=NOON)
    requests = [log.grow(f"entry {number}").request(3) for number in range(20)]
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda body=body: answers.append(witness.judge(body, at=NOON).answer.status))
        for body in requests
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [200] + [409] * 19


@pytest.mark.parametrize("step", ["open", "write", "fsync", "rename", "after"])
def test_a_witness_killed_at_any_step_of_remembering_never_signs_two_histories(
    fast_folder: Path, log: ShownLog, step: str
) -> None:
    folder = fast_folder / "witness"
    with Witness.create(folder, name=NAME, logs=[log.key.verifier]) as witness:
        witness.judge(log.request(0), at=NOON)
    longer = log.fork(3).grow("d")

    child = os.fork()
    if child == 0:
        die_at(step)
        with suppress(BaseException):
            Witness(folder).judge(longer.request(3), at=NOON)
        os._exit(0 if step == "after" else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == (0 if step == "after" else 9)

    with Witness(folder) as again:
        known = again.known(ORIGIN)
        assert known is not None
        assert known.checkpoint in (log.checkpoint, longer.checkpoint)
        forked = log.fork(3).grow("D")
        assert again.judge(longer.request(known.checkpoint.size), at=NOON).answer.status == 200
        assert again.judge(forked.request(4), at=NOON).answer.status == 409


def die_at(step: str) -> None:
    def dying(*_args: object, **_names: object) -> None:
        os._exit(9)

    if step == "rename":
        Path.replace = dying  # type: ignore[method-assign, assignment]  # only in the child that is about to die
    elif step == "write":
        durable.write_all = dying
    elif step in ("fsync", "open"):
        setattr(os, step, dying) if step == "fsync" else setattr(durable, "stage", dying)


def test_a_damaged_memory_stops_the_witness_rather_than_starting_anew(witness: Witness, log: ShownLog) -> None:
    witness.judge(log.request(0), at=NOON)
    (file,) = (witness._directory / "known").iterdir()
    file.write_bytes(log.note)

    with pytest.raises(WitnessError, match="cannot rely on its memory"):
        witness.judge(log.grow("d").request(0), at=NOON)


def test_a_key_that_others_may_read_is_not_used(witness: Witness) -> None:
    witness.close()
    (witness._directory / "witness.key").chmod(0o644)

    with pytest.raises(WitnessError, match="others may read"):
        Witness(witness._directory)


def test_a_second_witness_is_never_made_over_the_first(witness: Witness, log: ShownLog) -> None:
    with pytest.raises(WitnessError, match="is there already"):
        Witness.create(witness._directory, name=NAME, logs=[log.key.verifier])
    with pytest.raises(WitnessError, match="is not there"):
        Witness(witness._directory / "nowhere")


def test_after_a_rotation_the_witness_accepts_the_new_key_once_it_is_told(witness: Witness, log: ShownLog) -> None:
    rotated = ShownLog(SigningKey.from_seed(ORIGIN, seed=b"n" * 32), log.leaves)
    assert witness.judge(rotated.request(0), at=NOON).answer.status == 403

    witness.trust(rotated.key.verifier)
    witness.close()

    with Witness(witness._directory) as again:
        assert again.judge(rotated.request(0), at=NOON).answer.status == 200


def test_by_a_folder_it_goes_as_over_the_network(witness: Witness, log: ShownLog, fast_folder: Path) -> None:
    shared = fast_folder / "shared"
    shared.mkdir()
    put_request(shared, AddCheckpoint(old_size=2, proof=log.prove(2), note=log.note), witness=witness.key)

    (wrong,) = requests_in(shared, witness)
    answer_file(wrong, witness, at=NOON)
    ((_, told),) = answers_in(shared, witness=witness.key)
    assert told.known_size() == 0

    log.grow("d")
    path = put_request(shared, AddCheckpoint(old_size=0, proof=(), note=log.note), witness=witness.key)
    assert list(requests_in(shared, witness)) == [path]
    answer_file(path, witness, at=NOON)
    request, answer = list(answers_in(shared, witness=witness.key))[-1]

    assert read_cosignature(witness.key, note=request.note, answer=answer).at == NOON
    assert list(requests_in(shared, witness)) == []


def test_a_forged_answer_in_the_shared_folder_is_not_believed(
    witness: Witness, log: ShownLog, fast_folder: Path
) -> None:
    path = put_request(fast_folder, AddCheckpoint(old_size=0, proof=(), note=log.note), witness=witness.key)
    path.with_suffix(".answer").write_bytes(b"200\n\xe2\x80\x94 audit.example.gov.uk/w1 AAAAAAAAAAAAAAAA\n")

    ((request, answer),) = answers_in(fast_folder, witness=witness.key)

    with pytest.raises(WitnessError, match="gave no valid cosignature"):
        read_cosignature(witness.key, note=request.note, answer=answer)


def test_over_http_a_log_that_lost_its_place_is_told_and_asks_again(witness: Witness, log: ShownLog) -> None:
    witness.judge(log.request(0), at=NOON)
    log.grow("d")

    with served(witness) as server:
        found = cosigned_by(
            witness.key, note=log.note, known_size=0, prove=log.prove, ask=ask_by_http(server.url, witness=NAME)
        )

    assert found.at == NOON
    assert find_cosignatures(log.note + found.line().encode(), [witness.key])[0] == found


def test_the_server_speaks_as_the_protocol_says_and_nothing_else(witness: Witness, log: ShownLog) -> None:
    witness.judge(log.request(0), at=NOON)

    with served(witness) as server:

        def answer(path: str, body: bytes) -> tuple[int, bytes]:
            return post(server.url + path, body, content_type="text/plain", timeout_seconds=5, limit=1000)

        assert answer("/add-checkpoint", log.request(0)) == (409, b"3\n")
        assert answer("/add-checkpoint", b"hello")[0] == 400
        assert answer("/", b"")[0] == 404
        assert answer("/add-checkpoint", bytes(300_000))[0] == 413
        assert f"Content-Type: {SIZE_TYPE}\r\n".encode() in raw(server, posted(log.request(0)))
        assert raw(server, b"GET /add-checkpoint HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.0 501")
        assert raw(server, b"POST /add-checkpoint HTTP/1.0\r\nContent-Length: -1\r\n\r\n").startswith(b"HTTP/1.0 411")


def posted(body: bytes) -> bytes:
    return b"POST /add-checkpoint HTTP/1.0\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def raw(server: WitnessServer, words: bytes) -> bytes:
    host, port = server.server_address[:2]
    with socket.create_connection((str(host), port), timeout=5) as connection:
        connection.sendall(words)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(4096), b""))


def test_a_request_that_was_cut_short_is_not_judged(witness: Witness, log: ShownLog) -> None:
    with served(witness) as server:
        told = raw(server, posted(log.request(0))[:-10])

    assert told.startswith(b"HTTP/1.0 400")
    assert witness.known(ORIGIN) is None


def test_a_crowd_is_not_let_in_and_the_witness_lives_on(witness: Witness, log: ShownLog) -> None:
    with served(witness) as server:
        host, port = server.server_address[:2]
        crowd = [socket.create_connection((str(host), port), timeout=5) for _ in range(20)]
        try:
            assert crowd[-1].recv(1) == b""
        finally:
            for each in crowd:
                each.close()
        found = cosigned_by(
            witness.key, note=log.note, known_size=0, prove=log.prove, ask=ask_by_http(server.url, witness=NAME)
        )

    assert found.key == witness.key


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "ftp://127.0.0.1/", "nonsense", "http://127.0.0.1:99999999/"])
def test_a_witness_that_cannot_be_reached_is_named(log: ShownLog, url: str) -> None:
    ask = ask_by_http(url, witness=NAME, timeout_seconds=1)

    with pytest.raises(WitnessError, match=r"audit\.example.* cannot be reached"):
        ask(AddCheckpoint(old_size=0, proof=(), note=log.note))


def test_a_name_that_cannot_sign_makes_no_witness(fast_folder: Path, log: ShownLog) -> None:
    with pytest.raises(Exception, match="cannot name a key"):
        Witness.create(fast_folder / "w", name="two words", logs=[log.key.verifier])
    assert isinstance(log.key.verifier, VerifierKey)

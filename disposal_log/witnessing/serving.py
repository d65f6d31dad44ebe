"""A witness on the network: `POST /add-checkpoint`, and nothing else (C2SP tlog-witness).

Small on purpose, and bounded in every direction: the length of a request, how long a client may take, and how
many are heard at once. Stands above `witness`.
"""

import logging
import socket
import threading
from collections.abc import Callable
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from disposal_log.errors import LogError
from disposal_log.witnessing.asking import ADD_CHECKPOINT
from disposal_log.witnessing.requests import CONFLICT, MALFORMED, MAX_REQUEST_BYTES, Answer
from disposal_log.witnessing.witness import Witness

logger = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
SECONDS_PER_CLIENT = 10.0
MAX_CLIENTS = 16
SIZE_TYPE = "text/x.tlog.size"  # tlog-witness, add-checkpoint
TEXT_TYPE = "text/plain; charset=utf-8"
_LENGTH_REQUIRED = 411
_TOO_LARGE = 413
_OUT_OF_ORDER = 500


class WitnessServer(ThreadingHTTPServer):
    """Serves one open witness."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, witness: Witness, *, now: Callable[[], datetime], host: str = LOOPBACK, port: int = 0) -> None:
        """Listen on `host` and `port`; port 0 takes any that is free.

        Raises:
            OSError: if nobody may listen there.
        """
        self.witness = witness
        self.now = now
        self._room = threading.BoundedSemaphore(MAX_CLIENTS)
        super().__init__((host, port), _Handler)

    @property
    def url(self) -> str:
        """The submission prefix, for the policy of the log."""
        host, port = self.server_address[:2]
        return f"http://{host if isinstance(host, str) else host.decode()}:{port}"

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  # as the base class has it
        """Hear one client, unless too many are heard already."""
        if not self._room.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  # as above
        """Hear one client in a thread of its own, for so long and no longer."""
        cut = threading.Timer(SECONDS_PER_CLIENT, _hang_up, [request])
        cut.daemon = True
        cut.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            cut.cancel()
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  # as above
        """Note a broken conversation for the operator; the server goes on."""
        logger.info("witness_client_lost", extra={"client": str(client_address)})


def _hang_up(request: socket.socket) -> None:
    # a client that sends a byte now and then would outlast any timeout for a single read
    try:
        request.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


class _Handler(BaseHTTPRequestHandler):
    server: WitnessServer
    timeout = SECONDS_PER_CLIENT
    server_version = "witness"
    sys_version = ""

    def do_POST(self) -> None:
        if self.path != ADD_CHECKPOINT:
            self._reply(Answer(status=404, body=b"there is only add-checkpoint here\n"))
            return
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdecimal()):
            self._reply(Answer(status=_LENGTH_REQUIRED, body=b"say how long it is\n"))
        elif int(length[:10]) > MAX_REQUEST_BYTES or len(length) > len(str(MAX_REQUEST_BYTES)):
            self._reply(Answer(status=_TOO_LARGE, body=b"it is too long\n"))
        else:
            self._reply(self._judged(self.rfile.read(int(length)), int(length)))

    def _judged(self, body: bytes, length: int) -> Answer:
        if len(body) < length:
            return Answer(status=MALFORMED, body=b"it was cut short\n")
        try:
            judgement = self.server.witness.judge(body, at=self.server.now())
        except (LogError, OSError) as error:
            logger.exception("witness_out_of_order", extra={"reason": str(error)})
            return Answer(status=_OUT_OF_ORDER, body=b"the witness is out of order\n")
        if judgement.reason:
            logger.warning("witness_refused", extra={"reason": judgement.reason})
        return judgement.answer

    def _reply(self, answer: Answer) -> None:
        is_size = answer.status == CONFLICT
        self.send_response(answer.status)
        self.send_header("Content-Type", SIZE_TYPE if is_size else TEXT_TYPE)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # as the base class names it
        logger.debug("witness_request", extra={"words": format % args})

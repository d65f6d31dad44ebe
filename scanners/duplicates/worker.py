"""The process behind a worker: reads files below one root for its parent until its input ends.

Started by `scanners.duplicates.crew` as `python -P -m scanners.duplicates.worker DESCRIPTOR`.
"""

import pickle
import sys
from typing import BinaryIO

from scanners.opening import FileOpener


def serve(root: int, questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer each question, a task and its units, until there are no more."""
    with FileOpener(root) as opener:
        while True:
            try:
                task, units = pickle.load(questions)  # noqa: S301  from the parent, who started us
            except EOFError:
                return
            pickle.dump(task(opener, units), answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.stdin.buffer, sys.stdout.buffer)

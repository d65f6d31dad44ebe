"""How long a file is likely to take: only so that work is cut into portions of a second or two."""

import posixpath

# Seconds for any file of the kind, and for each MiB of it: rounded up from what the readers were measured to take.
_READING = {
    **dict.fromkeys((".pdf",), (0.004, 0.002)),
    **dict.fromkeys((".docx", ".docm", ".dotx", ".odt", ".ott", ".epub"), (0.0006, 0.015)),
    **dict.fromkeys((".xlsx", ".xlsm", ".xltx", ".ods", ".xlsb"), (0.0015, 0.03)),
    **dict.fromkeys((".pptx", ".pptm", ".ppsx", ".odp"), (0.001, 0.005)),
    **dict.fromkeys((".doc", ".dot", ".ppt", ".pps", ".pub", ".vsd"), (0.0005, 0.005)),
    **dict.fromkeys((".xls", ".xlt"), (0.001, 0.05)),
    **dict.fromkeys((".msg", ".eml", ".rtf", ".tnef", ".dat"), (0.001, 0.02)),
    **dict.fromkeys((".mbox", ".mbx"), (0.005, 0.05)),
    **dict.fromkeys((".htm", ".html", ".mht", ".xml", ".svg", ".json"), (0.0003, 0.02)),
    **dict.fromkeys((".txt", ".csv", ".log", ".md", ".tsv"), (0.00005, 0.0005)),
    **dict.fromkeys((".zip", ".tar", ".tgz", ".gz", ".7z", ".rar"), (0.001, 0.002)),
}
_OTHER = (0.00005, 0.0)
_OPENING_SECONDS = 0.0001
_DIGEST_SECONDS_PER_MIB = 0.0006
_LONGEST_SECONDS = 30.0
_MIB = 1 << 20


def expected_seconds(path: str, size_bytes: int) -> float:
    """Return how long one file is likely to take, by the ending of its name and its size."""
    mebibytes = size_bytes / _MIB
    seconds = _OPENING_SECONDS + mebibytes * _DIGEST_SECONDS_PER_MIB + reading_seconds(path, size_bytes)
    return min(seconds, _LONGEST_SECONDS)


def reading_seconds(path: str, size_bytes: int) -> float:
    """Return how much of it is likely to go into reading the text: what a copy of known content need not cost."""
    each, per_mebibyte = _READING.get(posixpath.splitext(path)[1].lower(), _OTHER)
    return each + per_mebibyte * min(size_bytes / _MIB, 32.0)

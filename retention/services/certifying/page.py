"""The certificate as a page people can read and print: one HTML file, nothing fetched from anywhere."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from retention.errors import InvalidInputError
from retention.services.certifying.issuing import IssuedCertificate

_ASSURANCE = {
    "L0": "name removed; the content can still be reached through another name",
    "L1": "deleted from the live file system; free blocks may hold the bytes until they are reused",
}

_STATES = (
    ("destroyed", "Destroyed"),
    ("excluded", "Kept: left out by the approver, or restored"),
    ("held", "Kept: under a disposal hold"),
    ("changed", "Kept: changed since it was approved"),
    ("missing", "Missing: not found, and not our doing"),
    ("failed", "Failed: could not be destroyed"),
)


def render_page(certificate: IssuedCertificate) -> str:
    """Return the page; every value from outside is escaped."""
    environment = Environment(
        loader=PackageLoader("retention.services.certifying", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["moment"] = _moment
    facts: dict[str, Any] = certificate.statement["predicate"]
    return environment.get_template("certificate.html").render(
        facts=facts,
        rows=[(words, facts["counts"][state], facts["bytes"][state]) for state, words in _STATES],
        assurance=[(one["method"], one["assurance"], _ASSURANCE[one["assurance"]]) for one in facts["methods"]],
        envelope=certificate.envelope,
    )


def _moment(written: str) -> str:
    """Return an instant as people write it; the signed statement keeps the microseconds."""
    instant = datetime.fromisoformat(written).astimezone(UTC)
    return f"{instant.day} {instant:%B %Y, %H:%M:%S} UTC"


def save_certificate(certificate: IssuedCertificate, folder: Path) -> tuple[Path, Path]:
    """Write the signed statement and the page into `folder`; a file that is there already is never changed.

    Raises:
        InvalidInputError: The folder cannot be written to, or another file has one of the names.
    """
    statement = folder / f"{certificate.certificate_id}.dsse.json"
    page = folder / f"{certificate.certificate_id}.html"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_new(statement, certificate.envelope)
        _write_new(page, render_page(certificate))
    except OSError as error:
        raise InvalidInputError(
            what=f"the certificate could not be written to {folder}: {error.strerror}",
            not_done="Nothing that was there was changed; the certificate itself is issued and in the log.",
            next_step="Name an empty folder you may write to with --to.",
        ) from error
    return statement, page


def _write_new(place: Path, content: str) -> None:
    words = content.encode("utf-8")
    if place.is_file() and place.read_bytes() == words:
        return
    with place.open("xb") as file:
        file.write(words)

"""A checkpoint on paper: plain text for the minutes of a meeting, or one page with a QR code."""

from datetime import datetime
from io import BytesIO
from pathlib import Path

from disposal_log import LogReader
from disposal_log.files.durable import write_new
from disposal_log.formats.checkpoints import Checkpoint, claimed_checkpoint
from disposal_log.formats.seen import printed_line
from disposal_log.witnessing.printed import printed_checkpoint
from retention.errors import InvalidInputError
from retention.services.log_access import our_errors
from retention.services.workspace import Workspace

_QR_SIZE = 60  # millimetres
_POINTS = 12
_LARGE_POINTS = 16
_LEADING = 1.4


def print_checkpoint(workspace: Workspace, *, at: datetime, pdf: Path | None = None) -> str:
    """Return the newest checkpoint as text, and write it as a page if asked.

    Raises:
        LogUnavailableError: There is no log.
        LogDamagedError: Its checkpoint is not signed by its key.
        InvalidInputError: The page cannot be written, or there is such a file already.
    """
    with our_errors(), LogReader(workspace.log) as reader:
        note = reader.checkpoint_note
    checkpoint = claimed_checkpoint(note)
    text = printed_checkpoint(checkpoint, at=at)
    if pdf is not None:
        try:
            write_new(pdf, page(checkpoint, text))
        except OSError as error:
            raise InvalidInputError(
                what=f"{pdf} cannot be written: {error.strerror}",
                not_done="No page was written, and nothing was overwritten.",
                next_step="Name a new file in a folder that you may write to.",
            ) from error
    return text


def page(checkpoint: Checkpoint, text: str) -> bytes:
    """Return one page of A4 with the text and, as a QR code, the line that `verify --seen` takes."""
    from xml.sax.saxutils import escape  # noqa: PLC0415

    from reportlab.graphics.barcode.qr import QrCodeWidget  # noqa: PLC0415  # loads slowly, and few commands print
    from reportlab.graphics.shapes import Drawing  # noqa: PLC0415
    from reportlab.lib.pagesizes import A4  # noqa: PLC0415
    from reportlab.lib.styles import getSampleStyleSheet  # noqa: PLC0415
    from reportlab.lib.units import mm  # noqa: PLC0415
    from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer  # noqa: PLC0415

    widget = QrCodeWidget(printed_line(checkpoint), barWidth=_QR_SIZE * mm, barHeight=_QR_SIZE * mm)
    drawing = Drawing(_QR_SIZE * mm, _QR_SIZE * mm)
    drawing.add(widget)
    plain = getSampleStyleSheet()["BodyText"].clone("plain", fontSize=_POINTS, leading=_POINTS * _LEADING)
    large = plain.clone("large", fontName="Helvetica-Bold", fontSize=_LARGE_POINTS, leading=_LARGE_POINTS * _LEADING)
    story: list[Flowable] = [Paragraph("Checkpoint of a destruction log", getSampleStyleSheet()["Title"])]
    for part in text.split("\n\n"):
        style = large if part == printed_line(checkpoint) else plain
        story += [Paragraph(escape(part).replace("\n", "<br/>"), style), Spacer(1, 5 * mm)]
    content = BytesIO()
    document = SimpleDocTemplate(
        content, pagesize=A4, title=f"Checkpoint of {checkpoint.origin}", lang="en-GB", invariant=1
    )
    document.build([*story, drawing])
    return content.getvalue()

"""Presentations: what the audience and the speaker saw, in the order in which they saw it, and nothing that harms."""

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import ProblemKind
from scanners.text import read_content
from scanners.text.reading import ContentReading

Builder = Callable[..., bytes]
NO_PARTS: Mapping[str, str] = {}
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
NAMES = (
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="r"'
)


def read(content: bytes) -> ContentReading:
    return read_content(SLIDES, content, limit_chars=20_000)


def shape(text: str, *, placeholder: str = "") -> str:
    mark = f'<p:nvPr><p:ph type="{placeholder}"/></p:nvPr>' if placeholder else ""
    return f"<p:sp>{mark}<p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"


def relations(*pairs: tuple[str, str]) -> str:
    stated = "".join(
        f'<Relationship Id="n{number}" Type="http://x/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(pairs, 1)
    )
    return f'<Relationships xmlns="r">{stated}</Relationships>'


def a_pptx(archive: Builder, *slides: str, order: tuple[int, ...] = (), parts: Mapping[str, str] = NO_PARTS) -> bytes:
    """Return a presentation; `order` lists the slides' numbers as they are shown."""
    shown = order or tuple(range(1, len(slides) + 1))
    listed = "".join(f'<p:sldId id="{256 + number}" r:id="n{number}"/>' for number in shown)
    made = {
        "ppt/presentation.xml": f"<p:presentation {NAMES}><p:sldIdLst>{listed}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": relations(
            *(("slide", f"slides/slide{number}.xml") for number in range(1, len(slides) + 1))
        ),
    }
    for number, body in enumerate(slides, 1):
        made[f"ppt/slides/slide{number}.xml"] = f"<p:sld {NAMES}>{body}</p:sld>"
    return archive(made | dict(parts))


def test_slides_are_read_in_the_order_in_which_they_are_shown(archive: Builder) -> None:
    reading = read(a_pptx(archive, shape("Second"), shape("Third"), shape("First"), order=(3, 1, 2)))

    assert reading.text.split() == ["First", "Second", "Third"]
    assert reading.is_read


def test_notes_and_comments_of_a_slide_follow_it(archive: Builder) -> None:
    content = a_pptx(
        archive,
        shape("Restructure"),
        shape("Questions"),
        parts={
            "ppt/slides/_rels/slide1.xml.rels": relations(
                ("comments", "../comments/comment1.xml"), ("notesSlide", "../notesSlides/notesSlide1.xml")
            ),
            "ppt/notesSlides/notesSlide1.xml": f"<p:notes {NAMES}>{shape('Do not mention the redundancies')}</p:notes>",
            "ppt/comments/comment1.xml": f"<p:cmLst {NAMES}><p:cm><p:text>Agreed with HR</p:text></p:cm></p:cmLst>",
        },
    )

    assert read(content).text.split("\n") == [
        "Restructure",
        "Do not mention the redundancies",
        "Agreed with HR",
        "Questions",
    ]


def test_a_marking_on_the_master_is_found_and_its_invitations_are_not(archive: Builder) -> None:
    master = shape("Click to edit the title", placeholder="title") + shape("CONFIDENTIAL")
    layout = shape("Add", placeholder="body")
    content = a_pptx(
        archive,
        shape("Budget"),
        parts={
            "ppt/slides/_rels/slide1.xml.rels": relations(("slideLayout", "../slideLayouts/slideLayout1.xml")),
            "ppt/slideLayouts/slideLayout1.xml": f"<p:sldLayout {NAMES}>{layout}</p:sldLayout>",
            "ppt/slideLayouts/_rels/slideLayout1.xml.rels": relations(("slideMaster", "../slideMasters/m.xml")),
            "ppt/slideMasters/m.xml": f"<p:sldMaster {NAMES}>{master}</p:sldMaster>",
        },
    )

    assert read(content).text.split("\n") == ["Budget", "CONFIDENTIAL"]


def test_numbers_of_pages_and_second_renderings_are_left_out(archive: Builder) -> None:
    body = (
        '<a:p><a:fld type="slidenum"><a:t>7</a:t></a:fld></a:p>'
        "<m:AlternateContent xmlns:m='m'><m:Choice><a:t>shown</a:t></m:Choice>"
        "<m:Fallback><a:t>shown again</a:t></m:Fallback></m:AlternateContent>"
    )

    assert read(a_pptx(archive, body)).text == "shown"


def test_cells_and_line_breaks_keep_words_apart(archive: Builder) -> None:
    body = "<a:tbl><a:tc><a:t>Name</a:t></a:tc><a:tc><a:t>Born</a:t><a:br/><a:t>1961</a:t></a:tc></a:tbl>"

    assert read(a_pptx(archive, body)).text.split() == ["Name", "Born", "1961"]


def test_slides_of_a_presentation_that_lists_none_are_read_all_the_same(archive: Builder) -> None:
    content = archive(
        {
            "ppt/presentation.xml": f"<p:presentation {NAMES}/>",
            "ppt/slides/slide10.xml": f"<p:sld {NAMES}>{shape('Tenth')}</p:sld>",
            "ppt/slides/slide2.xml": f"<p:sld {NAMES}>{shape('Second')}</p:sld>",
        }
    )

    assert read(content).text.split() == ["Second", "Tenth"]


def test_a_presentation_without_its_main_part_is_broken_and_not_empty(archive: Builder) -> None:
    reading = read(archive({"ppt/slides/slide1.xml": f"<p:sld {NAMES}>{shape('lost')}</p:sld>"}))

    assert [problem.kind for problem in reading.problems] == [ProblemKind.BROKEN]


def test_a_chart_that_every_slide_shares_is_read_once(archive: Builder) -> None:
    slides = [shape(f"Slide{number}") for number in range(50)]
    shared = {
        f"ppt/slides/_rels/slide{number}.xml.rels": relations(("chart", "../charts/chart1.xml"))
        for number in range(1, 51)
    }
    chart = {"ppt/charts/chart1.xml": "<c:chart xmlns:c='c'><c:v>Arrears</c:v></c:chart>"}

    assert read(a_pptx(archive, *slides, parts=shared | chart)).text.count("Arrears") == 1


def test_a_slide_that_declares_entities_is_refused(archive: Builder) -> None:
    content = archive(
        {
            "ppt/presentation.xml": f"<p:presentation {NAMES}/>",
            "ppt/slides/slide1.xml": "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>",
        }
    )

    reading = read(content)

    assert [problem.kind for problem in reading.problems] == [ProblemKind.BROKEN]
    assert reading.text == ""


def test_a_bomb_among_the_slides_is_named(archive: Builder) -> None:
    reading = read(a_pptx(archive, " " * (40 << 20)))

    assert [problem.kind for problem in reading.problems] == [ProblemKind.TOO_LARGE]


@pytest.mark.parametrize("target", ["../../../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "\\\\host\\share"])
def test_a_slide_cannot_point_outside_its_file(archive: Builder, target: str) -> None:
    content = a_pptx(
        archive, shape("Inside"), parts={"ppt/slides/_rels/slide1.xml.rels": relations(("notesSlide", target))}
    )

    assert read(content).text == "Inside"


@given(st.binary(max_size=300))
def test_no_bytes_of_a_slide_make_its_reader_fail(archive: Builder, slide: bytes) -> None:
    content = archive({"ppt/presentation.xml": f"<p:presentation {NAMES}/>", "ppt/slides/slide1.xml": slide})

    assert len(read(content).text) <= 300

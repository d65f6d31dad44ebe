"""Small files in the forms of others, made for the tests: their shapes, our own rows."""

import json

GRS_HEAD = (
    "GRS ID,Record Title,Classification (General),Legal Citation,Disposition,Retention (Years),Retention Type,"
    "Event Type (General),Longer Retention Authorized?,Deviations Allowed?,Disposition Authority,Superseded by,"
    "Last Updated,Comments,,,"
)


def grs(*rows: str) -> bytes:
    """Return a General Records Schedule with its quirks: byte order mark, CRLF, nameless columns."""
    return ("\ufeff" + "\r\n".join([GRS_HEAD, *(f"{row},,," for row in rows)]) + "\r\n").encode()


def grs_row(number: str = "GRS 9.1.010", **cells: str) -> str:
    told = {
        "title": "Canteen menus", "class": "Catering", "law": "", "end": "Temporary", "years": "3",
        "kind": "Creation_Age", "event": "", "longer": "Yes", "deviations": "Yes", "authority": "DAA-X-1",
        "superseded": "", "updated": "1/2024", "comments": "",
    } | cells  # fmt: skip
    return ",".join([number, *(f'"{cell}"' if "," in cell or "\n" in cell else cell for cell in told.values())])


VITAM_HEAD = "RuleId,RuleType,RuleValue,RuleDescription,RuleDuration,RuleMeasurement"


def vitam(*rows: str) -> bytes:
    return ("\n".join([VITAM_HEAD, *rows]) + "\n").encode()


PURVIEW_HEAD = (
    "LabelName,Comment,Notes,IsRecordLabel,RetentionAction,RetentionDuration,RetentionType,ReviewerEmail,ReferenceId,"
    "DepartmentName,Category,SubCategory,AuthorityType,CitationName,CitationUrl,CitationJurisdiction,Regulatory,EventType"
)


def purview(*rows: str) -> bytes:
    return ("\n".join([PURVIEW_HEAD, *rows]) + "\n").encode()


ESD_HEAD = (
    "Unique ID,Function Level 1,Service Name,Records Description,Contains special information?,"
    "Contains personal information?,Legal or business requirement?,Legislation Name,Retain permanently?,Start Event,"
    "Retention Period Years,Retention Period Months,Retain Until,Retention URI"
)


def esd(*rows: str) -> bytes:
    return ("\n".join([ESD_HEAD, *rows]) + "\n").encode()


def dutch_result(key: int = 1, **fields: object) -> dict[str, object]:
    told: dict[str, object] = {
        "proces_type": 4, "nummer": key, "naam": "Verleend", "omschrijving": "", "herkomst": "Risicoanalyse",
        "waardering": "vernietigen", "procestermijn": "nihil", "bewaartermijn": "P7Y", "toelichting": "",
        "procestermijn_opmerking": "",
    }  # fmt: skip
    return {"model": "selectielijst.resultaat", "pk": key, "fields": told | fields}


def dutch(*results: dict[str, object]) -> bytes:
    return json.dumps(list(results)).encode()


PROCESSES = json.dumps(
    [
        {
            "model": "selectielijst.procestype",
            "pk": 4,
            "fields": {"nummer": 11, "naam": "Vergunning verlenen", "procesobject": "De vergunning"},
        }
    ]
).encode()

_ALFRESCO = """<?xml version="1.0" encoding="UTF-8"?>
<view:view xmlns:view="http://www.alfresco.org/view/repository/1.0" xmlns:cm="urn:cm" xmlns:rma="urn:rma">
<rma:recordCategory><view:properties><cm:name>Sports</cm:name></view:properties><view:associations><cm:contains>
<rma:recordCategory><view:properties><cm:name>Pool rotas</cm:name><rma:identifier>S-01</rma:identifier>
<cm:description>Who watched the pool.</cm:description></view:properties><view:associations>
<rma:dispositionSchedule><rma:dispositionSchedule><view:properties>
<rma:dispositionAuthority>Act 1</rma:dispositionAuthority>
<rma:dispositionInstructions>As the steps say.</rma:dispositionInstructions></view:properties>
<view:associations><rma:dispositionActionDefinitions>{steps}</rma:dispositionActionDefinitions></view:associations>
</rma:dispositionSchedule></rma:dispositionSchedule></view:associations></rma:recordCategory>
</cm:contains></view:associations></rma:recordCategory></view:view>
"""


def alfresco(*steps: str) -> bytes:
    return _ALFRESCO.format(steps="".join(steps)).encode()


def step(name: str, period: str = "", counted_from: str = "", events: tuple[str, ...] = (), combine: str = "") -> str:
    values = "".join(f"<rma:value>{event}</rma:value>" for event in events)
    parts = (
        f"<rma:dispositionActionName>{name}</rma:dispositionActionName>",
        f"<rma:dispositionPeriod>{period}</rma:dispositionPeriod>" if period else "",
        f"<rma:dispositionPeriodProperty>{{urn:rma}}{counted_from}</rma:dispositionPeriodProperty>"
        * bool(counted_from),
        f"<rma:dispositionEvent>{values}</rma:dispositionEvent>" if events else "",
        f"<rma:dispositionEventCombination>{combine}</rma:dispositionEventCombination>" if combine else "",
    )
    return (
        f"<rma:dispositionActionDefinition><view:properties>{''.join(parts)}</view:properties>"
        "</rma:dispositionActionDefinition>"
    )


def nsw(*classes: str) -> bytes:
    return (
        '<Authority xmlns="http://www.records.nsw.gov.au/schemas/RDA"><ID control="FA">99</ID>'
        '<AuthorityTitle>Parks</AuthorityTitle><Term itemno="1.0.0" type="function"><TermTitle>PARKS</TermTitle>'
        f'<Term itemno="1.1.0" type="activity"><TermTitle>Trees</TermTitle>{"".join(classes)}</Term></Term></Authority>'
    ).encode()


def nsw_class(number: str, *disposals: str) -> str:
    return (
        f'<Class itemno="{number}"><ClassDescription><Paragraph>Tree papers.</Paragraph><SeeReference>'
        "<TermTitleRef>PARKS</TermTitleRef><SeeText>for maps</SeeText></SeeReference></ClassDescription>"
        f"{''.join(disposals)}<Justification><Paragraph>Because of roots.</Paragraph></Justification></Class>"
    )


def disposal(period: str, trigger: str, action: str, condition: str = "", unit: str = "years") -> str:
    return (
        f"<Disposal>{f'<DisposalCondition>{condition}</DisposalCondition>' if condition else ''}"
        f'<RetentionPeriod unit="{unit}">{period}</RetentionPeriod><DisposalTrigger>{trigger}</DisposalTrigger>'
        f"<DisposalAction>{action}</DisposalAction></Disposal>"
    )

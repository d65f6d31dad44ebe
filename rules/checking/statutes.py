"""Citations of British statutes: a year that no such statute has, and statutes that were replaced.

The years are those of the short titles as enacted (legislation.gov.uk). The table knows the acts and
regulations that council schedules cite; an unknown title is no finding.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_YEARS: dict[str, tuple[int, ...]] = {
    "adoption act": (1976,),
    "adoption agencies regulations": (1976, 1983, 2005),
    "adoption and children act": (2002,),
    "building act": (1984,),
    "building safety act": (2022,),
    "care act": (2014,),
    "care standards act": (2000,),
    "care planning, placement and case review (england) regulations": (2010,),
    "children act": (1975, 1989, 2004),
    "children and families act": (2014,),
    "children and social work act": (2017,),
    "children's homes regulations": (1991, 2001),
    "children's homes (england) regulations": (2015,),
    "civil contingencies act": (2004,),
    "climate change act": (2008,),
    "commons act": (1876, 1899, 2006),
    "companies act": (1985, 1989, 2006),
    "construction (design and management) regulations": (1994, 2007, 2015),
    "consumer credit act": (1974, 2006),
    "consumer protection act": (1987,),
    "consumer rights act": (2015,),
    "control of asbestos regulations": (2006, 2012),
    "control of lead at work regulations": (1980, 1998, 2002),
    "control of substances hazardous to health regulations": (1988, 1994, 1999, 2002),
    "copyright, designs and patents act": (1988,),
    "coshh regulations": (1988, 1994, 1999, 2002),
    "crime and disorder act": (1998,),
    "criminal justice act": (1967, 1972, 1982, 1988, 1991, 1993, 2003),
    "criminal procedure and investigations act": (1996,),
    "data protection act": (1984, 1998, 2018),
    "disability discrimination act": (1995, 2005),
    "education act": (1944, 1962, 1980, 1981, 1986, 1993, 1994, 1996, 1997, 2002, 2005, 2011),
    "elections act": (2022,),
    "electoral administration act": (2006,),
    "employers' liability (compulsory insurance) act": (1969,),
    "employers' liability (compulsory insurance) regulations": (1998,),
    "employment act": (1980, 1982, 1988, 1989, 1990, 2002, 2008),
    "employment rights act": (1996, 2025),
    "environment act": (1995, 2021),
    "environmental information regulations": (1992, 2004),
    "environmental protection act": (1990,),
    "equality act": (2006, 2010),
    "finance act": tuple(range(1894, 2100)),
    "food safety act": (1990,),
    "fostering services regulations": (2002,),
    "fostering services (england) regulations": (2011,),
    "freedom of information act": (2000,),
    "gambling act": (2005,),
    "gender recognition act": (2004,),
    "health and safety at work etc act": (1974,),
    "health and safety at work act": (1974,),
    "health and social care act": (2001, 2008, 2012),
    "highways act": (1959, 1980),
    "homelessness act": (2002,),
    "homelessness reduction act": (2017,),
    "housing act": (1957, 1961, 1964, 1969, 1974, 1980, 1985, 1988, 1996, 2004),
    "housing and planning act": (1986, 2016),
    "human rights act": (1998,),
    "income tax (paye) regulations": (2003,),
    "ionising radiations regulations": (1985, 1999, 2017),
    "land charges act": (1925, 1972),
    "land registration act": (1925, 1966, 1971, 1986, 1988, 1997, 2002),
    "landlord and tenant act": (1927, 1954, 1985, 1987, 1988),
    "law of property act": (1922, 1925, 1969),
    "licensing act": (1964, 1988, 2003),
    "limitation act": (1939, 1975, 1980),
    "local audit and accountability act": (2014,),
    "local authorities' cemeteries order": (1977,),
    "local authority social services act": (1970,),
    "local government (access to information) act": (1985,),
    "local government (miscellaneous provisions) act": (1976, 1982),
    "local government (records) act": (1962,),
    "local government act": (1888, 1894, 1929, 1933, 1948, 1958, 1966, 1972, 1974, 1985, 1986, 1988, 1992, 1999,
                             2000, 2003),
    "local government and housing act": (1989,),
    "local government and public involvement in health act": (2007,),
    "local government finance act": (1982, 1988, 1992, 2012),
    "local land charges act": (1975,),
    "localism act": (2011,),
    "mental capacity act": (2005,),
    "mental health act": (1959, 1983, 2007),
    "misuse of drugs act": (1971,),
    "national assistance act": (1948,),
    "national minimum wage act": (1998,),
    "occupiers liability act": (1957, 1984),
    "pensions act": (1995, 2004, 2007, 2008, 2011, 2014),
    "planning and compensation act": (1991,),
    "planning and compulsory purchase act": (2004,),
    "planning (listed buildings and conservation areas) act": (1990,),
    "police and criminal evidence act": (1984,),
    "procurement act": (2023,),
    "protection of freedoms act": (2012,),
    "public contracts regulations": (2006, 2015),
    "public health act": (1936, 1961),
    "public records act": (1958, 1967),
    "race relations act": (1965, 1968, 1976),
    "registration act": (1858, 1926, 1953),
    "regulation of investigatory powers act": (2000,),
    "rent act": (1957, 1965, 1968, 1974, 1977),
    "representation of the people act": (1918, 1948, 1949, 1969, 1983, 1985, 1989, 1990, 1993, 2000),
    "representation of the people (england and wales) regulations": (2001,),
    "road traffic act": (1930, 1960, 1972, 1988, 1991),
    "road traffic regulation act": (1967, 1984),
    "safeguarding vulnerable groups act": (2006,),
    "sex discrimination act": (1975, 1986),
    "taxes management act": (1970,),
    "theft act": (1968, 1978),
    "town and country planning act": (1932, 1943, 1944, 1947, 1953, 1954, 1959, 1962, 1963, 1968, 1971, 1990),
    "trade union and labour relations (consolidation) act": (1992,),
    "traffic management act": (2004,),
    "value added tax act": (1983, 1994),
    "waste (england and wales) regulations": (2011,),
    "wildlife and countryside act": (1981,),
    "working time regulations": (1998,),
}  # fmt: skip
_REPLACED: dict[tuple[str, int], str] = {
    ("children's homes regulations", 2001): "the Children's Homes (England) Regulations 2015",
    ("companies act", 1985): "the Companies Act 2006",
    ("construction (design and management) regulations", 1994): "the regulations of 2015",
    ("construction (design and management) regulations", 2007): "the regulations of 2015",
    ("control of asbestos regulations", 2006): "the regulations of 2012",
    ("data protection act", 1984): "the Data Protection Act 2018",
    ("data protection act", 1998): "the Data Protection Act 2018",
    ("disability discrimination act", 1995): "the Equality Act 2010",
    ("environmental information regulations", 1992): "the regulations of 2004",
    ("fostering services regulations", 2002): "the Fostering Services (England) Regulations 2011",
    ("ionising radiations regulations", 1999): "the regulations of 2017",
    ("limitation act", 1939): "the Limitation Act 1980",
    ("mental health act", 1959): "the Mental Health Act 1983",
    ("public contracts regulations", 2006): "the Procurement Act 2023",
    ("public contracts regulations", 2015): "the Procurement Act 2023, for procurements begun since February 2025",
    ("race relations act", 1976): "the Equality Act 2010",
    ("sex discrimination act", 1975): "the Equality Act 2010",
    ("town and country planning act", 1971): "the Town and Country Planning Act 1990",
    ("value added tax act", 1983): "the Value Added Tax Act 1994",
}
_KEPT_FOR_OLD = re.compile(r"\b(older|earlier|before|until|cites|old)\b", re.IGNORECASE)
_WORD = r"[A-Z][\w']*|\([A-Z][\w' ,&]*\)|of|and|the|at|to|in|for|on|with|etc\.?,?|&"
_CITATION = re.compile(rf"((?:(?:{_WORD}),?[ ]+){{1,12}}?(?:Act|Regulations|Order))s?,?[ ]+(1[89]\d\d|20\d\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationDoubt:
    """What is odd about a citation, and what to write instead."""

    what: str
    instead: str


def doubtful_citations(authority: str, *, this_year: int) -> Iterator[CitationDoubt]:
    """Yield what is odd about the statutes that `authority` cites; `this_year` is the last that can have one."""
    for found in _CITATION.finditer(authority.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")):
        year = int(found.group(2))
        title = _known_title(found.group(1).casefold())
        if year > this_year:
            yield CitationDoubt(
                what=f"'{found.group()}' is of a year that has not come", instead="check the year of the statute"
            )
        elif title is not None and year not in _YEARS[title]:
            years = ", ".join(str(one) for one in _YEARS[title])
            yield CitationDoubt(
                what=f"no {title.title()} of {year} is known", instead=f"check the year; there are those of {years}"
            )
        elif title is not None and (title, year) in _REPLACED and not _KEPT_FOR_OLD.search(authority):
            yield CitationDoubt(
                what=f"'{found.group()}' was replaced", instead=f"cite {_REPLACED[title, year]}, or say `older records`"
            )


def _known_title(words: str) -> str | None:
    """Return the longest title of the table that `words` ends with."""
    ends = [title for title in _YEARS if words == title or words.endswith(f" {title}")]
    return max(ends, key=len, default=None)

"""The invented council: its suppliers, people, streets and wards.

Nobody here exists. Surnames are made up, people are never given a first name and a date of birth together,
VAT numbers cannot be issued, telephone numbers are from the range kept for drama (01632 960xxx) and the
postcode area ZZ is not in use.
"""

from dataclasses import dataclass

from retention.services.sample_drive.setting import Setting

COUNCIL = "Larkmere Borough Council"
DISPUTED_SUPPLIER = "Marlowe Groundworks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplier:
    """A firm, the letters before its invoice numbers, what it sells and the price of one in pence."""

    name: str
    letters: str
    goods: str
    price_pence: int


SUPPLIERS = (
    Supplier(
        name="Pellwether Scaffolding",
        letters="PS",
        goods="Hire of tower scaffold, per week",
        price_pence=18_450,
    ),
    Supplier(name="Tarnwick and Vole", letters="TV", goods="A4 white paper, box of five reams", price_pence=1_395),
    Supplier(name="Oxlow Window Cleaning", letters="OW", goods="Cleaning of windows, Civic Hall", price_pence=8_600),
    Supplier(name="Quillfen Printers", letters="QP", goods="Printing of leaflets, per thousand", price_pence=4_725),
    Supplier(name="Brindlecombe Catering", letters="BC", goods="Buffet lunch, per head", price_pence=875),
    Supplier(name="Hobblethwick Electrical", letters="HE", goods="Electrician, per hour", price_pence=3_250),
    Supplier(name="Snaithmoor Locksmiths", letters="SL", goods="Replacement cylinder, fitted", price_pence=6_180),
    Supplier(name="Withern Vale Nurseries", letters="WV", goods="Bedding plants, per tray", price_pence=640),
)
DISPUTED = Supplier(name=DISPUTED_SUPPLIER, letters="MG", goods="Excavation and drainage, per metre", price_pence=9_420)

SURNAMES = (
    "Ravelstock",
    "Quillby",
    "Thornaby-Moss",
    "Ambersett",
    "Penhallick",
    "Droverby",
    "Tillwhistle",
    "Gorsewick",
    "Hexlow",
    "Bramfold",
    "Skelderby",
    "Wrackham",
    "Ousterly",
    "Fennimoor",
    "Catterwell",
    "Plumstow",
    "Yarrowby",
    "Uskington",
    "Loxbeare",
    "Merrowdale",
)
INITIALS = "ABCDEGHJKLMNPRSTW"
STREETS = (
    "Tannery Yard",
    "Cinder Lane",
    "Lapwing Close",
    "Foundry Row",
    "Marl Pit Road",
    "Beacon Rise",
    "Osier Way",
    "Turnpike Court",
)
WARDS = ("Abbotsmere", "Castle Hey", "Fenside", "Hollin Bank", "Quarry Top", "Weirgate")
SCHOOLS = ("Osier Way Primary", "Beacon Rise Academy", "Fenside Juniors")
SITES = (
    "Civic Hall",
    "Fenside Depot",
    "Weirgate Day Centre",
    "Castle Hey Leisure Pool",
    "Abbotsmere Nursery",
)


def person(setting: Setting, label: str) -> str:
    """Return an invented person: an initial and a surname, the same one for the same label."""
    chance = setting.chance
    return f"{chance.choice(f'initial {label}', INITIALS)} {chance.choice(f'surname {label}', SURNAMES)}"

"""Finance: invoices, orders, budgets and reconciliations by financial year, and a supplier in dispute.

Nearly everything here is FIN-01: six years from the end of the financial year, and hardly anybody looked.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from retention.services.sample_drive.invented import (
    COUNCIL,
    DISPUTED,
    DISPUTED_SUPPLIER,
    STREETS,
    SUPPLIERS,
    Supplier,
)
from retention.services.sample_drive.papers import OFFICE_SINCE, Paper, Row
from retention.services.sample_drive.plans import PlannedFile
from retention.services.sample_drive.planting import PlantedKind
from retention.services.sample_drive.setting import FinancialYear, Setting, in_figures, in_words, years

FIN = "FIN-01"
FIRST_YEAR, LAST_YEAR = 1998, 2015
HELD_YEAR = FinancialYear(start=2012)
HELD_FOLDERS = (
    f"Finance/Invoices/{HELD_YEAR.name}/{DISPUTED_SUPPLIER}",
    f"Finance/Purchase Orders/{HELD_YEAR.name}/{DISPUTED_SUPPLIER}",
)

_INVOICES_A_YEAR = 6
_ORDERS_A_YEAR = 2
_VAT_CHANGES = ((date(2011, 1, 4), 2000), (date(2010, 1, 1), 1750), (date(2008, 12, 1), 1500))
_OLD_VAT = 1750
_HELD_ORDERS = 3
_HELD_INVOICES = 8


def plan_finance(setting: Setting) -> Iterator[PlannedFile]:
    """Yield everything filed under Finance."""
    for year in years(FIRST_YEAR, LAST_YEAR):
        yield from _invoices(setting, year, kind=PlantedKind.OVER_RETAINED)
    for year in setting.recent_years(4):
        yield from _invoices(setting, year, kind=PlantedKind.RECENT)
    for year in years(2004, LAST_YEAR):
        yield from _orders(setting, year)
    for year in years(2002, LAST_YEAR):
        yield _budget(setting, year, kind=PlantedKind.OVER_RETAINED)
        yield _reconciliation(setting, year)
    for year in setting.recent_years(2):
        yield _budget(setting, year, kind=PlantedKind.RECENT)
    yield from _edges_of_the_year(setting)
    yield from _dispute(setting)
    yield from _undated(setting)


def invoice(supplier: Supplier, number: str, day: date, *, quantity: int, order: str) -> Paper:
    """Return an invoice dated `day`, which is also its tax point, with VAT at the rate of that day."""
    net = quantity * supplier.price_pence
    vat = net * _vat_rate(day) // 10_000
    return Paper(
        title=f"INVOICE {number}",
        author=supplier.name,
        lines=(
            f"{supplier.name}, Unit {quantity}, {STREETS[net % len(STREETS)]}, Larkmere ZZ99 4AB",
            "Telephone 01632 960417",
            "VAT registration number: GB 000 0412 77",
            f"Invoice number: {number}",
            f"Invoice date: {in_words(day)}",
            f"Tax point: {in_words(day)}",
            f"To: {COUNCIL}, Accounts Payable, Civic Hall, Larkmere ZZ99 1AA",
            f"Your order: {order}    Cost centre: H{order[-3:]}",
        ),
        rows=(
            ("Description", "Quantity", "Unit price", "Net"),
            (supplier.goods, str(quantity), supplier.price_pence / 100, net / 100),
            ("VAT", f"{_vat_rate(day) / 100:g}%", "", vat / 100),
            ("Total due, in pounds", "", "", (net + vat) / 100),
        ),
        dated_on=day,
    )


def _vat_rate(day: date) -> int:
    """Return the standard rate of VAT on `day`, in hundredths of a per cent."""
    return next((rate for since, rate in _VAT_CHANGES if day >= since), _OLD_VAT)


def _invoices(setting: Setting, year: FinancialYear, *, kind: PlantedKind) -> Iterator[PlannedFile]:
    for count in range(_INVOICES_A_YEAR):
        label = f"invoice {year.name} {count}"
        supplier = SUPPLIERS[(year.start + count) % len(SUPPLIERS)]
        day = setting.chance.weekday_in(label, year)
        number = f"{supplier.letters}{year.start % 100:02}{setting.chance.number(label, 100, 999)}"
        yield _filed_invoice(setting, supplier, day, number, kind=kind, folder=f"Finance/Invoices/{year.name}")


def _filed_invoice(
    setting: Setting, supplier: Supplier, day: date, number: str, *, kind: PlantedKind, folder: str
) -> PlannedFile:
    # three in four arrived as PDF; the rest were typed up, in whatever the year had
    typed = setting.chance.number(f"typed {number}", 1, 4) == 1
    suffix = ".pdf" if not typed else ".docx" if day.year >= OFFICE_SINCE else ".txt"
    quantity = setting.chance.number(f"quantity {number}", 2, 40)
    order = f"PO-{setting.chance.number(f'order {number}', 4_104_000, 4_589_999)}"
    return PlannedFile(
        path=f"{folder}/INV {number} {supplier.name}{suffix}",
        kind=kind,
        content=invoice(supplier, number, day, quantity=quantity, order=order),
        modified_on=setting.saved_after(day, number),
        class_id=FIN,
        trigger_on=day,
        note=f"supplier's invoice with tax point {in_words(day)}",
    )


def _orders(setting: Setting, year: FinancialYear) -> Iterator[PlannedFile]:
    for count in range(_ORDERS_A_YEAR):
        supplier = SUPPLIERS[(year.start + 3 * count) % len(SUPPLIERS)]
        yield _order(setting, supplier, year, count, folder=year.name)


def _order(setting: Setting, supplier: Supplier, year: FinancialYear, count: int, *, folder: str) -> PlannedFile:
    label = f"order {year.name} {count}"
    day = setting.chance.weekday_in(label, year)
    # year and count make it unique whatever the dice say
    number = f"PO-4{year.start % 100:02}{count}{setting.chance.number(label, 100, 999)}"
    quantity = setting.chance.number(f"quantity {label}", 3, 60)
    suffix = setting.chance.choice(label, (".docx", ".pdf")) if day.year >= OFFICE_SINCE else ".txt"
    paper = Paper(
        title=f"PURCHASE ORDER {number}",
        lines=(
            f"Purchase order number: {number}",
            f"Order date: {in_words(day)}",
            f"To: {supplier.name}",
            f"Please supply: {quantity} x {supplier.goods}",
            f"Cost centre: H{number[-3:]}    Deliver to: Civic Hall, Larkmere ZZ99 1AA",
            "Quote the purchase order number on your invoice. Orders without a number are not paid.",
        ),
        dated_on=day,
    )
    return PlannedFile(
        path=f"Finance/Purchase Orders/{folder}/{number} {supplier.name}{suffix}",
        kind=PlantedKind.OVER_RETAINED,
        content=paper,
        modified_on=setting.saved_after(day, label),
        class_id=FIN,
        trigger_on=day,
        note=f"purchase order of {in_words(day)}",
    )


def _budget(setting: Setting, year: FinancialYear, *, kind: PlantedKind) -> PlannedFile:
    day = setting.chance.weekday_in(f"budget {year.name}", year)
    suffix = ".xlsx" if day.year >= OFFICE_SINCE else ".csv"
    heads = ("Employees", "Premises", "Transport", "Supplies and services", "Third party payments")
    lines: list[Row] = [("Cost centre", "Budget head", "Budget", "Actual", "Variance")]
    for number, head in enumerate(heads):
        budget = setting.chance.number(f"{head} {year.name}", 20_000, 400_000)
        actual = budget + setting.chance.number(f"actual {head} {year.name}", -9_000, 9_000)
        lines.append((f"H{4400 + number}", head, float(budget), float(actual), float(actual - budget)))
    return PlannedFile(
        path=f"Finance/Budgets/{year.name}/Budget monitoring {year.name}{suffix}",
        kind=kind,
        content=Paper(
            title=f"Budget monitoring {year.name}",
            lines=("Budget monitoring by cost centre", f"Position at {in_words(day)}"),
            rows=tuple(lines),
            dated_on=day,
        ),
        modified_on=setting.saved_after(day, f"budget {year.name}"),
        class_id=FIN,
        trigger_on=day,
        note=f"budget monitoring for {year.name}",
    )


def _reconciliation(setting: Setting, year: FinancialYear) -> PlannedFile:
    day = setting.chance.weekday_in(f"reconciliation {year.name}", year)
    lines: list[Row] = [("Date", "Bank reconciliation: reference", "Bank", "Ledger")]
    for number in range(8):
        amount = setting.chance.number(f"bank {year.name} {number}", 1_000, 900_000) / 100
        lines.append((in_figures(day), f"BACS {year.start}{number:03}", amount, amount))
    return PlannedFile(
        path=f"Finance/Reconciliations/{year.name}/Bank rec {day.isoformat()}.csv",
        kind=PlantedKind.OVER_RETAINED,
        content=Paper(title="Bank reconciliation", rows=tuple(lines), dated_on=day),
        modified_on=setting.saved_after(day, f"reconciliation {year.name}"),
        class_id=FIN,
        trigger_on=day,
        note=f"bank reconciliation of {in_words(day)}",
    )


def _edges_of_the_year(setting: Setting) -> Iterator[PlannedFile]:
    # one day apart, a whole year apart in what is due
    for day in (date(2009, 3, 31), date(2009, 4, 1)):
        year = FinancialYear.holding(day)
        number = f"TV{day:%d%m%y}"
        folder = f"Finance/Invoices/{year.name}"
        yield _filed_invoice(setting, SUPPLIERS[1], day, number, kind=PlantedKind.OVER_RETAINED, folder=folder)


def _dispute(setting: Setting) -> Iterator[PlannedFile]:
    note = f"over-retained, but {DISPUTED_SUPPLIER} dispute what they were paid: held"
    for count in range(_HELD_INVOICES):
        day = setting.chance.weekday_in(f"dispute {count}", HELD_YEAR)
        made = _filed_invoice(setting, DISPUTED, day, f"MG12{count:02}", kind=PlantedKind.HELD, folder=HELD_FOLDERS[0])
        yield replace(made, kind=PlantedKind.HELD, note=note)
    for count in range(_ORDERS_A_YEAR, _ORDERS_A_YEAR + _HELD_ORDERS):
        folder = HELD_FOLDERS[1].removeprefix("Finance/Purchase Orders/")
        made = _order(setting, DISPUTED, HELD_YEAR, count, folder=folder)
        yield replace(made, kind=PlantedKind.HELD, note=note)


def _undated(setting: Setting) -> Iterator[PlannedFile]:
    slips = (
        ("Petty Cash/Petty cash journal - front desk.xlsx", "Journal of petty cash, front desk"),
        ("Petty Cash/Petty cash journal - post room.xlsx", "Journal of petty cash, post room"),
        ("Petty Cash/Journal - stamps.docx", "Journal of stamps used"),
        ("Ledgers/Journal template in use.xlsx", "Journal lines to be posted"),
        ("Ledgers/Cost centre list.csv", "Cost centre list"),
        ("Ledgers/Cost centre holders.docx", "Cost centre holders"),
        ("Purchase Orders/Purchase order - ladders.docx", "Purchase order for ladders"),
        ("Purchase Orders/Purchase order - gloves.txt", "Purchase order for gloves"),
        ("Invoices/Invoice 7 handwritten.pdf", "Invoice number 7, handwritten, no day on it"),
        ("Invoices/Invoice 12 torn.pdf", "Invoice number 12, top torn off"),
    )
    for name, title in slips:
        amount = setting.chance.number(name, 100, 9_000) / 100
        yield PlannedFile(
            path=f"Finance/{name}",
            kind=PlantedKind.UNDATED,
            content=Paper(
                title=title,
                lines=("Cost centre: H441", "Countersigned: yes"),
                rows=(("Cost centre", "Item", "Pounds"), ("H441", title, amount)),
            ),
            modified_on=setting.server_move_on,
            class_id=FIN,
            note="a clear class and no date; its file time is the day of the server move",
        )

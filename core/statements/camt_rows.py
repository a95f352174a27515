"""Reads the entries of a CAMT statement: day, amount, texts, whether it is booked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from core.errors import FinanceError
from core.money import Money
from core.statements.amounts import AmountNotUnderstood, money_from
from core.statements.camt_tree import Element
from core.statements.dates import DateNotUnderstood, DateOrder, read_date
from core.statements.masking import masked_id, without_cards
from core.statements.ofx_rows import ValueMissing
from core.statements.refusals import CurrencyUnknown
from core.statements.statement import MAX_DESCRIPTION, MAX_PAYEE, StatementLine

# Words banks write into a field they must fill and have nothing for.
_NO_ID = frozenset({"NOTPROVIDED", "NOT PROVIDED", "NONREF", "NONE"})
_SIGNS = {"CRDT": 1, "DBIT": -1}
_DECIMAL = re.compile(r"\+?(\d*\.?\d*)")


def signed_amount(element: Element) -> tuple[Money, bool]:
    """Return the amount of an entry or balance with its sign, and whether it was rounded."""
    amount = element.find("Amt")
    sign = _SIGNS.get(element.get("CdtDbtInd"))
    if amount is None or not amount.text:
        raise ValueMissing(value="amount")
    if sign is None:
        raise ValueMissing(value="direction")
    currency = amount.attributes.get("Ccy", "")
    if not currency:
        raise CurrencyUnknown(line=amount.line)
    match = _DECIMAL.fullmatch(amount.text)
    if match is None or not any(map(str.isdigit, match[1])):
        raise AmountNotUnderstood
    money, rounded = money_from(match[1], ".", currency)
    return (money if sign > 0 else -money), rounded


def day_at(element: Element, *, today: date) -> date:
    """Return the day a ``Dt`` or ``DtTm`` inside ``element`` says."""
    text = element.get("Dt", "DtTm", "Dt/Dt")
    if not re.match(r"\d{4}-\d\d-\d\d(?:$|[TZ+-])", text):
        raise DateNotUnderstood
    return read_date(text[:10], order=DateOrder.DAY_FIRST, today=today)


def status(entry: Element) -> str:
    """Return whether an entry is booked (``BOOK``), pending (``PDNG``) or only told (``INFO``)."""
    return entry.get("Sts/Cd", "Sts/Prtry", "Sts").upper() or "BOOK"


def read_entry(entry: Element, *, today: date) -> tuple[StatementLine, bool]:
    """Return an entry as a line, and whether its amount was rounded; raise what is wrong."""
    amount, rounded = signed_amount(entry)
    dated = entry.find("BookgDt") or entry.find("ValDt")
    if dated is None:
        raise ValueMissing(value="date")
    payee = _payee(entry, is_in=entry.get("CdtDbtInd") == "CRDT")
    description = _description(entry) or payee
    line = StatementLine(
        booked_date=day_at(dated, today=today),
        amount=amount,
        description=without_cards(description)[:MAX_DESCRIPTION],
        payee=without_cards(payee)[:MAX_PAYEE],
        external_id=_id(entry),
        line_number=entry.line,
    )
    return line, rounded


def reason_of(error: FinanceError) -> str:
    """Return the stable word for why an entry cannot be read."""
    if isinstance(error, ValueMissing):
        return f"{error.fields['value']}_missing"
    return error.code.rpartition(".")[2]


def _id(entry: Element) -> str | None:
    text = entry.get("AcctSvcrRef")
    return None if not text or text.upper() in _NO_ID else masked_id(text)


def _payee(entry: Element, *, is_in: bool) -> str:
    """Return the other party, when the entry names just one."""
    role = "Dbtr" if is_in else "Cdtr"
    names = {
        name
        for parties in entry.all("NtryDtls/TxDtls/RltdPties")
        if (name := parties.get(f"{role}/Nm", f"{role}/Pty/Nm", f"Ultmt{role}/Nm"))
    }
    return names.pop() if len(names) == 1 else ""


def _description(entry: Element) -> str:
    said = dict.fromkeys(_texts(entry))
    return " ".join(said)


def _texts(entry: Element) -> Iterator[str]:
    for details in entry.all("NtryDtls/TxDtls"):
        remittance = details.find("RmtInf")
        if remittance is not None:
            yield from (found.text for found in remittance.all("Ustrd") if found.text)
            yield from (found.text for found in remittance.all("Strd/CdtrRefInf/Ref") if found.text)
        if told := details.get("AddtlTxInf"):
            yield told
    if told := entry.get("AddtlNtryInf"):
        yield told

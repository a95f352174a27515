"""Reading statements never breaks, and equal rows are never lost or doubled."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from core.errors import FinanceError
from core.money import Money
from core.payees.categorise import guess_for_words, recognise
from core.payees.normalise import normalise
from core.statements.amounts import money_from, take_apart
from core.statements.fingerprint import fingerprints
from core.statements.reading import read_statement
from core.statements.statement import Statement, StatementLine
from core.statements.text import decode

TODAY = date(2026, 11, 21)

CELLS = st.sampled_from(
    [
        "Date", "Amount", "Description", "Debit", "Credit", "Balance", "Type", "Status", "Currency",
        "Payee", "Account", "ID", "Fee", "Pending", "Total", "", " ", '"', '""', "01/02/2026",
        "2026-10-01", "13.10.26", "1 Oct 2026", "-3.50", "1.234,56", "(9)", "12 Cr", "$5", "EUR",
        "XYZ", "1,234", "9" * 30, "CR", "DR", "COFFEE", "\u0661\u0662", "=1+1", "\x1f", "Ünï",
    ]
)  # fmt: skip
ROWS = st.lists(CELLS, max_size=7)
TAGS = st.sampled_from(
    [
        "<OFX>", "</OFX>", "<STMTRS>", "</STMTRS>", "<CCSTMTRS>", "<CURDEF>EUR", "<CURDEF>",
        "<STMTTRN>", "</STMTTRN>", "<DTPOSTED>20261001", "<DTPOSTED>", "<TRNAMT>-1.50",
        "<TRNAMT>1,234", "<TRNAMT>", "<FITID>1", "<NAME>A & B", "<MEMO><![CDATA[x]]>",
        "<LEDGERBAL>", "<BALAMT>5", "<STATUS>", "<SEVERITY>ERROR", "<INVSTMTRS>", "<INVTRAN>",
        "<ACCTID>4111111111111111", "<BANKACCTFROM>", "&#xffffffff;", "<CURRENCY>", "<CURSYM>USD",
        "<!--", "-->", "<", ">", "\n", "junk",
    ]
)  # fmt: skip


def outcome(data: bytes) -> tuple[Statement, ...] | FinanceError:
    """What the reader says: statements, or its refusal; anything else is a bug."""
    try:
        return read_statement(data, filename="f", default_currency="EUR", today=TODAY)
    except FinanceError as refusal:
        return refusal


def reads_or_refuses(data: bytes) -> None:
    """The only two outcomes: statements that add up, or one coded refusal."""
    said = outcome(data)
    if isinstance(said, FinanceError):
        assert said.code.startswith("statement.")
        assert {"line", "reason"} <= said.fields.keys()
        return
    assert said
    for statement in said:
        net = sum(line.amount.minor for line in statement.lines)
        assert statement.total_in.minor - statement.total_out.minor == net
        assert all(line.line_number > 0 for line in statement.lines)
        assert all(len(line.description) <= 500 for line in statement.lines)


class TestReading:
    @given(st.binary(max_size=400))
    def test_any_bytes_are_read_or_refused(self, data):
        reads_or_refuses(data)

    @given(st.text(max_size=300), st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-8-sig"]))
    def test_any_text_is_read_or_refused(self, text, encoding):
        reads_or_refuses(text.encode(encoding, "replace"))

    @given(st.lists(ROWS, max_size=9), st.sampled_from(",;\t|"))
    def test_any_table_is_read_or_refused(self, rows, delimiter):
        reads_or_refuses("\n".join(delimiter.join(row) for row in rows).encode())

    @given(st.lists(ROWS, max_size=9), st.sampled_from(",;\t|"))
    def test_any_rows_under_a_good_header_are_read_or_refused(self, rows, delimiter):
        table = [["Date", "Description", "Amount", "Balance"], *rows]
        reads_or_refuses("\n".join(delimiter.join(row) for row in table).encode())

    @given(st.lists(TAGS, max_size=40))
    def test_any_tags_are_read_or_refused(self, found):
        reads_or_refuses(("<OFX>" + "".join(found)).encode())

    @given(st.binary(max_size=300), st.text(max_size=12))
    def test_any_bytes_are_some_text(self, data, declared):
        assert isinstance(decode(data, declared=declared), str)

    @given(st.binary(max_size=200))
    def test_is_the_same_every_time(self, data):
        def said() -> object:
            found = outcome(data)
            return dict(found.fields) if isinstance(found, FinanceError) else found

        assert said() == said()


class TestAmounts:
    @given(
        st.integers(-(10**13), 10**13),
        st.sampled_from(["{:,.2f}", "{:.2f}"]),
        st.sampled_from([".", ","]),
        st.sampled_from(["{}", "€{}", "{} €", "EUR {}", " {} "]),
    )
    def test_printed_by_any_bank_are_read_back_exactly(self, minor, shape, mark, around):
        money = Money(minor, "EUR")
        text = shape.format(money.decimal)
        if mark == ",":
            text = text.translate(str.maketrans(".,", ",."))
        printed = take_apart(around.format(text).strip())
        read, rounded = money_from(printed.digits, mark, "EUR")
        assert (-read if printed.negative else read) == money
        assert not rounded

    @given(st.text(max_size=50))
    def test_of_any_text_are_an_amount_or_none(self, text):
        try:
            printed = take_apart(text)
            money_from(printed.digits, ".", "EUR")
        except FinanceError:
            return
        assert any(map(str.isdigit, text))


@st.composite
def histories(draw: st.DrawFn) -> list[StatementLine]:
    """Rows of some days, many of them alike, in the bank's order."""
    days = draw(st.lists(st.integers(0, 4), max_size=25).map(sorted))
    return [
        StatementLine(
            booked_date=date(2026, 10, 1) + timedelta(days=day),
            amount=Money(draw(st.sampled_from([-350, -350, -120, 900])), "EUR"),
            description=draw(st.sampled_from(["CAFE", "CAFE", "BAR"])),
        )
        for day in days
    ]


def contents(lines) -> list[bytes]:
    return fingerprints("1", lines)


class TestFingerprints:
    @given(st.integers(1, 60))
    def test_k_equal_rows_have_k_fingerprints(self, k):
        line = StatementLine(date(2026, 10, 1), Money(-350, "EUR"), "CAFE")
        assert len(set(contents([line] * k))) == k

    @given(histories())
    def test_of_one_file_are_all_different(self, lines):
        assert len(set(contents(lines))) == len(lines)

    @given(histories(), st.data())
    def test_any_cutting_between_days_with_any_overlap_gives_the_same_keys(self, lines, data):
        """Banks export whole days. Within a day a cut between equal rows cannot be told."""
        days = sorted({line.booked_date for line in lines})
        found: set[bytes] = set()
        for _ in range(data.draw(st.integers(1, 4))):
            chosen = set(data.draw(st.lists(st.sampled_from(days), unique=True))) if days else set()
            found |= set(contents([line for line in lines if line.booked_date in chosen]))
        found |= set(contents([line for line in lines if line.booked_date not in set(days[:2])]))
        found |= set(contents([line for line in lines if line.booked_date in set(days[:2])]))
        assert found == set(contents(lines))

    @given(histories(), st.randoms(use_true_random=False))
    def test_the_order_of_the_rows_changes_nothing(self, lines, chance):
        shuffled = list(lines)
        chance.shuffle(shuffled)
        assert sorted(contents(shuffled)) == sorted(contents(lines))


BANK_WORDS = st.sampled_from(
    [
        "POS", "UPI", "SQ *", "CARD", "PAYMENT", "TO", "THE", "12", "0421", "7", "X99Y", "LONDON",
        "NEW", "YORK", "COM", "WWW", "HELP", "CAFÉ", "-", "/", "*", "  ", "04/21", "XXXX1234", "DE",
        "ATM08SEP", "GmbH", "ICIC0000001", "a@ybl", "IMPS", "ACME", "&", "O'", "1&1", "BET365",
        "Straße", "½", "İ", "ŉ",
    ]
)  # fmt: skip


class TestNormalise:
    @given(st.one_of(st.text(max_size=60), st.lists(BANK_WORDS, max_size=9).map(" ".join)))
    @example("0&0%0%POS%CARD")
    def test_the_key_is_its_own_key(self, text):
        key = normalise(text).key
        assert normalise(key).key == key

    @given(st.one_of(st.text(max_size=300), st.lists(BANK_WORDS, max_size=9).map("".join)))
    def test_never_fails_and_is_bounded(self, text):
        clean = normalise(text)
        assert len(clean.name) <= 60
        assert clean.key == " ".join(clean.key.split())

    @given(st.text(max_size=80), st.booleans())
    def test_recognising_never_fails(self, text, inflow):
        found = recognise(text, inflow=inflow, stated=text[:5])
        assert 0 <= found.guess.confidence <= 100
        assert guess_for_words(text).category

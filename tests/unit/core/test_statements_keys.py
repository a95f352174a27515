"""A file and its rows are recognised when they come again; a saved mapping reads its layout."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from core.money import Money
from core.statements.balances import Chain, tie_out
from core.statements.csv_style import Expectations
from core.statements.dates import DateOrder
from core.statements.fingerprint import file_key, fingerprints
from core.statements.mapping import CsvMapping, Sign
from core.statements.masking import masked_account, masked_id
from core.statements.reading import find_mapping, read_with
from core.statements.refusals import FormatUnknown, MappingMismatch
from core.statements.statement import StatementLine
from tests.unit.core.test_statements_banks import TODAY

COFFEE = StatementLine(date(2026, 10, 1), Money(-350, "EUR"), "CAFE  Roma")
CSV = b"Date,Description,Amount\n01/10/2026,Cafe,-3.50\n13/10/2026,Bar,-4.00\n"
EXPECTED = Expectations(TODAY, "EUR")


def contents(*lines: StatementLine, account: str = "7"):
    return [found.hex() for found in fingerprints(account, lines)]


class TestFingerprints:
    def test_are_the_same_for_ever(self):
        # Stored beside every imported row: another value here makes all known rows look new.
        assert contents(COFFEE) == ["a78c58628c51251707512b96b5a23ccc"]

    def test_ignore_letter_case_and_spacing(self):
        assert contents(COFFEE) == contents(replace(COFFEE, description="cafe roma "))

    @pytest.mark.parametrize(
        "other",
        [
            replace(COFFEE, booked_date=date(2026, 10, 2)),
            replace(COFFEE, amount=Money(-351, "EUR")),
            replace(COFFEE, amount=Money(350, "EUR")),
            replace(COFFEE, amount=Money(-350, "USD")),
            replace(COFFEE, description="CAFE Milano"),
            replace(COFFEE, payee="CAFE"),
        ],
    )
    def test_differ_when_the_row_says_something_else(self, other):
        assert contents(COFFEE) != contents(other)

    def test_differ_between_accounts(self):
        assert contents(COFFEE) != contents(COFFEE, account="8")

    def test_number_equal_rows_so_that_both_stay(self):
        assert len(set(contents(COFFEE, COFFEE, COFFEE))) == 3
        assert contents(COFFEE, COFFEE)[:1] == contents(COFFEE)

    def test_do_not_depend_on_what_else_the_file_holds(self):
        later = replace(COFFEE, booked_date=date(2026, 10, 9))
        assert contents(later, COFFEE, COFFEE)[1:] == contents(COFFEE, COFFEE)

    def test_take_any_text(self):
        assert contents(replace(COFFEE, description="\ud800 \x00"))

    def test_of_a_file_is_its_hash(self):
        assert file_key(CSV) == file_key(bytes(CSV))
        assert file_key(CSV) != file_key(CSV + b"\n")


class TestMapping:
    def test_survives_the_store(self):
        mapping = find_mapping(CSV, EXPECTED)
        assert CsvMapping.from_record(json.loads(json.dumps(mapping.as_record()))) == mapping

    def test_reads_a_file_that_settles_nothing_itself(self):
        mapping = find_mapping(CSV, EXPECTED)
        doubtful = b"Date,Description,Amount\n03/04/2026,Cafe,-1.234\n"
        (statement,) = read_with(mapping, doubtful, EXPECTED)
        assert statement.lines[0].booked_date == date(2026, 4, 3)
        assert statement.lines[0].amount == Money(-123, "EUR")

    def test_is_found_by_the_column_names(self):
        other = CSV.replace(b"Description", b"Narration")
        fingerprints = {find_mapping(data, EXPECTED).fingerprint for data in (CSV, other)}
        assert len(fingerprints) == 2
        assert find_mapping(CSV + b"14/10/2026,X,-1\n", EXPECTED).fingerprint in fingerprints

    def test_does_not_read_another_layout(self):
        mapping = find_mapping(CSV, EXPECTED)
        with pytest.raises(MappingMismatch):
            read_with(mapping, CSV.replace(b"Description", b"Narration"), EXPECTED)

    def test_does_not_read_another_format(self):
        with pytest.raises(FormatUnknown):
            read_with(find_mapping(CSV, EXPECTED), b"<OFX></OFX>", EXPECTED)

    def test_can_be_corrected_by_the_user(self):
        mapping = replace(
            find_mapping(CSV, EXPECTED), sign=Sign.TURNED, date_order=DateOrder.DAY_FIRST
        )
        (statement,) = read_with(mapping, CSV, EXPECTED)
        assert statement.total_in == Money(750, "EUR")


class TestTieOut:
    def test_finds_the_opening_and_the_closing(self):
        assert tie_out([-1, 5], [99, 104]) == Chain(100, 104)
        assert tie_out([5, -1], [104, 99]) == Chain(100, 104)

    def test_prefers_the_order_that_is_likelier(self):
        # Both orders fit a row and its reversal; the dates decide.
        assert tie_out([5, -5], [105, 100]) == Chain(100, 100)
        assert tie_out([5, 5], [100, 95], newest_first=True) == Chain(90, 100)

    @pytest.mark.parametrize(
        ("amounts", "balances"),
        [([1, 2], [1, 4]), ([], []), ([1, 2], [None, None]), ([1, 2], [1, None])],
    )
    def test_proves_nothing_from_too_little(self, amounts, balances):
        assert tie_out(amounts, balances) is None

    def test_believes_the_balance_of_a_single_row(self):
        assert tie_out([-1], [99]) == Chain(100, 99)


class TestMasking:
    def test_keeps_ids_that_are_short_and_hold_no_card(self):
        assert masked_id("201705080001") == "201705080001"
        assert masked_id("") == ""

    @pytest.mark.parametrize("external_id", ["4111111111111111", "x" * 300])
    def test_hashes_other_ids_apart(self, external_id):
        assert masked_id(external_id).startswith("hashed:")
        assert masked_id(external_id) != masked_id(external_id + "2")

    def test_stars_account_numbers_that_are_a_cards(self):
        assert masked_account("1234 5678", is_card=True) == "****5678"
        assert masked_account("4111111111111111", is_card=False) == "************1111"
        assert masked_account("DE02120300000000202051", is_card=False).startswith("DE02")

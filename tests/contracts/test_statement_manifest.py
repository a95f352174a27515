"""Every public statement file is read as its manifest says, or refused with a reason."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from core.statements.reading import read_statement
from core.statements.refusals import (
    BadRows,
    BankSaysError,
    NoAccount,
    StatementRefused,
)
from core.statements.statement import Statement

TODAY = date(2026, 11, 21)
# What the manifest's own note says is broken, and how we must refuse it.
BROKEN = {
    "ofx/ofxparse_fail_nice_date_missing.ofx": (BadRows, "date_missing"),
    "ofx/ofxparse_signon_fail.ofx": (BankSaysError, "bank_error"),
    "camt053/genkgo_camt053.v2.wrong.xml": (NoAccount, "no_account"),
    "pdf/fr_unhappy_no_dates_at_all.pdf": (BadRows, "date_missing"),
}
# Where we differ from the manifest, and why we stay with it.
CORRECTED = {
    # It adds up this file's amounts without their signs: its row "+ 1,100.00 CR, PAYMENT RECEIVED -
    # THANK YOU" is money in to a card, as in the same manifest's other card export.
    "csv/uk_johnlewis_card.csv": {"total_in": "1100.00", "total_out": "1385.80"},
    # Its two movements marked RC (reversal of a credit, 204.88 each) are counted as money in. SWIFT
    # means money out, and only so do this file's own balances add up.
    "mt940/betterplace_sepa_mt9401.sta": {"total_in": "5188474.94", "total_out": "14457610.84"},
}
# Amounts with four decimals are rounded row by row, so the sums differ by less than half a cent
# for each of the rows.
ROUNDED = {"ofx/ofxparse_fidelity-savings.ofx"}


@pytest.fixture(scope="module")
def manifest(shared_data: Path) -> Sequence[dict[str, str]]:
    path = shared_data / "statements" / "manifest.csv"
    if not path.exists():
        pytest.skip("no statements in the shared data")
    with path.open(encoding="utf-8", newline="") as file:
        return [row | CORRECTED.get(row["file"], {}) for row in csv.DictReader(file)]


def read(shared_data: Path, row: dict[str, str]) -> tuple[Statement, ...]:
    return read_statement(
        (shared_data / "statements" / row["file"]).read_bytes(),
        filename=Path(row["file"]).name,
        default_currency=row["currency"] if len(row["currency"]) == 3 else "USD",
        today=TODAY,
    )


def readable(manifest: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    return [row for row in manifest if row["file"] not in BROKEN]


class TestManifest:
    def test_every_readable_file_has_the_rows_and_totals_of_the_manifest(
        self, shared_data, manifest
    ):
        assert len(readable(manifest)) == 44
        for row in readable(manifest):
            statements = read(shared_data, row)
            assert sum(len(one.lines) for one in statements) == int(row["n_transactions"]), row
            for key in ("total_in", "total_out"):
                found = sum((getattr(one, key).decimal for one in statements), Decimal(0))
                if not row[key] and row["file"].startswith("pdf_text"):
                    continue  # the manifest has only their balances
                wanted = Decimal(row[key] or 0)
                slack = Decimal("0.005") * len(statements[0].lines) if row["file"] in ROUNDED else 0
                assert abs(found - wanted) <= slack, (row["file"], key, found)

    def test_every_stated_closing_balance_is_found(self, shared_data, manifest):
        stated = [row for row in readable(manifest) if row["closing_balance"]]
        assert len(stated) == 12
        for row in stated:
            (statement,) = read(shared_data, row)
            assert statement.closing is not None
            assert statement.closing.decimal == Decimal(row["closing_balance"]), row["file"]

    def test_every_rounded_file_says_so(self, shared_data, manifest):
        for row in readable(manifest):
            codes = {warning.code for one in read(shared_data, row) for warning in one.warnings}
            assert ("statement.amounts_rounded" in codes) is (row["file"] in ROUNDED), row["file"]

    @pytest.mark.parametrize("name", BROKEN)
    def test_every_broken_file_is_refused_with_line_and_reason(self, shared_data, manifest, name):
        refusal, reason = BROKEN[name]
        row = next(row for row in manifest if row["file"] == name)
        with pytest.raises(refusal) as refused:
            read(shared_data, row)
        error = refused.value
        assert isinstance(error, StatementRefused)
        assert error.fields["reason"] == reason
        assert error.fields["line"]

    def test_the_three_rows_without_a_day_are_all_named(self, shared_data, manifest):
        name = "ofx/ofxparse_fail_nice_date_missing.ofx"
        row = next(row for row in manifest if row["file"] == name)
        with pytest.raises(BadRows) as refused:
            read(shared_data, row)
        reasons = [problem.reason for problem in refused.value.problems]
        assert reasons == ["date_missing", "date_missing", "date_bad"]

    def test_every_stated_opening_balance_is_found(self, shared_data, manifest):
        stated = [row for row in readable(manifest) if row["opening_balance"]]
        assert len(stated) == 8
        for row in stated:
            (statement,) = read(shared_data, row)
            assert statement.opening is not None
            assert statement.opening.decimal == Decimal(row["opening_balance"]), row["file"]

    def test_a_pdf_that_cannot_be_reconciled_says_so(self, shared_data, manifest):
        name = "pdf/fr_unhappy_balance_unreconciled.pdf"
        (statement,) = read(shared_data, next(row for row in manifest if row["file"] == name))
        assert [warning.code for warning in statement.warnings] == ["statement.not_reconciled"]
        assert statement.closing is None

    def test_balances_that_do_not_tie_out_are_told(self, shared_data, manifest):
        excerpts = [row for row in manifest if "balances in the file do not tie" in row["note"]]
        assert len(excerpts) == 9
        for row in excerpts:
            statements = read(shared_data, row)
            told = {warning.code for one in statements for warning in one.warnings}
            # Read with the right signs and apart by account, some of them do tie out.
            ties = all(one.closing is not None for one in statements)
            assert ("statement.balances_do_not_tie" in told) is not ties, row["file"]

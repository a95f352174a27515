"""Which test holds which property of the ledger and of imports, by their usual numbers.

P means: on PostgreSQL as well, with real threads where order matters.

| no. | property | test |
| --- | --- | --- |
| 1 | every entry sums to 0 in each currency | test_ledger_properties.TestAnyBooks.test_stay_whole_whatever_is_done_to_them |
| 2 | all postings together sum to 0 | test_ledger_properties.TestAnyBooks.test_stay_whole_whatever_is_done_to_them |
| 3 | kept balances are the sums of their postings | test_ledger_properties.TestAnyBooks.test_stay_whole_whatever_is_done_to_them |
| 3 | the same with holds and exchanges | test_wallet_properties.TestAnyWallets.test_stay_whole_whatever_is_done_to_them |
| 4 P | any interleaving of transfers conserves totals | test_store_races.TestTransfersAtOnce.test_conserve_the_total_whatever_their_order |
| 4 P | and no wallet goes below nought | test_wallet_races.TestEverythingAtOnce.test_conserves_totals_and_never_goes_below_nought |
| 5 | a reversal restores every balance, a second is refused | test_ledger_properties.TestAnyBooks.test_stay_whole_whatever_is_done_to_them |
| 6 | captures never exceed their hold; the rest is released; each end once | test_wallet_properties.TestAnyWallets.test_stay_whole_whatever_is_done_to_them |
| 6 P | the same when many take at once | test_wallet_races.TestTheSameThingAtOnce.test_no_more_is_taken_than_is_held |
| 6 P | the same when taking and letting go meet | test_wallet_races.TestTheSameThingAtOnce.test_a_hold_ends_once_when_it_is_taken_and_let_go_together |
| 7 P | one key works once | test_store_races.TestAnIdempotencyKey.test_works_once_however_often_it_comes_at_once |
| 7 P | with another payload it is refused | test_store_races.TestAnIdempotencyKey.test_with_other_arguments_is_refused_and_changes_nothing |
| 7 P | one key exchanges once | test_wallet_races.TestTheSameThingAtOnce.test_one_key_exchanges_once_and_everybody_hears_so |
| 8 P | the database refuses to change postings and audit events | test_store_append_only.TestAppendOnlyTables.test_refuse_every_update_and_delete |
| 9 | both currencies of an exchange sum to 0 | test_wallet_properties.TestAnyWallets.test_stay_whole_whatever_is_done_to_them |
| 9 | there and back again never gains | test_rates.TestWhatItMakesOfAnAmount.test_there_and_back_never_gains |
| 10 | a frozen card never authorises; freezing twice is freezing once | test_card_properties.TestAnyPurchases.test_are_allowed_only_by_an_active_card_with_money_behind_it |
| 11 | what is written is read back, in every currency | test_money_properties.TestWritingAndReading.test_give_the_same_amount_in_every_currency |
| 12 | parts add up exactly | test_money_properties.TestSplitting.test_adds_up_exactly |
| 12 | and are within one unit of fair | test_money_properties.TestSplitting.test_is_within_one_unit_of_fair |
| 13 | turning the sign commutes with rounding | test_money_properties.TestTurningTheSign.test_commutes_with_rounding |
| 13 | and with splitting | test_money_properties.TestSplitting.test_of_a_refund_is_the_mirror_of_the_purchase |
| 14 | no float becomes money | test_money_properties.TestAFloat.test_never_becomes_money |
| 15 | importing twice is importing once | test_booked_files_properties.TestTheSameFile.test_sent_again_changes_nothing |
| 16 | overlapping parts in any order are the whole file | test_booked_files_properties.TestPartsOfAFile.test_in_any_order_and_overlapping_come_to_the_whole |
| 17 | k equal rows in, k entries kept | test_booked_files_properties.TestTheSameFile.test_with_equal_rows_keeps_every_one_of_them |
| 18 | pending to posted keeps id, category and note | test_booked_files_properties.TestAPendingRow.test_keeps_id_category_and_note_when_it_is_posted |
| 19 P | pages of a bank, with failures and restarts, are one clean reading | test_bank_properties.TestReadingInPages.test_with_failures_and_restarts_is_one_clean_reading |
| 20 | what was taken out may come again | test_booked_files_properties.TestTakingAnImportBack.test_restores_what_was_and_lets_the_file_come_again |
| 20 P | what a bank took back and sends again is there once | test_bank_properties.TestARowTakenBack.test_and_sent_again_is_there_once |
| 21 | undoing an import restores what was | test_booked_files_properties.TestTakingAnImportBack.test_restores_what_was_and_lets_the_file_come_again |
| 22 | what the user said survives every import | test_booked_files_properties.TestWhatTheUserSaid.test_survives_the_file_coming_again_and_every_rule |
| 23 | transfers pair up both ways, each row at most once | test_pairing_properties.TestPairs.test_hold_each_row_at_most_once_and_only_what_fits |
| 23 | and look the same from the other side | test_pairing_properties.TestPairs.test_are_the_same_seen_from_the_other_side |
| 23 | rejected pairs never return | test_pairing_properties.TestPairs.test_that_were_rejected_never_return |
| 24 | spending over parts of a time is spending over the whole | test_budget_properties.TestSpending.test_over_parts_adds_up_to_spending_over_the_whole |
| 24 | the same in the books | test_store_ledger.TestSpending.test_over_parts_of_a_time_is_spending_over_the_whole |
| 25 | moving an entry changes exactly two budgets | test_budget_properties.TestSpending.test_moves_exactly_the_two_budgets_concerned |
| 25 | the same in the books | test_store_ledger.TestSpending.test_moves_in_exactly_the_two_budgets_concerned |
| 26 | a transfer is neither spending nor income | test_store_ledger.TestSpending.test_and_income_know_nothing_of_a_transfer |
| 27 | a charge and its refund come to nothing | test_store_ledger.TestSpending.test_is_nothing_after_a_charge_and_its_refund |
| 28 | a limit is told of once per threshold and period | test_budget_properties.TestThresholds.test_are_told_at_most_once_in_a_period_whatever_is_spent_refunded_or_edited |
| 29 | every moment lies in exactly one current period, in all zones | test_time_properties.TestEveryMoment.test_lies_in_exactly_one_current_period |
| 30 | the k-th occurrence is counted from its anchor and never drifts | test_time_properties.TestEveryPeriod.test_shifts_from_its_anchor_and_never_drifts |
| 31 | quiet hours end outside themselves and within a day | test_schedule_properties.TestQuietHours.test_end_outside_themselves_and_within_a_day |
| 31 | in the nights in which clocks change, too | test_schedule_properties.TestQuietHours.test_do_so_in_the_nights_in_which_clocks_change |
| 32 | the score lies between 0 and 100 | test_insight_properties.TestScore.test_lies_between_0_and_100_or_is_none_for_want_of_coverage |
| 32 | never rises by what is worse | test_insight_properties.TestScore.test_never_rises_by_what_makes_things_worse |
| 32 | and does not depend on the currency | test_insight_properties.TestScore.test_does_not_depend_on_the_currency |
| 33 | unusual charges are the same in any currency | test_insight_properties.TestAhead.test_unusual_charges_are_the_same_in_any_currency |
| 33 | forecasts scale with it | test_insight_properties.TestAhead.test_forecasts_scale_with_the_currency_and_their_range_is_in_order |
| 34 | the ends of a forecast are in order | test_insight_properties.TestAhead.test_forecasts_scale_with_the_currency_and_their_range_is_in_order |
| 35 | what recurs does not depend on the order of rows | test_recurring_properties.TestStreams.test_do_not_depend_on_the_order_of_the_rows |
| 35 | nor on other merchants | test_recurring_properties.TestStreams.test_are_the_same_beside_a_merchant_that_has_nothing_to_do_with_them |
| 36 | weights are within bounds, sum to one, and no other mix swings less | test_portfolio_plan_properties.TestMixes.test_are_within_bounds_and_no_other_mix_swings_less |
| 37 | lots come to the position | test_investment_properties.TestLots.test_conserve_pieces |
| 37 | realised and unrealised are the whole gain | test_investment_properties.TestAPortfolio.test_all_that_it_gained_is_what_came_out_and_is_left_less_what_went_in |
| 37 | a split leaves the value | test_investment_properties.TestLots.test_a_split_leaves_the_value |
| 38 | a wash sale disallows no more than was lost, and moves all of it | test_portfolio_plan_properties.TestWashSales.test_disallow_no_more_than_was_lost_and_move_all_of_it |
| 38 | the order of other trades does not matter | test_portfolio_plan_properties.TestWashSales.test_do_not_depend_on_the_order_of_telling |
| 39 P | after erasure nothing of the user is found in any table | test_erasure.TestAnErasure.test_leaves_no_word_no_payee_and_no_number_in_any_table |
| 39 P | and the ledger still sums to nought | test_erasure.TestAnErasure.test_keeps_the_sums_of_the_ledger_and_the_chain_of_the_trail |
| 40 | exported and loaded elsewhere, books are the same | test_export.TestEverything.test_comes_back_the_same_in_another_installation |
| 41 | a changed payload has another hash | test_approvals_payload.TestPayloadHash.test_differs_whenever_the_payload_does |
| 41 | and is not executed | test_workers_executor.TestExecuteApproved.test_refuses_a_payload_that_was_changed_behind_the_users_back |
| 41 P | an approval is executed at most once | test_workers_races.TestApproval.test_is_decided_by_one_word_and_executed_by_one_worker |
| 42 | no card number is ever stored | test_card_mask_properties.TestMask.test_whatever_comes_in_can_be_stored |
| 42 | in whatever writing it comes | test_card_mask_properties.TestMask.test_no_card_survives_in_any_writing |
"""  # noqa: E501 - one line a property

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

_TESTS = Path(__file__).resolve().parents[1]
_LINE = re.compile(r"^\| (\d+)(?: P)? \| .* \| (\w+)\.(\w+)\.(\w+) \|$", re.MULTILINE)
LINES = _LINE.findall(__doc__)


@pytest.mark.parametrize(("module", "group", "test"), sorted({line[1:] for line in LINES}))
def test_each_test_of_the_list_is_there(module, group, test):
    (path,) = _TESTS.rglob(f"{module}.py")
    found = next(
        node
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and node.name == group
    )
    assert test in {node.name for node in found.body if isinstance(node, ast.FunctionDef)}


def test_every_property_from_1_to_42_has_its_line():
    assert {int(line[0]) for line in LINES} == set(range(1, 43))

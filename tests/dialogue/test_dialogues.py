"""Every dialogue, judged by the books it leaves, never by the wording.

Those of everyday kinds are played in the fast suite, once, on the first of their channels; the
slow one plays all of them on every channel and compares the facts.
"""

from __future__ import annotations

import pytest

from core.conversation.context import Profile
from tests.dialogue.judge import Judge
from tests.dialogue.player import Player
from tests.dialogue.script import Dialogue, all_dialogues
from tests.dialogue.stage import Stage

_EVERYDAY = frozenset(
    {
        "approvals",
        "corrections",
        "happy_path",
        "smuggled_instructions",
    }
)
# Of the inventory of the sixty messages, those that anybody sends on any day.
_EVERYDAY_ROWS = frozenset({"01", "02", "03", "05", "11", "12", "15", "44", "56"})
# Of the everyday kinds: what can as well be told in the slow suite, much of it with days to wait.
_UNHURRIED = frozenset(
    {
        "approvals/does_not_guess_when_the_provider_is_silent",
        "approvals/follows_a_cancellation_to_its_end",
        "approvals/goes_on_at_the_price_the_provider_names",
        "approvals/lists_what_waits_for_a_mistyped_code",
        "approvals/says_when_it_is_too_late_to_withdraw",
        "approvals/stops_when_the_price_has_changed_in_the_books",
        "approvals/tells_a_stranger_nothing_about_a_code",
        "approvals/tells_once_that_the_charge_did_not_come",
        "approvals/tells_once_when_a_row_of_the_bank_is_the_charge",
        "approvals/tells_once_when_it_is_charged_again_after_all",
        "approvals/voids_everything_after_five_wrong_codes",
        "corrections/asks_once_when_a_rule_goes_against_a_correction",
        "corrections/asks_once_when_two_corrections_differ",
        "corrections/deletes_an_entry_of_a_shop",
        "corrections/does_not_touch_what_the_bank_keeps",
        "corrections/files_by_amount_and_account_when_told_so",
        "corrections/lets_a_rule_end_a_correction_when_told_so",
        "corrections/notes_what_an_entry_was_for",
        "corrections/proposes_a_rule_after_two_equal_corrections",
        "corrections/takes_other_words_for_always",
        "happy_path/changes_settings_and_takes_them_back",
        "happy_path/compares_like_with_like",
        "happy_path/does_not_call_cash_drawn_received",
        "happy_path/holds_two_shops_against_each_other",
        "happy_path/leaves_currencies_without_a_rate_uncounted",
        "happy_path/opens_an_account_in_another_currency",
        "happy_path/tells_a_typical_month",
    }
)
_ALL = all_dialogues()


def _is_everyday(dialogue: Dialogue) -> bool:
    kind, _, name = dialogue.name.partition("/")
    if dialogue.name in _UNHURRIED:
        return False
    return kind in _EVERYDAY or (kind == "sixty" and name.partition("_")[0] in _EVERYDAY_ROWS)


def _speed(dialogue: Dialogue) -> tuple[pytest.MarkDecorator, ...]:
    return () if _is_everyday(dialogue) else (pytest.mark.slow,)


# Who is on several channels is played on the first of them with the others, and judged the same.
_ONCE = [
    pytest.param(one, id=f"{one.name}-{one.profiles[0].value}", marks=_speed(one))
    for one in _ALL
    if _is_everyday(one) or len(one.profiles) == 1
]
_ON_MORE = [pytest.param(one, id=one.name) for one in _ALL if len(one.profiles) > 1]


def tell(stage: Stage, dialogue: Dialogue, profile: Profile) -> Judge:
    """Play a dialogue on one channel, judging each step; return the judge and what it saw."""
    player = Player(stage, dialogue, profile)
    judge = Judge(player)
    for played in player.play():
        judge.see(played)
    return judge


@pytest.mark.parametrize("dialogue", _ONCE)
def test_dialogue(stage: Stage, dialogue: Dialogue) -> None:
    tell(stage, dialogue, dialogue.profiles[0])


@pytest.mark.slow
@pytest.mark.parametrize("dialogue", _ON_MORE)
def test_every_channel_is_told_the_same(stage: Stage, dialogue: Dialogue) -> None:
    first, *rest = dialogue.profiles
    told = tell(stage, dialogue, first).told
    for profile in rest:
        assert tell(stage, dialogue, profile).told == told, (
            f"{profile.value} was told other facts than {first.value}"
        )

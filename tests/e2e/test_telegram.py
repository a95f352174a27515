"""A conversation on Telegram, from the provider's push to what the phone shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.connect.simulated_speech import demo_note
from core.ledger.entry import Source
from core.messaging.address import ChannelName
from core.money import Money
from tests.e2e.stage import SECRET, Stage, open_stage, wait_until
from tests.fakes.payloads import telegram_update
from tests.fakes.telegram_stand_in import Refusal

_ROWS = "SELECT COUNT(*) FROM journal_entries WHERE user_id = :user AND source = 'import'"
STATEMENTS = Path(__file__).resolve().parents[1] / "payloads" / "statements"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp("telegram")) as opened:
        yield opened


@pytest.fixture
def alice(stage):
    return stage.person()


@pytest.fixture
def chat(stage, alice):
    return stage.telegram_chat(alice)


@pytest.fixture(scope="module")
def maya(stage):
    return stage.maya()


class TestTheWholeConversation:
    @pytest.mark.everyday
    def test_from_a_strangers_first_word_to_a_cancelled_subscription(self, stage, maya):
        chat = stage.telegram_chat()
        assert "I don't know this chat yet" in chat.say("balance")[0]
        token = stage.token(maya, ChannelName.TELEGRAM)
        assert "Confirm it on the web page" in chat.say(f"/start {token}")[0]
        assert "I don't know this chat yet" in chat.say("balance")[0]
        stage.confirm(maya)
        assert any(told.startswith("Linked, Maya!") for told in chat.heard())
        assert "Chase Checking: $" in chat.say("balance")[0]
        assert "left of $400.00 for Food" in chat.say("food?")[0]
        assert chat.say("coffee 4")[0].startswith("Added $4.00, Coffee")
        assert "is now Groceries, was Coffee" in chat.say("no, that was groceries")[0]
        assert "is back in Coffee" in chat.say("UNDO")[0]
        assert chat.say("tea 6")[0].startswith("Added $6.00")
        assert chat.press("Undo")[0].endswith("is out again.")
        self.cancel_netflix(stage, chat)

    def cancel_netflix(self, stage, chat):
        (prompt,) = chat.say("cancel netflix")
        code = _code(prompt)
        number, data = chat.button("Approve")
        assert re.fullmatch(r"out_\w+/0", data)
        approved, receipt = chat.press("Approve")
        assert approved.startswith(f"Approved {code}")
        assert "I asked the demo provider to cancel Netflix" in receipt
        wait_until(lambda: stage.telegram.made("editMessageText"))
        (edit,) = stage.telegram.made("editMessageText")
        assert int(edit.fields["message_id"]) == number
        assert "reply_markup" not in edit.fields
        again = [chat.press_data(data, number), chat.say(f"APPROVE {code}")]
        for (answer,) in again:
            assert answer.startswith(code)
            assert "was asked to cancel Netflix at 16:00" in answer
        assert stage.value("SELECT COUNT(*) FROM provider_requests") == 1
        assert len(stage.telegram.made("answerCallbackQuery")) == 3

    def test_a_card_number_is_masked_and_taken_out_of_the_chat(self, stage, chat):
        (answer,) = chat.say("4111 1111 1111 1111 exp 12/27 cvv 123")
        gone = len(stage.telegram.made("deleteMessage"))
        assert gone == 1
        assert "card number" in answer
        assert "1111" not in answer

    def test_a_second_use_of_a_token_links_nobody(self, stage, maya):
        token = stage.token(maya, ChannelName.TELEGRAM)
        first, second = stage.telegram_chat(), stage.telegram_chat()
        assert "Link this chat to m***@d***" in first.say(f"/start {token}")[0]
        assert "doesn't work" in second.say(f"/start {token}")[0]

    def test_a_statement_is_fetched_and_booked(self, stage, chat, alice):
        content = (STATEMENTS / "us_chase_checking.csv").read_bytes()
        stage.telegram.assets["doc1"] = {"data": content, "size": len(content), "filename": "c.csv"}
        document = telegram_update("document")["message"]["document"]
        (answer,) = chat.send(document={**document, "file_size": len(content)})
        booked = [entry for entry in stage.entries(alice) if entry.source is Source.IMPORT]
        assert sorted(entry.amount.minor for entry in booked) == [-10000, -4217, 150000], answer
        (again,) = chat.send(document=document)
        assert again != answer
        assert stage.value(_ROWS, user=alice.id) == 3

    def test_a_voice_note_is_fetched_and_heard(self, stage, chat, alice):
        content = demo_note("coffee 4")
        stage.telegram.assets["note1"] = {"data": content, "size": len(content), "filename": "v"}
        voice = {**telegram_update("voice")["message"]["voice"], "file_id": "note1"}
        (answer,) = chat.send(voice={**voice, "file_size": len(content)})
        assert answer.startswith('I heard (demo): "coffee 4"')
        assert [one.amount for one in stage.entries(alice)] == [Money.of("-4", "USD")]
        (long,) = chat.send(voice={**voice, "duration": 900})
        assert "under 120 seconds" in long

    def test_a_quoted_receipt_and_a_figure_change_that_entry_and_no_other(self, stage, chat, alice):
        chat.say("rent 240")
        number, _call = chat.numbered()[-1]
        chat.say("lunch 12")
        quoted = {**chat.part(), "message_id": number, "from": {"id": 7, "is_bot": True}}
        (answer,) = chat.say("250", reply_to_message=quoted)
        amounts = sorted(entry.amount for entry in stage.entries(alice))
        assert amounts == [Money.of("-250", "USD"), Money.of("-12", "USD")], answer


class TestForgeries:
    def test_a_wrong_secret_is_refused_and_leaves_nothing(self, stage, chat):
        before = stage.value("SELECT COUNT(*) FROM inbox")
        update = {"update_id": 5, "message": {**chat.part(), "text": "coffee 4"}}
        for secret in ("", "wrong", SECRET + "x", "é"):
            assert stage.telegram_hook(update, secret=secret.encode().decode("latin-1")) == 403
        assert stage.value("SELECT COUNT(*) FROM inbox") == before
        assert not chat.heard()

    def test_what_is_no_update_is_refused_and_what_is_unknown_is_not(self, stage):
        before = stage.value("SELECT COUNT(*) FROM inbox")
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        assert stage.hook("/hooks/telegram", b"{no json", headers) == 400
        assert stage.hook("/hooks/telegram", b"[" * 50_000, headers) == 400
        for name in ("unknown_kind", "channel_post", "without_sender"):
            assert stage.telegram_hook(telegram_update(name)) == 200
        assert stage.value("SELECT COUNT(*) FROM inbox") == before

    def test_a_body_no_provider_sends_is_too_large(self, stage, chat):
        update = {"update_id": 6, "message": {**chat.part(), "text": "x" * 300_000}}
        assert stage.telegram_hook(update) == 413
        assert not chat.heard()

    def test_another_persons_press_decides_nothing(self, stage, maya):
        chat, mallory = stage.telegram_chat(maya), stage.telegram_chat(stage.person())
        code = _code(chat.say("cancel icloud")[0])
        number, data = chat.button("Approve")
        assert chat.press_data(data, number, by=mallory.person) == []
        own = mallory.press_data(data, number)
        typed = mallory.say(f"APPROVE {code}")
        assert not any("Approved" in answer for answer in (*own, *typed))
        assert stage.value("SELECT state FROM approvals WHERE code = :code", code=code) == "pending"
        chat.say(f"DECLINE {code}")

    def test_a_press_that_overtakes_the_record_of_its_message_counts(self, stage, maya):
        chat = stage.telegram_chat(maya)
        code = _code(chat.say("cancel icloud")[0])
        number, data = chat.button("Decline")
        # As it is until the worker has written down that Telegram took the message.
        with stage.app.database.work() as uow:
            held = (data.partition("/")[0],)
            uow.connection.exec_driver_sql(
                "DELETE FROM delivery_statuses WHERE outbox_id = ?", held
            )
            uow.commit()
        assert chat.press_data(data, number)
        assert (
            stage.value("SELECT state FROM approvals WHERE code = :code", code=code) == "declined"
        )

    def test_forwarded_and_edited_words_decide_nothing(self, stage, maya):
        chat = stage.telegram_chat(maya)
        code = _code(chat.say("cancel icloud")[0])
        origin = {"type": "user", "sender_user": {"id": 5}, "date": 1795160000}
        (answer,) = chat.say(f"APPROVE {code}", forward_origin=origin)
        assert "forwarded" in answer
        edited = {**chat.part(), "text": f"APPROVE {code}", "edit_date": 1795168900}
        assert stage.telegram_hook({"update_id": 9_000_001, "edited_message": edited}) == 200
        stage.settle()
        assert stage.value("SELECT state FROM approvals WHERE code = :code", code=code) == "pending"
        chat.say(f"DECLINE {code}")

    def test_a_group_hears_nothing(self, stage, chat):
        calls = len(stage.telegram.calls)
        group = {"id": -100123, "type": "supergroup", "title": "Flat"}
        chat.push(message={**chat.part(), "chat": group, "text": "balance"})
        assert stage.telegram.calls[calls:] == []


class TestTwice:
    def test_the_same_update_is_one_entry_and_one_reply(self, stage, chat, alice):
        update = {"update_id": 9_100_000, "message": {**chat.part(), "text": "coffee 4"}}
        assert [stage.telegram_hook(update) for _ in range(3)] == [200] * 3
        stage.settle()
        assert stage.telegram_hook(update) == 200
        stage.settle()
        assert len(stage.entries(alice)) == 1
        assert len(chat.heard()) == 1


class TestTelegramInTrouble:
    def test_who_blocked_the_bot_is_left_alone_until_he_comes_back(self, stage, chat):
        blocked = "Forbidden: bot was blocked by the user"
        stage.telegram.refuse_next("sendMessage", Refusal(blocked, 403))
        assert chat.say("coffee 4") == []
        assert self.state(stage, chat) == "unreachable"
        back = telegram_update("unblocked")["my_chat_member"]
        part = chat.part()
        change = {**back, "from": part["from"], "chat": part["chat"]}
        assert stage.telegram_hook({"update_id": 9_200_000, "my_chat_member": change}) == 200
        stage.settle()
        assert self.state(stage, chat) == "active"

    def test_who_was_unreachable_is_written_to_again_once_he_writes(self, stage, chat):
        stage.telegram.refuse_next("sendMessage", Refusal("Bad Request: chat not found"))
        assert chat.say("coffee 4") == []
        assert self.state(stage, chat) == "unreachable"
        assert chat.say("/start")
        assert self.state(stage, chat) == "active"

    def state(self, stage, chat):
        with stage.app.database.reading() as uow:
            return uow.bindings.owner_of(chat.address).state.value

    def test_who_is_told_to_slow_down_waits_and_sends_once(self, stage, chat):
        wait = {"retry_after": 3}
        stage.telegram.refuse_next("sendMessage", Refusal("Too Many Requests", 429, wait))
        assert chat.say("coffee 4") == []
        stage.advance(timedelta(seconds=2))
        stage.settle()
        assert chat.heard() == []
        stage.advance(timedelta(seconds=10))
        wait_until(chat.heard)
        stage.settle()
        assert len(chat.heard()) == 1


class TestTheDatabaseIsGone:
    def test_nothing_is_acknowledged_and_everything_comes_later_once(self, stage, chat, alice):
        update = {"update_id": 9_300_000, "message": {**chat.part(), "text": "coffee 4"}}
        with stage.without_database():
            codes = [stage.telegram_hook(update) for _ in range(2)]
        assert codes == [503, 503]
        assert stage.entries(alice) == ()
        assert stage.telegram_hook(update) == 200
        stage.settle()
        assert len(stage.entries(alice)) == 1
        assert len(chat.heard()) == 1


class TestTheDiskIsFull:
    def test_what_is_acknowledged_is_kept_and_the_rest_comes_later_once(self, stage, chat, alice):
        updates = [
            {"update_id": 9_400_000 + n, "message": {**chat.part(), "text": f"coffee {n}"}}
            for n in range(1, 13)
        ]
        with stage.with_a_full_disk():
            codes = [stage.telegram_hook(update) for update in updates]
        assert set(codes) <= {200, 503}
        assert 503 in codes, "the disk was never full"
        assert {stage.telegram_hook(update) for update in updates} == {200}
        stage.advance(timedelta(seconds=31))  # a turn that was let go is free when its lease ends
        stage.settle()
        amounts = sorted(-entry.amount.minor for entry in stage.entries(alice))
        assert amounts == [100 * n for n in range(1, 13)]


class TestOddMessages:
    @pytest.mark.parametrize(
        "text",
        [
            "a" * 5000,
            "🍕🍕🍕",
            "كم صرفت؟",
            "\x00\x07co\u202effee",
            "\u200b",
            "…",
            "<b>&amp;",
            "9" * 400,
        ],
        ids=["long", "emoji", "rtl", "control", "invisible", "dots", "markup", "digits"],
    )
    def test_get_a_polite_sentence(self, chat, text):
        (answer,) = chat.say(text)
        assert answer.strip()
        assert "reference" not in answer.casefold()

    @pytest.mark.parametrize("name", ["voice", "photo"])
    def test_without_words_get_one_too(self, chat, name):
        theirs = telegram_update(name)["message"]
        part = {key: theirs[key] for key in theirs.keys() - chat.part().keys()}
        answers = chat.send(**part)
        assert [answer for answer in answers if "can't" in answer or "couldn't" in answer], answers


def _code(prompt: str) -> str:
    found = re.search(r"APPROVE (\w{4})", prompt)
    assert found, prompt
    return found[1]

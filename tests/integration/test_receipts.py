"""Photos of receipts: put with their payment, or added after a yes; never more than was read."""

from __future__ import annotations

import base64
import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from bot.dialogue.kit import Eyes
from bot.llm.openai_chat import Endpoint
from bot.llm.openai_vision import OpenAIVision
from core.connect.picture import MOST_POINTS, read_picture
from core.connect.simulated_text_reader import SimulatedTextReader, demo_receipt
from core.connect.tesseract import Tesseract, installed
from core.connect.text_reader import ReaderUnavailable
from core.ledger.entry import JournalEntry
from core.ledger.search import EntryQuery
from core.statements.receipt_record import FIELD, read_kept
from tests.fakes.model_stand_in import ModelStandIn, refusal, words
from tests.voice_talk import Chat, Room, open_room

pytestmark = pytest.mark.slow
RECEIPTS = Path(__file__).resolve().parents[1] / "payloads" / "receipts"
DEMO = Eyes(SimulatedTextReader())


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with open_room(tmp_path_factory.mktemp("receipts"), receipts={"reader": "demo"}) as room:
        yield room


@pytest.fixture
def chat(opened: Room) -> Chat:
    return opened.chat()


def text_of(name: str) -> str:
    return (RECEIPTS / f"{name}.txt").read_text(encoding="utf-8")


def paid(chat: Chat) -> JournalEntry:
    """Return a payment by card of the household that no receipt is with yet."""
    with chat.room.app.database.reading() as uow:
        for entry in uow.entries.find(chat.user.id, EntryQuery(limit=200)):
            has_name = entry.payee and entry.amount.minor < 0 and entry.amount.currency == "USD"
            alone = EntryQuery(
                currency="USD", minimum=-entry.amount.minor, maximum=-entry.amount.minor
            )
            kept = uow.categories.latest_note(chat.user.id, entry.id, FIELD)
            if has_name and not kept and len(uow.entries.find(chat.user.id, alone)) == 1:
                return entry
    raise AssertionError("the household has no such payment")


def till(entry: JournalEntry, *, shop: str = "", total: str = "") -> bytes:
    """Return a demo receipt of a payment."""
    amount = total or (-entry.amount).plain
    day = entry.booked_date.strftime("%B %d, %Y")
    return demo_receipt(f"{shop or entry.payee}\n{day}\nThings  {amount}\nTotal  ${amount}")


def kept(chat: Chat, entry: JournalEntry) -> Any:
    with chat.room.app.database.reading() as uow:
        return read_kept(uow.categories.latest_note(chat.user.id, entry.id, FIELD))


def count(chat: Chat) -> int:
    return int(chat.room.value("SELECT COUNT(*) FROM journal_entries WHERE state <> 'void'"))


class TestAReceiptOfAKnownPayment:
    def test_is_put_with_it_and_nothing_is_added(self, chat):
        entry, before = paid(chat), count(chat)
        reply = chat.send(chat.photo(till(entry)))
        assert f"That's {entry.payee}" in reply
        assert "nothing was added twice" in reply
        assert kept(chat, entry).total == -entry.amount
        assert count(chat) == before
        assert "is off" in chat.say("UNDO")
        assert kept(chat, entry) is None

    def test_sent_again_is_known(self, chat):
        entry = paid(chat)
        chat.send(chat.photo(till(entry)))
        assert "already" in chat.send(chat.photo(till(entry)))
        chat.say("UNDO")

    def test_of_another_name_is_asked_about(self, chat):
        entry = paid(chat)
        reply = chat.send(chat.photo(till(entry, shop="ZZZ Holdings")))
        assert "Which payment is that?" in reply
        assert kept(chat, entry) is None
        assert "I put the receipt with it" in chat.say("1")
        assert kept(chat, entry) is not None
        chat.say("UNDO")

    def test_that_does_not_add_up_is_asked_about(self, chat):
        entry = paid(chat)
        photo = demo_receipt(f"{entry.payee}\nTotal  ${(-entry.amount).plain}")
        assert "Which payment is that?" in chat.send(chat.photo(photo))
        assert kept(chat, entry) is None

    def test_is_shown_with_what_was_bought(self, chat):
        entry = paid(chat)
        chat.send(chat.photo(till(entry)))
        shown = chat.say("show me that entry")
        chat.say("UNDO")
        assert "Things" in shown or "Receipt" in shown, shown


class TestAReceiptOfNoKnownPayment:
    def test_is_added_after_a_yes_only(self, chat):
        before = count(chat)
        reply = chat.send(chat.photo(demo_receipt(text_of("us_diner_tip"))))
        assert "Joe's Corner Diner, $40.00, Tue 12 May" in reply
        assert "Shall I add it" in reply
        assert count(chat) == before
        done = chat.say("yes")
        assert done.startswith("Added $40.00, Joe's Corner Diner")
        assert count(chat) == before + 1
        assert "is out again" in chat.say("UNDO")
        assert count(chat) == before

    @pytest.mark.parametrize("answer", ["no", "2", "Don't add it"])
    def test_is_left_after_a_no(self, chat, answer):
        before = count(chat)
        chat.send(chat.photo(demo_receipt(text_of("us_diner_tip"))))
        assert "othing was" in chat.say(answer)
        assert count(chat) == before

    def test_is_put_right_before_it_is_added(self, chat):
        chat.send(chat.photo(demo_receipt(text_of("us_misread_total"))))
        assert "City Hardware, $26.66, Sat 9 May" in chat.say("it was 26.66")
        assert "Wed 13 May" in chat.say("no, yesterday")
        assert "as Groceries" in chat.say("groceries")
        done = chat.say("yes")
        assert "Added $26.66" in done
        assert "Groceries" in done
        chat.say("UNDO")

    def test_lets_something_else_be_added_in_between(self, chat):
        chat.send(chat.photo(demo_receipt(text_of("us_misread_total"))))
        assert chat.say("coffee 4").startswith("Added $4.00")
        chat.say("UNDO")

    def test_whose_figures_do_not_add_up_says_so(self, chat):
        reply = chat.send(chat.photo(demo_receipt(text_of("us_misread_total"))))
        assert "don't add up" in reply
        chat.say("no")

    def test_without_a_total_asks_for_it(self, chat):
        reply = chat.send(chat.photo(demo_receipt("Corner shop\nMilk 2.10\nBread 1.90")))
        assert "How much was it?" in reply
        assert "$4.00" in chat.say("4.00")
        chat.say("no")

    def test_is_asked_about_again_after_a_question_in_between(self, chat):
        chat.send(chat.photo(demo_receipt(text_of("us_diner_tip"))))
        reply = chat.say("balance")
        assert "Back to my question" in reply
        assert "$40.00" in reply
        chat.say("no")

    def test_takes_its_caption_for_the_shop_or_a_note(self, chat):
        photo = demo_receipt(text_of("us_total_only"))
        assert "Airport Parking, $18.00" in chat.send(chat.photo(photo, text="Airport parking"))
        chat.say("no")
        chat.send(chat.photo(photo, text="taking ana to the airport"))
        chat.say("yes")
        with chat.room.app.database.reading() as uow:
            entry = uow.entries.find(chat.user.id, EntryQuery(limit=1))[0]
            assert uow.categories.note(chat.user.id, entry.id) == "taking ana to the airport"
        chat.say("UNDO")

    def test_that_gives_orders_is_only_a_receipt(self, chat):
        reply = chat.send(chat.photo(demo_receipt(text_of("orders_us"))))
        assert "$2.00" in reply
        assert "500" not in reply
        chat.say("no")

    def test_with_a_card_number_is_kept_without_it(self, chat):
        text = text_of("us_diner_tip") + "\n4111 1111 1111 1111"
        chat.send(chat.photo(demo_receipt(text)))
        chat.say("no")
        app = chat.room.app
        with app.database.reading() as uow:
            rows = uow.connection.exec_driver_sql(
                "SELECT turn_id FROM media_readings WHERE kind = 'picture' ORDER BY created_at"
            ).all()
            texts = [uow.media.find(row[0]) for row in rows]
        assert all("4111 1111" not in one.text for one in texts if one and one.text)

    def test_is_read_once_when_it_is_delivered_twice(self, chat):
        message = chat.photo(demo_receipt(text_of("us_diner_tip")))
        assert "$40.00" in chat.send(message)
        assert chat.send(message) == ""
        chat.say("no")


class TestAPhotoThatIsNotRead:
    def test_is_refused_honestly_where_nobody_reads(self, opened):
        chat = opened.with_parts(eyes=None).chat()
        assert "can't read pictures" in chat.send(chat.photo(demo_receipt("Total 4.00")))

    def test_holds_no_prices(self, chat):
        assert "no prices" in chat.send(chat.photo(demo_receipt("a cat")))
        assert "no prices" in chat.send(chat.photo(demo_receipt("")))

    @pytest.mark.parametrize(
        "content",
        [
            b"no picture",
            struct.pack(">8sIIII", b"\x89PNG\r\n\x1a\n", 13, 0, 60_000, 60_000),
        ],
    )
    def test_is_no_picture_or_unfolds_too_large(self, chat, content):
        assert "can't read that kind of picture" in chat.send(chat.photo(content))

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"\x00\x00\x00\x18ftypheic\x00\x00", "That photo is HEIC"),
            (b"\x00\x00\x00\x18ftypmif1\x00\x00", "as a screenshot"),
            (b"\x00\x00\x00\x1cftypavif\x00\x00", "it is AVIF. Send it as a JPEG"),
            (b"GIF89a\x01\x00\x01\x00", "it is GIF. Send it as a JPEG"),
        ],
    )
    def test_of_another_kind_is_told_which_ones_are_read(self, opened, chat, content, told):
        before = opened.value("SELECT COUNT(*) FROM media_readings")
        assert told in chat.send(chat.photo(content, "IMG_0001.HEIC"))
        assert opened.value("SELECT COUNT(*) FROM media_readings") == before

    def test_of_a_stranger_is_not_looked_at(self, opened):
        stranger = opened.chat(linked=False)
        before = opened.value("SELECT COUNT(*) FROM media_readings")
        stranger.send(stranger.photo(demo_receipt("Total 4.00")))
        assert opened.value("SELECT COUNT(*) FROM media_readings") == before


def printed(text: str, *, turned: float = 0.0, size: int = 26) -> bytes:
    """Return a photo of a receipt: printed, turned, blurred and unevenly lit where it is turned."""
    font = ImageFont.truetype(str(Path(mpl.get_data_path()) / "fonts/ttf/DejaVuSansMono.ttf"), size)
    lines = text.splitlines()
    sheet = Image.new("L", (900, 60 + (size + 12) * len(lines)), 250)
    pen = ImageDraw.Draw(sheet)
    for place, line in enumerate(lines):
        pen.text((40, 30 + place * (size + 12)), line, fill=20, font=font)
    if turned:
        sheet = sheet.rotate(turned, expand=True, fillcolor=200, resample=Image.Resampling.BICUBIC)
        sheet = sheet.filter(ImageFilter.GaussianBlur(0.7))
    kept = io.BytesIO()
    sheet.save(kept, "JPEG", quality=70)
    return kept.getvalue()


@pytest.mark.skipif(not installed(), reason="tesseract is not installed")
class TestTesseract:
    @pytest.mark.parametrize("turned", [0.0, 1.2])
    @pytest.mark.parametrize(
        ("name", "told"),
        [
            ("us_target", "$43.17"),
            ("us_diner_tip", "$40.00"),
            ("in_tea_stall", "₹220.00"),
            ("de_supermarkt", "€12.21"),
            ("uk_pub", "£20.42"),
        ],
    )
    def test_reads_what_a_till_has_printed(self, opened, name, told, turned):
        eyes = Eyes(Tesseract(installed(), "eng"))
        chat = opened.with_parts(eyes=eyes).chat()
        reply = chat.send(chat.photo(printed(text_of(name), turned=turned), "receipt.jpg"))
        assert told in reply
        assert "don't add up" not in reply
        chat.say("no")

    def test_is_stopped_when_it_takes_too_long(self):
        picture = read_picture(printed("Total 4.00"))
        assert picture is not None
        with pytest.raises(ReaderUnavailable):
            Tesseract(installed(), "eng").read(picture, seconds=0.01)

    def test_that_is_gone_is_unavailable(self):
        picture = read_picture(printed("Total 4.00"))
        assert picture is not None
        with pytest.raises((ReaderUnavailable, Exception)):
            Tesseract("/nowhere/tesseract", "eng").read(picture, seconds=5)


class TestAVisionModel:
    @pytest.fixture
    def model(self) -> Iterator[ModelStandIn]:
        with ModelStandIn() as stand_in:
            yield stand_in

    def eyes(self, model: ModelStandIn, *, given: bool = True, seconds: float = 5.0) -> Eyes:
        place = Endpoint("sees", model.base_url, "a key", 2000)
        return Eyes(OpenAIVision(place), wait_seconds=seconds, given=given)

    def test_copies_the_text_and_code_checks_it(self, opened, model):
        chat = opened.with_parts(eyes=self.eyes(model)).chat()
        model.will(words(text_of("us_diner_tip")))
        photo = printed("whatever")
        assert "$40.00" in chat.send(chat.photo(photo, "r.jpg"))
        chat.say("no")
        (request,) = model.requests
        image = request["messages"][1]["content"][0]["image_url"]["url"]
        assert image == f"data:image/jpeg;base64,{base64.b64encode(photo).decode()}"
        assert "copy" in request["messages"][0]["content"]
        assert "tools" not in request

    def test_is_asked_after_the_users_word_only(self, opened, model):
        chat = opened.with_parts(eyes=self.eyes(model, given=False)).chat()
        model.will(words(text_of("us_diner_tip")))
        assert "AI ON" in chat.send(chat.photo(printed("x"), "r.jpg"))
        assert model.requests == []
        chat.say("AI ON")
        assert "$40.00" in chat.send(chat.photo(printed("x"), "r.jpg"))
        chat.say("no")

    @pytest.mark.parametrize(
        ("answer", "told"),
        [
            (words("NONE"), "no prices"),
            (words("```\nShop\nMilk 2.00\nTotal 2.00\n```"), "$2.00"),
            (refusal(401, "invalid_api_key"), "couldn't read that photo"),
            (refusal(400, "image_unreadable"), "can't read that kind of picture"),
        ],
    )
    def test_may_see_nothing_fence_its_answer_or_fail(self, opened, model, answer, told):
        chat = opened.with_parts(eyes=self.eyes(model)).chat()
        model.will(answer)
        assert told in chat.send(chat.photo(printed("x"), "r.jpg"))
        chat.say("no")


class TestAPicture:
    def test_is_known_by_its_bytes(self):
        for form, ending in (("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp")):
            kept_bytes = io.BytesIO()
            Image.new("L", (123, 45)).save(kept_bytes, form)
            picture = read_picture(kept_bytes.getvalue())
            assert picture is not None
            assert (picture.ending, picture.width, picture.height) == (ending, 123, 45)

    def test_that_is_cut_off_is_none(self):
        for content in (b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\xff\xff", b"RIFF\x00\x00\x00\x00WEBP"):
            assert read_picture(content) is None
        assert MOST_POINTS < 10**8

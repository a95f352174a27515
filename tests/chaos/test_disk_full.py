"""Fault 18: no room for files that people send or are sent, and none for what is logged."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from subprocess import Popen

import httpx
import pytest

from core.audit.event import Head
from core.connect.objects import ObjectNotKept
from tests import servers
from tests.chaos.supervisor import free_port, is_ready, until
from tests.e2e.chats import PUBLIC
from tests.e2e.stage import MASTER, Stage, open_stage
from tests.fakes.full_disk import no_file_beyond
from tests.fakes.payloads import telegram_update
from tests.fakes.twilio_stand_in import ACCOUNT_SID, AUTH_TOKEN, TwilioStandIn
from tests.fakes.web_server import Site, listening
from tests.fakes.world import MemoryObjects, World, open_world
from workers.housekeeping import ANCHOR_KEY, seal_audit

pytestmark = pytest.mark.slow
_ROOT = Path(__file__).resolve().parents[2]
# The database's own files stay below this; what people send here does not.
_ROOM, _LARGE = 12_000_000, 13_000_000
_NO_ROOM = "I have no room for files right now"
_STATEMENT = b"Date,Description,Amount\n2026-11-02,Corner Shop,-12.50\n"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp("full")) as made:
        yield made


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    files = {"folder": tmp_path_factory.mktemp("files"), "max_upload_bytes": 30_000_000}
    with listening(tmp_path_factory.mktemp("books"), files=files) as made:
        yield made


class TestAStatementWithoutRoomForIt:
    def test_is_refused_in_a_sentence_and_books_nothing_and_can_be_sent_again(self, stage):
        person = stage.person()
        chat = stage.telegram_chat(person)
        large = _STATEMENT + b"2026-11-03,Baker,-3.00\n" * (_LARGE // 23)
        document = telegram_update("document")["message"]["document"]

        def send(content: bytes) -> str:
            asset = {"data": content, "size": len(content), "filename": "c.csv"}
            stage.telegram.assets["doc1"] = asset
            (answer,) = chat.send(document={**document, "file_size": len(content)})
            return str(answer)

        with no_file_beyond(_ROOM):
            assert _NO_ROOM in send(large)
            assert "Added" in chat.say("coffee 4")[0]  # everything else goes on
        assert [entry.amount.minor for entry in stage.entries(person)] == [-400]
        assert not list(stage.app.settings.files.folder.rglob("*.csv"))
        send(_STATEMENT)
        assert [entry.amount.minor for entry in stage.entries(person)] == [-400, -1250]


class TestAnUploadWithoutRoomForIt:
    def test_hears_503_and_the_sentence_and_is_taken_later(self, site):
        cookie = site.cookie()
        window = site.window(cookie)
        window.ask("DEMO")
        with no_file_beyond(_ROOM):
            refused = self.upload(site, cookie, bytes(_LARGE))
            assert refused.status_code == 503
            assert refused.headers["Retry-After"]
            assert _NO_ROOM in refused.json()["error"]["message"]
            assert "$" in window.ask("balance")["text"]
            assert httpx.get(f"{site.address}/readyz").status_code == 200
        assert self.upload(site, cookie, bytes(_LARGE)).status_code == 200

    def upload(self, site: Site, cookie: str, content: bytes) -> httpx.Response:
        return httpx.post(
            f"{site.address}/web/upload",
            files={"file": ("statement.csv", content)},
            headers={"Cookie": cookie, "Origin": site.address},
            timeout=30,
        )


class FullObjects(MemoryObjects):
    """An object store that has room again when it is told so."""

    is_full = True

    def put(self, key: str, content: bytes) -> None:
        if self.is_full:
            raise ObjectNotKept
        super().put(key, content)


class TestTheTrailsHeadWithoutRoomForIt:
    def test_is_kept_soon_after_there_is_room_again(self):
        world: World = open_world()
        world.objects = FullObjects()
        user = world.user()
        with world.database.work() as uow:
            uow.audit.append(user.id, actor="user", action="a", subject="s", now=world.now)
            uow.commit()
        assert seal_audit(world.context) == 1
        world.objects.is_full = False
        seal_audit(world.context)
        assert world.objects.kept == {}  # not each five seconds
        world.clock.advance(timedelta(minutes=10))
        seal_audit(world.context)
        kept = json.loads(world.objects.get(ANCHOR_KEY))
        with world.database.reading() as uow:
            assert uow.audit.verify(Head(kept["last_seq"], kept["seal"])).is_intact
        world.database.close()


class TestAServerThatCannotWriteItsLog:
    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device without room here")
    def test_goes_on_serving(self, tmp_path):
        """Every line of it meets a full disk: it starts, takes messages, answers and ends."""
        port = free_port()
        trained = _ROOT / "var" / "understanding"
        trained.mkdir(parents=True, exist_ok=True)
        (tmp_path / "understanding").symlink_to(trained, target_is_directory=True)
        with TwilioStandIn() as carrier, Path("/dev/full").open("w") as full:
            server = Popen(
                [sys.executable, "-m", "bot", "serve", "--port", str(port)],
                cwd=_ROOT,
                env=self.settings(tmp_path, carrier.base_url),
                stdout=full,
                stderr=full,
            )
            try:
                assert until(lambda: is_ready(port), 60)
                url, path = f"http://127.0.0.1:{port}", "/hooks/twilio/sms"
                # Each of these is worth a line: a door that is shut, and one that opens.
                for _ in range(20):
                    assert httpx.post(url + path, data={"Body": "x"}).status_code == 403
                form = carrier.sms_form("hello", sid=f"SM{1:032x}", sender="+15550100")
                assert carrier.post(url + path, PUBLIC + path, form) == 200
                assert until(lambda: len(carrier.journal) == 1, 30)
                assert is_ready(port)
            finally:
                server.terminate()
                server.wait(40)

    def settings(self, folder: Path, carrier: str) -> dict[str, str]:
        return {
            **servers.environment(),
            "FM_DATABASE__URL": f"sqlite:///{folder / 'books.db'}",
            "FM_SECURITY__MASTER_KEY": MASTER,
            "FM_PUBLIC_BASE_URL": PUBLIC,
            "FM_FILES__FOLDER": str(folder / "files"),
            "FM_TWILIO__ACCOUNT_SID": ACCOUNT_SID,
            "FM_TWILIO__AUTH_TOKEN": AUTH_TOKEN,
            "FM_TWILIO__BASE_URL": carrier,
            "FM_TWILIO__SMS_FROM": "+15550199",
            "FM_DEMO__ENABLED": "false",
            "FM_LOGS__LEVEL": "INFO",
        }

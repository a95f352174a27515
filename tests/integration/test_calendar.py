"""The calendar over HTTP: secret, revocable, stable, and readable by a strict reader."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from bot.feed import calendar_of
from core.bills.bill import Bill, BillKind, BillSource
from core.conversation.plan import ToolCall
from core.goals.goal import Goal
from core.money import Money
from core.store.tables import people
from core.subscriptions.cadence import Cadence
from tests.fakes.web_server import Site, listening
from tests.ics_reader import read_calendar
from tools.context import ToolContext

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with listening(tmp_path_factory.mktemp("calendar"), web={"inline_workers": False}) as made:
        yield made


def visitor(site, name):
    user_id = site.app.demo.open_copy(name)
    with site.app.database.reading() as uow:
        return uow.users.get(user_id)


@pytest.fixture
def maya(site):
    return visitor(site, "maya")


def run(site, user, tool, **arguments):
    context = ToolContext(user=user, now=site.app.clock.now(), key=site.app.ids.new("key"))
    return site.app.runner.run(ToolCall(tool, arguments), context)


def link_of(outcome) -> str:
    return next(str(fact.value) for fact in outcome.answer.facts if fact.name == "link")


def path_of(link: str) -> str:
    return "/calendar/" + link.rpartition("/")[2]


@pytest.fixture
def link(site, maya) -> str:
    return path_of(link_of(run(site, maya, "share_calendar")))


class TestTheFeed:
    def test_holds_bills_pay_and_goals_as_whole_days(self, site, maya, link):
        app, today = site.app, maya.preferences.today(site.app.clock.now())
        with app.database.work() as uow:
            uow.bills.add(
                Bill(
                    id=0,
                    user_id=maya.id,
                    kind=BillKind.BILL,
                    source=BillSource.TYPED,
                    name="Piano; lessons, \\ Tuesdays",
                    amount=Money(4_000, "USD"),
                    cadence=Cadence.MONTHLY,
                    anchor=today + timedelta(days=3),
                    first_date=today,
                ),
                now=app.clock.now(),
            )
            goal = Goal(0, maya.id, "Japan", Money(200_000, "USD"), today, by=date(2027, 3, 1))
            uow.goals.add(goal, now=app.clock.now())
            uow.commit()
        answer = site.client().get(link)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/calendar")
        calendar = read_calendar(answer.content)
        titles = {event.text("SUMMARY"): event for event in calendar.components}
        piano = titles["Piano; lessons, \\ Tuesdays: $40.00"]
        assert piano.day("DTEND") == piano.day("DTSTART") + timedelta(days=1)
        assert titles["Goal Japan: $0.00 of $2,000.00"].day("DTSTART") == date(2027, 3, 1)
        uids = [event.text("UID") for event in calendar.components]
        assert len(set(uids)) == len(uids) > 10

    def test_keeps_its_uids_and_bytes_from_one_time_to_the_next(self, site, maya, link):
        first, second = site.client().get(link), site.client().get(link)
        assert first.content == second.content
        assert first.headers["etag"] == second.headers["etag"]
        assert calendar_of(site.app, maya.id).encode() == first.content

    def test_says_that_nothing_changed_to_who_has_it_already(self, site, link):
        first = site.client().get(link)
        assert first.headers["cache-control"] == "private, max-age=900"
        again = site.client(**{"If-None-Match": f'W/"x", {first.headers["etag"]}'}).get(link)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        other = site.client(**{"If-None-Match": '"other"'}).get(link)
        assert other.status_code == 200
        assert site.client().head(link).status_code == 200

    def test_is_in_the_users_language(self, site, maya, link):
        run(site, maya, "set_preference", name="language", value="spanish")
        with site.app.database.reading() as uow:
            assert uow.users.get(maya.id).preferences.language == "es"
        calendar = read_calendar(site.client().get(link).content)
        assert calendar.text("NAME") == "Recibos y metas"


class TestTheSecret:
    @pytest.mark.parametrize(
        "path", ["/calendar/x.ics", "/calendar/.ics", "/calendar/" + "A" * 43 + ".ics"]
    )
    def test_that_is_none_leads_nowhere(self, site, path):
        assert site.client().get(path).status_code == 404

    def test_changed_by_one_letter_leads_nowhere(self, site, link):
        last = link[-5]
        other = f"{link[:-5]}{'A' if last != 'A' else 'B'}.ics"
        assert site.client().get(other).status_code == 404

    def test_is_kept_as_a_hash_only(self, site, maya, link):
        token = link.rpartition("/")[2].removesuffix(".ics")
        assert len(token) == 43
        with site.app.database.reading() as uow:
            rows = uow.connection.execute(people.calendar_links.select()).all()
            assert not any(token in str(value) for row in rows for value in row)
        folder = site.app.settings.files.folder.parent
        stored = b"".join(path.read_bytes() for path in folder.glob("books.db*"))
        assert token.encode() not in stored

    def test_is_written_into_no_log(self, site, link, caplog):
        token = link.rpartition("/")[2].removesuffix(".ics")
        with caplog.at_level(logging.DEBUG):
            site.client().get(link)
            site.client().get(link.replace(".ics", "x.ics"))
        assert "/calendar/{token}.ics" in caplog.text
        ours = [one for one in caplog.records if not one.name.startswith(("httpx", "httpcore"))]
        assert not any(token in one.getMessage() for one in ours)

    def test_is_the_same_until_it_is_renewed_or_ended(self, site, maya, link):
        assert path_of(link_of(run(site, maya, "share_calendar"))) == link
        fresh = path_of(link_of(run(site, maya, "share_calendar", renew="yes")))
        assert fresh != link
        get = site.client().get
        assert [get(link).status_code, get(fresh).status_code] == [404, 200]
        run(site, maya, "stop_calendar")
        assert get(fresh).status_code == 404
        run(site, maya, "undo")
        assert get(fresh).status_code == 200
        run(site, maya, "undo")
        assert [get(link).status_code, get(fresh).status_code] == [200, 404]

    def test_of_one_user_shows_nothing_of_another(self, site, maya, link):
        arjun = visitor(site, "arjun")
        theirs = path_of(link_of(run(site, arjun, "share_calendar")))
        assert site.client().get(theirs).content != site.client().get(link).content
        with site.app.database.work() as uow:
            present = uow.calendars.of(maya.id)
            assert present is not None
            uow.calendars.set_active(arjun.id, present.id, active=False)
            uow.commit()
        assert site.client().get(link).status_code == 200


class TestTheCommand:
    def test_writes_the_calendar_and_gives_the_link(self, tmp_path):
        environment = {
            "FM_DATABASE__URL": f"sqlite:///{tmp_path / 'books.db'}",
            "FM_FILES__FOLDER": str(tmp_path / "files"),
            "FM_SECURITY__MASTER_KEY_FILE": str(tmp_path / "master.key"),
            "PATH": "",
        }
        command = [sys.executable, "-m", "bot", "calendar"]

        def call(*more: str) -> str:
            done = subprocess.run(
                [*command, *more], env=environment, capture_output=True, timeout=120, check=True
            )
            return done.stdout.decode()

        target = tmp_path / "mine.ics"
        call("show", "--output", str(target))
        assert len(read_calendar(target.read_bytes()).components) > 10
        assert "/calendar/" in call("link")
        assert "stopped working" in call("stop")

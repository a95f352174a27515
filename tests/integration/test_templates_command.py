"""Templates at Twilio: submitted once, followed, and shown to operators."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from bot.api.admin_channels import channel_parts
from bot.api.templates import check, statuses, submit
from bot.app import App, open_app
from bot.commands import templates as command
from bot.commands.templates import open_contents
from core.messaging.channel import SendError
from core.messaging.template import TemplateState
from core.settings import Settings
from core.store.tables.message import templates
from prompts.whatsapp_templates import read_templates
from tests.fakes.content_stand_in import ContentStandIn
from tests.fakes.twilio_stand_in import ACCOUNT_SID, AUTH_TOKEN
from workers.templates import check_templates

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def provider() -> Iterator[ContentStandIn]:
    with ContentStandIn() as stand_in:
        yield stand_in
    assert not stand_in.complaints


@pytest.fixture
def twilio(provider: ContentStandIn) -> ContentStandIn:
    provider.forget()
    return provider


def settings(folder: Path, base_url: str, **more: Any) -> Settings:
    return Settings.model_validate(
        {
            "FM_PUBLIC_BASE_URL": "https://money.example",
            "database": {"url": f"sqlite:///{folder / 'books.db'}"},
            "security": {"master_key": "a master key for tests, 32 characters and more"},
            "files": {"folder": folder / "files"},
            "demo": {"enabled": False},
            "twilio": {
                "account_sid": ACCOUNT_SID,
                "auth_token": AUTH_TOKEN,
                "content_base_url": base_url,
                **more,
            },
        }
    )


@pytest.fixture(scope="module")
def installation(tmp_path_factory, provider) -> Iterator[App]:
    opened = open_app(settings(tmp_path_factory.mktemp("templates"), provider.base_url))
    yield opened
    opened.close()


@pytest.fixture
def app(installation: App) -> App:
    with installation.database.work() as uow:
        uow.connection.execute(delete(templates))
        uow.commit()
    return installation


@pytest.fixture
def contents(app):
    opened = open_contents(app)
    yield opened
    opened.close()


def states(found: Any) -> dict[str, str]:
    return {f"{one.template.name}.{one.template.lang}": one.state for one in found}


class TestSubmit:
    def test_creates_and_submits_everything_once(self, app, contents, twilio):
        assert set(states(statuses(app)).values()) == {"new"}
        found = states(submit(app, contents))
        assert found["alert.en"] == found["waits.es"] == "pending"
        assert found["decide.en"] == "kept"
        templates = [*read_templates("en"), *read_templates("es")]
        assert len(twilio.kept) == len(templates)
        assert len(twilio.approvals) == sum(one.needs_approval for one in templates)
        posts = twilio.posts
        assert states(submit(app, contents)) == found
        assert twilio.posts == posts

    def test_says_what_the_template_says(self, app, contents, twilio):
        submit(app, contents)
        kept = {each["friendly_name"].rpartition("_")[0]: each for each in twilio.kept.values()}
        alert = kept["fm_alert_en"]
        assert alert["language"] == "en"
        assert "{{1}}" in alert["types"]["twilio/text"]["body"]
        assert alert["variables"]["1"]
        decide = kept["fm_decide_es"]["types"]["twilio/quick-reply"]
        assert [each["title"] for each in decide["actions"]] == ["Aprobar", "Rechazar"]
        assert [each["id"] for each in decide["actions"]] == ["{{2}}", "{{3}}"]

    def test_finds_what_was_made_although_the_answer_was_lost(self, app, contents, twilio):
        twilio.lose_next_answer = True
        with pytest.raises(SendError):
            submit(app, contents)
        assert len(twilio.kept) == 1
        submit(app, contents)
        names = [each["friendly_name"] for each in twilio.kept.values()]
        assert len(names) == len(set(names))

    def test_submits_another_wording_anew(self, app, contents, twilio):
        submit(app, contents)
        with app.database.work() as uow:
            old = uow.outbox.templates.find("alert", "en")
            assert old is not None
            uow.outbox.templates.keep(type(old)(**{**_fields(old), "wording": "another"}))
            uow.commit()
        assert states(statuses(app))["alert.en"] == "changed"
        assert states(submit(app, contents))["alert.en"] == "pending"


def _fields(one: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__slots__}


class TestCheck:
    def test_keeps_what_the_review_came_to_and_why(self, app, contents, twilio):
        submit(app, contents)
        twilio.reviews["fm_alert_en"] = ("approved", "")
        twilio.reviews["fm_summary_en"] = ("rejected", "TAG_CONTENT_MISMATCH")
        found = {f"{one.template.name}.{one.template.lang}": one for one in check(app, contents)}
        assert found["alert.en"].state == "approved"
        assert found["alert.en"].is_well
        assert (found["summary.en"].state, found["summary.en"].reason) == (
            "rejected",
            "TAG_CONTENT_MISMATCH",
        )
        assert found["waits.en"].state == "pending"
        twilio.reviews["fm_alert_en"] = ("paused", "")
        again = states(check(app, contents))
        assert again["alert.en"] == "paused"

    def test_is_done_by_the_workers_too_without_being_told(self, app, contents, twilio):
        submit(app, contents)
        twilio.reviews["fm_alert_en"] = ("paused", "")
        with app.database.work() as uow:
            for one in uow.outbox.templates.all():
                uow.outbox.templates.keep(replace(one, checked_at=None))
            uow.commit()
        assert check_templates(app.jobs) == len(states(statuses(app)))
        assert states(statuses(app))["alert.en"] == "paused"
        assert check_templates(app.jobs) == 0

    def test_notices_what_is_gone(self, app, contents, twilio):
        submit(app, contents)
        twilio.kept.clear()
        assert set(states(check(app, contents)).values()) == {TemplateState.MISSING.value}
        submit(app, contents)
        assert "pending" in states(statuses(app)).values()


class TestTheCommand:
    def run(self, action: str, monkeypatch, folder: Path, url: str, **more: Any) -> int:
        monkeypatch.setattr(command, "open_app", lambda: open_app(settings(folder, url, **more)))
        options = type("Options", (), {"action": action})()
        return command.run_templates(options)

    def test_tells_how_each_one_stands(self, tmp_path, twilio, monkeypatch, capsys):
        assert self.run("status", monkeypatch, tmp_path, twilio.base_url) == 1
        assert "new        alert.en" in capsys.readouterr().out
        assert self.run("submit", monkeypatch, tmp_path, twilio.base_url) == 1
        assert "pending    alert.en       HX" in capsys.readouterr().out
        for name in ("alert", "summary", "approval", "security", "waits"):
            for lang in ("en", "es"):
                twilio.reviews[f"fm_{name}_{lang}"] = ("approved", "")
        assert self.run("check", monkeypatch, tmp_path, twilio.base_url) == 0
        assert "approved   waits.es" in capsys.readouterr().out

    def test_takes_the_settings_word_for_a_template(self, tmp_path, twilio, monkeypatch, capsys):
        ids = {"alert.en": "HX" + "0a" * 16}
        self.run("submit", monkeypatch, tmp_path, twilio.base_url, content_ids=ids)
        assert f"named      alert.en       {ids['alert.en']}" in capsys.readouterr().out
        assert not [one for one in twilio.kept.values() if "_alert_en_" in one["friendly_name"]]

    def test_says_when_it_cannot(self, tmp_path, twilio, monkeypatch, capsys):
        url = "http://127.0.0.1:9"
        assert self.run("submit", monkeypatch, tmp_path, url) == 1
        assert "Twilio did not do it (not_connected" in capsys.readouterr().err


class TestThePage:
    def test_shows_how_each_template_stands(self, app, contents, twilio):
        submit(app, contents)
        twilio.reviews["fm_alert_en"] = ("rejected", "<b>TAG</b>")
        check(app, contents)
        shown = "".join(str(part) for part in channel_parts(app))
        assert "rejected" in shown
        assert "&lt;b&gt;TAG" in shown
        assert "News about your money: {{1}}" in shown
        assert "Aprobar · Rechazar" in shown

"""What Prometheus and supervisors are told: piles of work, processes, breakers, backups."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import yaml
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from bot.api.health import readiness
from bot.api.metrics import Figures
from bot.api.process_figures import ProcessFigures
from bot.api.worker_door import worker_door
from bot.app import App
from bot.cli import run
from checks import tree
from core.connect.breaker import Breaker
from core.messaging.channel import Reason, Rejected
from core.messaging.outbound import MessageClass
from core.store.migrate import _chain, head, is_served
from core.store.work_queries import WorkQueries
from tests.fakes.web_server import listening, open_test_app
from tests.fakes.world import World, open_world
from workers.deliver import deliver_bulk
from workers.jobs import Queue
from workers.watchdog import Watch, Watchdog


@pytest.fixture
def world() -> Iterator[World]:
    made = open_world()
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    made = open_test_app(tmp_path_factory.mktemp("figures"))
    yield made
    made.close()


def piles(world: World) -> dict[str, tuple[int, float]]:
    with world.database.reading() as uow:
        found = WorkQueries(uow.connection).piles(now=world.now)
    return {name: (pile.waiting, pile.age(world.now)) for name, pile in found.items()}


def samples(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


class TestPiles:
    def test_are_called_like_the_queues_of_the_workers(self, world: World):
        assert set(piles(world)) <= {queue.value for queue in Queue}
        assert set(piles(world).values()) == {(0, 0.0)}

    def test_tell_answers_from_what_may_wait_and_age_from_when_it_was_due(self, world: World):
        chat = world.chat(world.user().id)
        world.queue(chat)
        world.queue(chat, message_class=MessageClass.ALERT)
        later = world.now + timedelta(hours=1)
        world.queue(chat, message_class=MessageClass.SUMMARY, due_at=later)
        world.clock.advance(timedelta(seconds=90))
        found = piles(world)
        assert found["deliver"] == (1, 90.0)
        assert found["bulk"] == (1, 90.0)

    def test_tries_that_went_wrong_are_counted_by_channel_and_reason_for_an_hour(
        self, world: World
    ):
        channel = world.channel()
        channel.faults.append(Rejected(Reason.TOO_LONG))
        world.queue(world.chat(world.user().id), message_class=MessageClass.ALERT)
        assert deliver_bulk(world.context) == 1
        with world.database.reading() as uow:
            queries = WorkQueries(uow.connection)
            lately = queries.delivery_errors(since=world.now - timedelta(hours=1))
            after = queries.delivery_errors(since=world.now + timedelta(seconds=1))
        assert lately == {("web", "too_long"): 1}
        assert after == {}


@pytest.mark.slow
class TestFigures:
    def test_name_every_queue_and_the_worker_that_was_last_seen(self, app: App):
        jobs = replace(app.jobs, worker="worker:turns")
        Watchdog(jobs, Watch(), on_hang=lambda _who: None).look()
        registry = CollectorRegistry(auto_describe=False)
        registry.register(Figures(app))
        found = samples(generate_latest(registry).decode())
        assert found["financemaster_queue_oldest_seconds", ("turns",)] == 0.0
        assert found["financemaster_worker_beat_age_seconds", ("worker:turns",)] < 60

    def test_a_process_tells_its_version_its_rounds_and_who_is_left_alone(self, app: App):
        breaker = Breaker(failures=1)
        breaker.failed()
        guarded = SimpleNamespace(breaker=breaker)
        strange = replace(app, jobs=replace(app.jobs, banks={"any": guarded}))
        registry = CollectorRegistry(auto_describe=False)
        registry.register(ProcessFigures(strange, lambda: {"prune": 3}))
        found = samples(generate_latest(registry).decode())
        assert found["financemaster_job_runs_total", ("prune",)] == 3
        assert found["financemaster_breaker_open", ("simplenamespace",)] == 1
        (labels,) = [key[1] for key in found if key[0] == "financemaster_build_info"]
        assert head() in labels


@pytest.mark.slow
class TestWorkerDoor:
    def ask(self, port: int, path: str, **headers: str) -> tuple[int, str]:
        request = Request(f"http://127.0.0.1:{port}{path}", headers=headers)
        try:
            with urlopen(request, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()

    def test_answers_what_supervisors_and_prometheus_ask_and_nothing_else(self, app: App):
        with worker_door(app, Watch(), "127.0.0.1", 0) as port:
            assert self.ask(port, "/healthz") == (200, '{"alive": true, "hanging": []}')
            status, body = self.ask(port, "/readyz")
            assert (status, json.loads(body)["ready"]) == (200, True)
            assert "financemaster_build_info" in self.ask(port, "/metrics")[1]
            assert self.ask(port, "/metrics", Forwarded="for=203.0.113.7")[0] == 403
            assert self.ask(port, "/admin")[0] == 404

    def test_says_that_it_is_not_well_while_a_thread_hangs(self, app: App):
        class Stuck(Watch):
            def hanging(self, longer_than: float) -> tuple[str, ...]:
                return ("turns-0:answer_waiting",)

        with worker_door(app, Stuck(), "127.0.0.1", 0) as port:
            status, body = self.ask(port, "/healthz")
        assert status == 503
        assert "answer_waiting" in body

    def test_wants_the_token_from_everybody_where_there_is_one(self, app: App):
        web = app.settings.web.model_copy(update={"metrics_token": _Secret("t" * 20)})
        guarded = replace(app, settings=app.settings.model_copy(update={"web": web}))
        with worker_door(guarded, Watch(), "127.0.0.1", 0) as port:
            assert self.ask(port, "/metrics")[0] == 403
            assert self.ask(port, "/metrics", Authorization="Bearer " + "t" * 20)[0] == 200


class _Secret:
    def __init__(self, value: str) -> None:
        self._value = value

    def get_secret_value(self) -> str:
        return self._value


class TestProbesOfTheManifests:
    @pytest.mark.slow
    def test_every_path_that_kubernetes_asks_is_answered(self, tmp_path: Path):
        with listening(tmp_path) as site, worker_door(site.app, Watch(), "127.0.0.1", 0) as port:
            for name, path in _probed():
                if name == "web":
                    assert site.client().get(path).status_code == 200, path
                else:
                    assert TestWorkerDoor().ask(port, path)[0] == 200, path

    @pytest.mark.slow
    def test_web_stays_in_traffic_while_workers_are_behind(self, tmp_path: Path):
        with listening(tmp_path, web={"inline_workers": False}) as site:
            ready = site.client().get("/readyz?checks=database,schema").json()
            assert set(ready["checks"]) == {"database", "schema"}
            unknown = site.client().get("/readyz?checks=nonsense")
            assert unknown.status_code == 503


class TestSideBySide:
    def test_old_code_serves_a_database_that_is_further_and_not_one_that_is_behind(self):
        assert is_served(head())
        assert is_served("9999_of_tomorrow")
        assert not is_served("0032_attention")
        assert not is_served(None)

    def test_every_migration_comes_after_one_other_and_one_is_the_newest(self):
        chain, seen = _chain(), [head()]
        while chain[seen[-1]]:
            seen.append(chain[seen[-1]])
        assert sorted(seen) == sorted(chain)

    @pytest.mark.slow
    def test_old_code_starts_and_is_ready_on_a_database_of_tomorrow(self, tmp_path: Path):
        first = open_test_app(tmp_path)
        with first.database.work() as uow:
            uow.connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999_later'")
            uow.connection.exec_driver_sql("ALTER TABLE outbox ADD COLUMN of_tomorrow TEXT")
            uow.commit()
        first.close()
        again = open_test_app(tmp_path)
        assert readiness(again)["schema"] == {"ok": True, "revision": "9999_later"}
        again.close()


class TestBackups:
    @pytest.mark.slow
    def test_a_backup_is_noted_and_its_age_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("FM_DATABASE__URL", f"sqlite:///{tmp_path / 'books.db'}")
        assert run(["migrate"]) == 0
        assert run(["backup", str(tmp_path / "copy.db")]) == 0
        assert (tmp_path / "copy.db").stat().st_size > 0
        capsys.readouterr()
        assert run(["backup", "--outside"]) == 0
        assert json.loads(capsys.readouterr().out)["noted"]
        assert run(["restore", "--outside"]) == 0
        assert json.loads(capsys.readouterr().out)["held"] == 0
        app = open_test_app(tmp_path, security={"master_key_file": "var/master.key"})
        registry = CollectorRegistry(auto_describe=False)
        registry.register(Figures(app))
        found = samples(generate_latest(registry).decode())
        app.close()
        assert 0 <= found["financemaster_backup_age_seconds", ()] < 120


def _probed() -> Iterator[tuple[str, str]]:
    """Yield each deployment with each path that is asked of it."""
    for file in (tree.ROOT / "deploy" / "kubernetes" / "base").glob("*.yaml"):
        for document in yaml.safe_load_all(file.read_text()):
            if document["kind"] == "Deployment":
                (container,) = document["spec"]["template"]["spec"]["containers"]
                for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                    asked: dict[str, Any] = container.get(probe, {}).get("httpGet", {})
                    if asked:
                        yield document["metadata"]["name"], asked["path"]

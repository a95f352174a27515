"""The servers of the integration tests are real, separate per process, and on this machine."""

from __future__ import annotations

import socket

import psycopg
import pytest
import redis
from sqlalchemy import inspect

from core.store.engine import open_engine
from core.store.tables import METADATA
from tests import servers


class TestPostgres:
    def test_answers_with_a_supported_version(self, postgres_url: str):
        with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
            assert connection.info.server_version >= 150000

    def test_gives_each_test_its_own_database(self, postgres_url: str, fresh_postgres_url: str):
        with psycopg.connect(fresh_postgres_url.replace("+psycopg", "")) as connection:
            connection.execute("CREATE TABLE only_here (id int)")
        with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
            found = connection.execute("SELECT to_regclass('only_here')").fetchone()
        assert found == (None,)


class TestBothDatabases:
    def test_have_the_same_tables(self, database_url: str):
        engine = open_engine(database_url)
        try:
            assert set(inspect(engine).get_table_names()) >= set(METADATA.tables)
        finally:
            engine.dispose()


class TestRedis:
    def test_keeps_a_value_and_runs_a_script(self, redis_url: str):
        with redis.Redis.from_url(redis_url) as client:
            client.set("greeting", "hello")
            assert client.eval("return redis.call('GET', KEYS[1])", 1, "greeting") == b"hello"
            client.flushdb()


class TestMissingServer:
    def test_skips_on_a_desk_and_says_what_to_do(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.delenv("CI", raising=False)
        with pytest.raises(pytest.skip.Exception, match="set FM_TEST_REDIS_URL"):
            servers.or_skip(_no_server)

    def test_fails_in_ci(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("CI", "true")
        with pytest.raises(pytest.fail.Exception, match="CI needs every server"):
            servers.or_skip(_no_server)


class TestNetworkGuard:
    def test_refuses_an_address_outside(self):
        with socket.socket() as outside, pytest.raises(RuntimeError, match="network"):
            outside.connect(("192.0.2.1", 80))

    def test_refuses_to_look_up_a_name_outside(self):
        with pytest.raises(RuntimeError, match="network"):
            socket.getaddrinfo("example.com", 443)

    def test_lets_loopback_through(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname()).close()


def _no_server() -> str:
    raise servers.ServerMissing("not installed; set FM_TEST_REDIS_URL")

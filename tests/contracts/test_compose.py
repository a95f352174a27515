"""docker-compose.yml starts what exists, in an order that works, with as few rights as it can."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
import yaml

from checks import example, tree
from core.settings import Settings

_COMPOSE: dict[str, Any] = yaml.safe_load((tree.ROOT / "docker-compose.yml").read_text())
_SERVICES: dict[str, dict[str, Any]] = _COMPOSE["services"]
_OURS = ("migrate", "web", "worker", "executor", "beat")
_LASTING = ("web", "worker", "executor", "beat")


class TestCompose:
    def test_has_the_processes_of_production(self):
        assert set(_SERVICES) == {"postgres", "redis", *_OURS}

    @pytest.mark.parametrize("name", _OURS)
    def test_a_service_runs_a_command_that_exists(self, name: str):
        commands = pytest.importorskip("bot.cli", reason="no command line yet").COMMANDS
        program, command, *_ = _SERVICES[name]["command"]
        assert program == "financemaster"
        assert command in commands

    @pytest.mark.parametrize("name", _LASTING)
    def test_a_health_check_runs_a_command_that_exists(self, name: str):
        kind, program, *rest = _SERVICES[name]["healthcheck"]["test"]
        assert kind == "CMD"
        if program == "financemaster":
            commands = pytest.importorskip("bot.cli", reason="no command line yet").COMMANDS
            assert rest[0] in commands
        else:
            assert program == "python"
            compile(rest[1], name, "exec")

    @pytest.mark.parametrize("name", ["postgres", "redis"])
    def test_a_server_says_when_it_is_healthy(self, name: str):
        assert _SERVICES[name]["healthcheck"]["test"]

    @pytest.mark.parametrize("name", _LASTING)
    def test_a_process_waits_for_its_servers_and_the_migration(self, name: str):
        waits = {needed: how["condition"] for needed, how in _SERVICES[name]["depends_on"].items()}
        assert waits == {
            "postgres": "service_healthy",
            "redis": "service_healthy",
            "migrate": "service_completed_successfully",
        }

    def test_the_migration_waits_for_the_database_and_runs_once(self):
        assert _SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
        assert _SERVICES["migrate"]["restart"] not in {"always", "unless-stopped"}

    @pytest.mark.parametrize("name", _OURS)
    def test_a_process_has_no_rights_it_does_not_need(self, name: str):
        service = _SERVICES[name]
        assert not service["user"].startswith(("0", "root"))
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]

    def test_only_the_web_process_is_published_and_only_on_loopback(self):
        published = {
            name: service["ports"] for name, service in _SERVICES.items() if "ports" in service
        }
        assert list(published) == ["web"]
        assert all(port.startswith("127.0.0.1:") for port in published["web"])

    def test_no_secret_stands_in_the_file(self):
        text = (tree.ROOT / "docker-compose.yml").read_text()
        for name, value in re.findall(r"(\w*(?:PASSWORD|TOKEN|SECRET|KEY)\w*): (\S+)", text):
            assert value.startswith("${"), name

    def test_every_variable_is_a_setting(self):
        known = {name for name, _ in example.variables(Settings)}
        for name in _OURS:
            assert _SERVICES[name]["environment"].keys() <= known


class TestImage:
    def test_installs_what_the_lock_says_and_nothing_else(self):
        installs = [line for line in _dockerfile() if "pip install" in line]
        assert len(installs) == 2
        assert "--require-hashes" in installs[0]
        assert "--no-deps" in installs[0]  # the lock is complete; pip is to resolve nothing
        assert "requirements-production.lock" in installs[0]
        assert {"--no-deps", "--no-build-isolation"} <= set(shlex.split(installs[1]))

    def test_takes_every_room_and_no_test(self):
        copied = {line.split()[1] for line in _dockerfile() if re.match(r"COPY \w+ \w+$", line)}
        assert copied == set(tree.ROOMS)
        ignored = (tree.ROOT / ".dockerignore").read_text().splitlines()
        assert ignored[0] == "*"
        assert {f"!{room}" for room in tree.ROOMS} <= set(ignored)

    def test_does_not_run_as_root(self):
        users = [line.split()[1] for line in _dockerfile() if line.startswith("USER ")]
        assert users
        assert not users[-1].startswith(("0", "root"))


def _dockerfile() -> list[str]:
    return (tree.ROOT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()

"""The house rules hold for the whole tree: sizes, imports, pins and what is shipped."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from checks import example, limits, tree, words
from core.settings import Settings

_LOCKS = ("requirements.lock", "requirements-production.lock")
_ADAPTERS = frozenset({"store", "learning", "connect", "settings.py"})
_HEAVY = "sklearn scipy matplotlib fpdf langchain openai celery telegram twilio pandas"


@pytest.mark.slow
class TestLimits:
    def test_no_file_is_over_the_limit(self):
        assert list(limits.long_files()) == []

    def test_no_function_is_over_the_limit(self):
        assert list(limits.long_functions()) == []

    def test_no_module_is_named_for_nothing(self):
        assert list(limits.banned_names()) == []

    def test_nothing_is_tied_to_one_machine(self):
        assert list(limits.machine_paths()) == []

    def test_no_package_registry_is_named(self):
        assert list(limits.registry_hosts()) == []

    def test_no_sentence_stands_in_python(self, capsys: pytest.CaptureFixture[str]):
        code = words.main()
        assert code == 0, capsys.readouterr().out


class TestImports:
    @pytest.mark.slow  # and so does `make lint`
    def test_all_contracts_are_kept(self):
        command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
        done = subprocess.run(command, cwd=tree.ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    @pytest.mark.slow
    def test_the_light_rooms_start_without_heavy_libraries(self):
        light = [_dotted(path) for path in tree.modules("tools", "prompts")]
        light += [_dotted(path) for path in tree.modules("core") if path.parts[1] not in _ADAPTERS]
        program = (
            "import importlib, sys\n"
            f"for name in {light!r}:\n    importlib.import_module(name)\n"
            f"print(*[name for name in {_HEAVY.split()!r} if name in sys.modules])"
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=tree.ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == []


class TestPins:
    @pytest.mark.parametrize("name", _LOCKS)
    def test_a_lock_names_no_address_and_hashes_everything(self, name: str):
        text = (tree.ROOT / name).read_text()
        assert not re.search(r"(https?|file)://", text)
        for pin in re.split(r"\n(?=\S)", text.strip()):
            assert "==" in pin
            assert "--hash=sha256:" in pin

    def test_both_locks_pin_the_same_versions(self):
        development, production = (_pins(name) for name in _LOCKS)
        shared = development.keys() & production.keys()
        assert shared
        assert [name for name in shared if development[name] != production[name]] == []

    @pytest.mark.parametrize("name", _LOCKS)
    def test_every_dependency_is_pinned(self, name: str):
        needed = {_bare_name(line) for line in _pyproject()["project"]["dependencies"]}
        assert needed <= _pins(name).keys()


class TestPackaging:
    @pytest.mark.slow
    def test_the_wheel_holds_every_file_of_the_rooms_and_nothing_else(self, tmp_path: Path):
        for path in tree.files():
            target = tmp_path / "copy" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(tree.ROOT / path, target)
        command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
        command += ["--disable-pip-version-check", "-w", str(tmp_path), str(tmp_path / "copy")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
            shipped = {name for name in wheel.namelist() if ".dist-info/" not in name}
        assert shipped == {str(path) for path in tree.files() if path.parts[0] in tree.ROOMS}


class TestSettings:
    def test_the_example_lists_every_setting_with_its_default_and_no_other(self):
        assert example.compare(Settings) == []


def _dotted(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _pyproject() -> dict[str, Any]:
    return tomllib.loads((tree.ROOT / "pyproject.toml").read_text())


def _pins(name: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for line in (tree.ROOT / name).read_text().splitlines():
        if line and line[0].isalnum():
            package, version = line.split(" ")[0].split("==")
            found.setdefault(_bare_name(package), set()).add(version)
    return found


def _bare_name(requirement: str) -> str:
    name = re.split(r"[\[<>=;~! ]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()

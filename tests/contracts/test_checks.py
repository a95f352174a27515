"""The checks of the house rules find what they are for: each breach is made and must be named."""

from __future__ import annotations

import queue
import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

from checks import install, tree
from checks.homes import HomesContract
from core.settings import Settings

pytestmark = pytest.mark.slow

_LONG_FUNCTION = "def tell():\n" + "    x = 1\n" * 60
_BREACHES = {
    "core/ledger/long.py": ("x = 1\n" * 401, "401 lines, at most 400"),
    "core/ledger/tall.py": (_LONG_FUNCTION, "tell has 61 lines"),
    "bot/utils.py": ("x = 1\n", "no module is called utils"),
    "core/helpers/thing.py": ("x = 1\n", "no module is called helpers"),
    "docs/place.md": ("see /home" + "/ann/notes\n", "a path of one machine"),
    "docs/source.md": ("from registry" + ".example.org\n", "names a package registry"),
}
_SENTENCES = {
    'REPLY = "I could not find that account"\n': True,
    'def say(n):\n    return f"You have {n} open bills this month"\n': True,
    '"""A docstring may be a whole sentence here."""\n': False,
    'raise ValueError("the amount must not be negative")\n': False,
    'log.info("turn was closed by another worker")\n': False,
    'QUERY = "SELECT id FROM entries WHERE user_id = :user and amount is null"\n': False,
    'KEY = "reply.account_not_found"\n': False,
    'Field(description="The account whose balance is wanted")\n': False,
}


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A tree of its own with nothing in it but the checks."""
    shutil.copytree(tree.ROOT / "checks", tmp_path / "checks")
    (tmp_path / "checks" / "words_allowed.toml").write_text("")
    return tmp_path


class TestLimits:
    @pytest.mark.parametrize("name", _BREACHES)
    def test_a_breach_is_named_and_fails(self, scratch: Path, name: str):
        text, complaint = _BREACHES[name]
        _write(scratch / name, text)
        done = _run(scratch, "limits")
        assert done.returncode == 1
        assert name in done.stdout
        assert complaint in done.stdout

    def test_a_tree_within_the_limits_passes(self, scratch: Path):
        _write(scratch / "core/ledger/short.py", "x = 1\n")
        assert _run(scratch, "limits").returncode == 0

    def test_the_path_of_this_checkout_is_found(self, scratch: Path):
        _write(scratch / "docs/here.md", f"open {scratch}/var/books\n")
        assert "docs/here.md:1: a path of one machine" in _run(scratch, "limits").stdout

    def test_the_figures_are_printed(self, scratch: Path):
        _write(scratch / "core/short.py", '"""One."""\n\ndef one() -> int:\n    return 1\n')
        shown = _run(scratch, "limits", "--figures").stdout
        assert "functions with a return type            100 %" in shown


class TestInstall:
    def test_another_pin_means_another_environment(self, tmp_path: Path):
        before, after = tmp_path / "before.lock", tmp_path / "after.lock"
        before.write_text("six==1.16.0")
        after.write_text("six==1.17.0")
        assert install.key(before) != install.key(after)
        assert install.key(before) == install.key(before)

    def test_shows_how_far_it_is_and_keeps_what_pip_said(self, capsys: pytest.CaptureFixture[str]):
        lines: queue.Queue[str | None] = queue.Queue()
        for said in [f"Collecting p{n}==1\n" for n in range(45)] + [
            "Installing collected p\n",
            None,
        ]:
            lines.put(said)
        assert len(install.follow(lines, 45)) == 46
        shown = capsys.readouterr().out.split("\n")
        assert [line.strip() for line in shown if line] == [
            "20 of 45",
            "40 of 45",
            "all here; installing",
        ]

    def test_learns_into_the_folder_that_the_program_reads(self):
        files = Settings.model_fields["files"].get_default(call_default_factory=True)
        assert tree.ROOT / files.folder.parent / "understanding" == install.UNDERSTANDING


class TestWords:
    @pytest.mark.parametrize(("text", "found"), _SENTENCES.items())
    def test_a_sentence_for_users_is_found_and_nothing_else(
        self, scratch: Path, text: str, found: bool
    ):
        _write(scratch / "tools/speaker.py", text)
        assert _run(scratch, "words").returncode == int(found)

    def test_an_allowed_sentence_passes(self, scratch: Path):
        _write(scratch / "bot/speaker.py", 'X = "said by the provider alone"\n')
        _allow(scratch, "bot/*.py")
        assert _run(scratch, "words").returncode == 0

    def test_a_permission_for_nothing_fails(self, scratch: Path):
        _allow(scratch, "bot/gone.py")
        assert _run(scratch, "words").returncode == 1


class TestHomes:
    def test_a_stray_import_breaks_the_contract(self):
        strays = _strays("sqlalchemy", "sqlalchemy -> core.somewhere_else")
        assert "core.store.engine imports sqlalchemy (its home is core.somewhere_else)" in strays

    def test_a_library_without_a_line_breaks_the_contract(self):
        strays = _strays("sqlalchemy", "dateutil -> *")
        assert any(
            "no line in pyproject.toml says where it is at home" in stray for stray in strays
        )

    def test_an_import_at_home_keeps_it(self):
        assert _strays("sqlalchemy", "sqlalchemy -> core.store") == []

    def test_an_own_package_may_have_a_home_too(self):
        assert _strays("core.money", "core.money -> core.nowhere") != []
        assert _strays("core.money", "core.money -> *") == []


def _strays(name: str, *lines: str) -> list[str]:
    """What the contract says about one library or package, given these lines."""
    graph = grimp.build_graph("core", include_external_packages=True, cache_dir=None)
    contract = HomesContract("homes", {}, {"homes": list(lines)})
    strays = contract.check(graph, verbose=False).metadata["strays"]
    return [stray for stray in strays if f" imports {name} " in stray]


def _allow(scratch: Path, path: str) -> None:
    line = f'[[allow]]\npath = "{path}"\nreason = "a test"\n'
    (scratch / "checks" / "words_allowed.toml").write_text(line)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _run(folder: Path, check: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", f"checks.{check}", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )

"""The pages are true: their commands exist, their links lead somewhere, their drawings match."""

from __future__ import annotations

import re
from enum import StrEnum
from importlib import import_module
from pathlib import Path

import pytest

from checks import drawings, tree

_PAGES = sorted(
    path for path in tree.files() if path.suffix == ".md" and "prompts" not in path.parts
)
_PROMISED = {"setup", "run", "chat", "demo", "migrate", "lock", "fmt", "lint", "types", "check"}
_PROMISED |= {"test", "test-all", "coverage", "bench", "eval", "chaos", "docs"}
_CODE = re.compile(r"^```\w*\n(.*?)^```$|`([^`\n]+)`", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[\w-]+)?\)")
_MOVES = re.compile(r"^((?:[A-Z]+_)?MOVES): ", re.MULTILINE)


class TestCommands:
    @pytest.mark.parametrize("page", _PAGES, ids=str)
    def test_every_make_target_exists(self, page: Path):
        makefile = (tree.ROOT / "Makefile").read_text()
        targets = set(re.findall(r"^([a-z][a-z-]*):.*## ", makefile, re.MULTILINE))
        assert set(re.findall(r"\bmake ([a-z][a-z-]+)", _code(page))) <= targets

    @pytest.mark.parametrize("page", _PAGES, ids=str)
    def test_every_sub_command_exists(self, page: Path):
        named = set(re.findall(r"\bfinancemaster ([a-z]+(?:-[a-z]+)*)(?![\w:])", _code(page)))
        if named:
            assert named <= set(_sub_commands())

    def test_the_targets_listed_by_make_are_the_ones_promised(self):
        makefile = (tree.ROOT / "Makefile").read_text()
        listed = re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE)
        assert set(listed) >= _PROMISED


class TestPages:
    @pytest.mark.parametrize("page", _PAGES, ids=str)
    def test_every_link_leads_to_a_file(self, page: Path):
        for link in _LINK.findall(tree.text(page)):
            if "://" not in link:
                assert (tree.ROOT / page.parent / link).exists(), link

    def test_the_changelog_has_an_unreleased_part(self):
        assert "\n## Unreleased\n" in tree.text(Path("CHANGELOG.md"))

    @pytest.mark.parametrize(
        "page", sorted(tree.ROOT.glob("docs/adr/*.md")), ids=lambda path: path.stem
    )
    def test_a_decision_is_short_and_complete(self, page: Path):
        text = page.read_text()
        assert text.count("\n") <= 50
        for part in ("Context", "Decision", "Consequences", "Alternatives"):
            assert f"\n## {part}\n" in text
        assert "The price:" in text
        assert page.name.startswith(f"{int(text.split('.')[0].removeprefix('# ')):04d}-")


class TestDrawings:
    @pytest.mark.parametrize("name", drawings.PAGES)
    def test_a_page_shows_the_tables_of_moves_as_they_are(self, name: str):
        page = tree.ROOT / name
        assert page.read_text() == drawings.redrawn(page), "run make docs"

    def test_every_table_of_moves_is_drawn(self):
        page = (tree.ROOT / drawings.PAGES[0]).read_text()
        for path in tree.modules("core"):
            for table in _MOVES.findall(tree.text(path)):
                dotted = ".".join(path.with_suffix("").parts)
                assert f"<!-- states: {dotted}.{table} -->" in page

    def test_every_state_of_a_table_has_a_row(self):
        for path in tree.modules("core"):
            for table in _MOVES.findall(tree.text(path)):
                moves = getattr(import_module(".".join(path.with_suffix("").parts)), table)
                states: type[StrEnum] = type(next(iter(moves)))
                assert set(moves) == set(states), f"{path}: {table}"


def _code(page: Path) -> str:
    return "\n".join(block or inline for block, inline in _CODE.findall(tree.text(page)))


def _sub_commands() -> tuple[str, ...]:
    return tuple(pytest.importorskip("bot.cli", reason="no command line yet").COMMANDS)

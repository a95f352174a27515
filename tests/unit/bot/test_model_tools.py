"""What a model sees of the tools: few, in a stable order, strict, and never an owner."""

from __future__ import annotations

import json
import re

import pytest

from bot.llm.chat import estimate
from bot.llm.model_tools import ModelTools
from prompts.phrasebook import languages
from prompts.told import FROZEN, NAMES, fingerprint, frozen, told, tool_words
from tools.catalog import open_registry
from tools.spec import FORBIDDEN_ARGUMENTS, Effect


@pytest.fixture(scope="module")
def tools() -> ModelTools:
    return ModelTools(open_registry(), tool_words())


class TestModelTools:
    def test_are_at_most_twenty(self, tools: ModelTools):
        assert len(tools.schemas) <= 20

    def test_are_the_same_text_each_time(self, tools: ModelTools):
        again = ModelTools(open_registry(), tool_words())
        assert json.dumps(tools.schemas) == json.dumps(again.schemas)

    def test_cost_few_tokens_with_the_policy(self, tools: ModelTools):
        told_of = json.dumps(tools.schemas, separators=(",", ":"), ensure_ascii=False)
        assert estimate(told_of) + estimate(told("policy", "en").text) <= 3500

    def test_take_no_owner(self, tools: ModelTools):
        for schema in tools.schemas:
            parameters = schema["function"]["parameters"]
            assert not FORBIDDEN_ARGUMENTS & parameters["properties"].keys()

    def test_that_read_reach_only_tools_that_read(self, tools: ModelTools):
        for name in tools.names:
            tool = tools.get(name)
            if tool is None:
                continue
            effects = {spec.effect for spec in tool.targets.values()}
            assert effects == ({Effect.WRITE} if name.startswith("propose_") else {Effect.READ})

    def test_never_reach_what_is_the_users_alone(self, tools: ModelTools):
        reached = {
            spec.name
            for name in tools.names
            if (tool := tools.get(name)) is not None
            for spec in tool.targets.values()
        }
        assert not reached & {"erase_data", "add_contact", "import_statement", "book_bank_text"}


class TestTold:
    @pytest.mark.parametrize("language", languages())
    @pytest.mark.parametrize("name", FROZEN)
    def test_is_frozen_by_its_hash(self, name: str, language: str):
        text = told(name, language)
        assert frozen()[language][name] == {"version": text.version, "sha256": text.hash}

    @pytest.mark.parametrize("language", languages())
    def test_has_a_fingerprint_of_its_own(self, language: str):
        assert len({fingerprint(one) for one in languages()}) == len(languages())

    @pytest.mark.parametrize("language", languages())
    def test_has_the_same_places_to_fill_in_all_languages(self, language: str):
        for name in NAMES:
            assert _places(name, language) == _places(name, "en")


def _places(name: str, language: str) -> set[str]:
    return set(re.findall(r"\{([a-z_]+)\}", told(name, language).text))

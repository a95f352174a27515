"""Everything people may type, read from the language folder and checked against the tools."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from core.conversation.plan import Say, Step, ToolCall
from intents.sentence import parse, plain_words, words_in

FOLDER = Path(__file__).parent
# Files of talk that no tool serves: their tables are labels of their own.
TALK = ("unsupported", "smalltalk")
OUT_OF_SCOPE = "oos"
FIRST = "en"  # the language that every request has its sentences in


@dataclass(frozen=True, slots=True)
class Phrases:
    """Ways to say one request, and the arguments that saying it so settles."""

    say: tuple[str, ...]
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Intent:
    """A request: what it is called, which tool serves it and how people word it.

    ``cues`` give for an argument the words that set it to each of its values. ``restate`` says
    the request again with its slots; ``phrase`` is the answer when there is no tool, ``does`` the
    whole call where talk sets something off; ``denies`` says that people ask for it by saying
    what not to do, ``asked`` that they do so in a question ("can I talk to somebody?"),
    ``ahead`` that days which are left open ("friday", "the 5th") lie ahead.
    """

    label: str
    tool: str
    phrases: tuple[Phrases, ...]
    cues: Mapping[str, Mapping[str, tuple[tuple[str, ...], ...]]] = field(default_factory=dict)
    examples: tuple[str, ...] = ()
    restate: str = ""
    phrase: str = ""
    does: ToolCall | None = None
    denies: bool = False
    asked: bool = False
    ahead: bool = False

    @property
    def reply(self) -> Step:
        """What follows where no tool takes arguments: a call that is settled, or the answer."""
        return self.does or Say(self.phrase)

    @cached_property
    def literals(self) -> frozenset[str]:
        """Every word its phrases are made of."""
        return frozenset(
            word
            for group in self.phrases
            for template in group.say
            for word in words_in(parse(template))
        )

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word its phrases and cues are made of."""
        return self.literals.union(*(cue for _, _, cue in self.cue_words()))

    def cue_words(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Give argument, value and words of each cue."""
        for argument, values in self.cues.items():
            for value, cues in values.items():
                for cue in cues:
                    yield argument, value, cue


@dataclass(frozen=True, slots=True)
class Command:
    """A whole message with a fixed meaning: a tool, or a phrase."""

    tool: str = ""
    phrase: str = ""


@dataclass(frozen=True, slots=True)
class Manners:
    """The small words of the dialogue, as runs of plain words."""

    before: tuple[tuple[str, ...], ...]
    after: tuple[tuple[str, ...], ...]
    question_first: tuple[tuple[str, ...], ...]
    question_request: tuple[tuple[str, ...], ...]
    question_permission: tuple[tuple[str, ...], ...]
    question_inside: tuple[tuple[str, ...], ...]
    negation: tuple[tuple[str, ...], ...]
    stop: frozenset[str]


@dataclass(frozen=True)
class Vocabulary:
    """All of one language: requests by label, commands by their words, values for training.

    ``small`` words may stand before a day or an amount; ``shut`` words are never part of a name;
    ``bare`` ones change nothing around a name that stands alone, ``common`` ones nothing at
    all; ``narrowing`` ones limit a question in ways that the tools cannot.
    """

    language: str
    intents: Mapping[str, Intent]
    commands: Mapping[tuple[str, ...], Command]
    manners: Manners
    fillers: Mapping[str, tuple[str, ...]]
    dialogue: Mapping[str, Any]
    settings: Mapping[str, Any]
    small: frozenset[str]
    shut: frozenset[str]
    numbers: frozenset[str]
    bare: frozenset[str]
    common: frozenset[str]
    narrowing: frozenset[str]
    fingerprint: str

    @cached_property
    def requested(self) -> frozenset[str]:
        """Every word in which some tool is asked for: such a word is no name of a shop."""
        return frozenset().union(*(one.literals for one in self.tools().values())) | self.shut

    @cached_property
    def known(self) -> frozenset[str]:
        """Every word that means something, the names that sentences are tried with included."""
        named = (text for name, texts in self.fillers.items() if name != "code" for text in texts)
        words = (word for text in named for word in plain_words(text))
        return self.requested.union(words, self.manners.stop, self.bare, self.common, self.small)

    @cached_property
    def listed(self) -> Mapping[str, tuple[tuple[str, ...], ...]]:
        """The words of every cue, by the argument that they settle."""
        found: dict[str, dict[tuple[str, ...], None]] = {}
        for intent in self.intents.values():
            for argument, _, cue in intent.cue_words():
                found.setdefault(argument, {})[cue] = None
        return {argument: tuple(cues) for argument, cues in found.items()}

    def tools(self) -> dict[str, Intent]:
        """Return the requests that a tool serves, by the tool's name."""
        return {intent.tool: intent for intent in self.intents.values() if intent.tool}


@lru_cache(maxsize=1)
def installed() -> tuple[str, ...]:
    """Return the languages that requests are understood in, the one that has them all first."""
    found = sorted(path.parent.name for path in FOLDER.glob("*/commands.toml"))
    return (FIRST, *(name for name in found if name != FIRST))


def source(language: str, name: str) -> Path:
    """Return a file of ``language``; where it has none yet, the first language lends its own.

    Sentence vectors know both languages, so that a request is understood before anybody has
    written down how else it is said.
    """
    path = FOLDER / language / f"{name}.toml"
    return path if path.exists() else FOLDER / FIRST / f"{name}.toml"


@lru_cache(maxsize=4)
def load(language: str = FIRST) -> Vocabulary:
    """Read the vocabulary of ``language``; raise `FileNotFoundError` when it has none."""
    if language not in installed():
        raise FileNotFoundError(language)
    names = {path.stem for folder in (FIRST, language) for path in (FOLDER / folder).glob("*.toml")}
    files = {name: source(language, name).read_bytes() for name in sorted(names)}
    tables = {name: tomllib.loads(data.decode()) for name, data in files.items()}
    small = tables["commands"]
    intents = {intent.label: intent for intent in _intents(tables)}
    kept = [name for name in files if name in intents or name in (*TALK, OUT_OF_SCOPE, "fillers")]
    return Vocabulary(
        language=language,
        intents=intents,
        commands=_commands(small["command"]),
        manners=_manners(small),
        fillers=_fillers(tables["fillers"]),
        dialogue=tables["dialogue"],
        settings=small["settings"],
        small=frozenset(small["small"]["words"]),
        shut=frozenset(small["shut"]["words"]),
        numbers=frozenset(small["numbers"]["words"]),
        bare=frozenset(small["bare"]["words"]),
        common=frozenset(small["common"]["words"]),
        narrowing=frozenset(small["narrowing"]["words"]),
        fingerprint=hashlib.sha256(b"\0".join(files[name] for name in kept)).hexdigest(),
    )


def _fillers(own: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Return what fills the slots of sentences; lent sentences bring slots of their own."""
    values = {**tables_of(FIRST, "fillers"), **own}
    return {name: tuple(words) for name, words in values.items()}


def tables_of(language: str, name: str) -> dict[str, Any]:
    """Read one file of the language folder."""
    return tomllib.loads(source(language, name).read_text(encoding="utf-8"))


def check(vocabulary: Vocabulary, tools: Mapping[str, Iterable[str]]) -> list[str]:
    """Return what does not fit the tools (name to argument names); nothing when all does."""
    wrong = [f"no sentences for {name}" for name in tools if name not in vocabulary.tools()]
    for intent in vocabulary.tools().values():
        if intent.tool not in tools:
            wrong.append(f"{intent.label}: no tool {intent.tool}")
            continue
        said = {name for group in intent.phrases for name in group.arguments} | set(intent.cues)
        unknown = said - set(tools[intent.tool])
        wrong += [f"{intent.tool} has no argument {name}" for name in sorted(unknown)]
    for intent in vocabulary.intents.values():
        if intent.does is not None and intent.does.tool not in tools:
            wrong.append(f"{intent.label}: no tool {intent.does.tool}")
    for command in vocabulary.commands.values():
        if command.tool and command.tool not in tools:
            wrong.append(f"command without tool: {command.tool}")
    return wrong


def _intents(tables: Mapping[str, Mapping[str, Any]]) -> Iterator[Intent]:
    for name, table in tables.items():
        if "tool" in table:
            yield Intent(
                label=name,
                tool=table["tool"],
                phrases=tuple(
                    Phrases(tuple(group["say"]), group.get("arguments", {}))
                    for group in table["phrases"]
                ),
                cues={key: _cues(values) for key, values in table.get("cues", {}).items()},
                examples=tuple(table.get("examples", ())),
                restate=table.get("restate", ""),
                denies=table.get("denies", False),
                asked=table.get("asked", False),
                ahead=table.get("ahead", False),
            )
    for room in TALK:
        for topic, table in tables[room].items():
            yield _talk(f"{room}.{topic}", table)
    yield _talk(OUT_OF_SCOPE, tables[OUT_OF_SCOPE])


def _talk(label: str, table: Mapping[str, Any]) -> Intent:
    settled = table.get("does")
    does = ToolCall(settled, dict(table.get("arguments", {}))) if settled else None
    said = (Phrases(tuple(table["say"])),)
    return Intent(label, "", said, phrase=table.get("phrase", ""), does=does)


def _cues(values: Mapping[str, Iterable[str]]) -> dict[str, tuple[tuple[str, ...], ...]]:
    return {value: runs(words) for value, words in values.items()}


def runs(texts: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Return each text as its plain words, longest first."""
    return _runs(tuple(texts))


@lru_cache(maxsize=512)
def _runs(texts: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    plain = {plain_words(text) for text in texts} - {()}
    return tuple(sorted(plain, key=lambda run: (-len(run), run)))


def _commands(tables: Iterable[Mapping[str, Any]]) -> dict[tuple[str, ...], Command]:
    commands: dict[tuple[str, ...], Command] = {}
    for table in tables:
        command = Command(*(table.get(key, "") for key in ("tool", "phrase")))
        # A message that is only a sign has no words: it is its own key.
        commands.update({plain_words(text) or (text,): command for text in table["say"]})
    return commands


def _manners(table: Mapping[str, Any]) -> Manners:
    question = table["question"]
    return Manners(
        before=runs(table["polite"]["before"]),
        after=runs(table["polite"]["after"]),
        question_first=runs(question["first"]),
        question_request=runs(question["request"]),
        question_permission=runs(question["permission"]),
        question_inside=runs(question["inside"]),
        negation=runs(table["negation"]["say"]),
        stop=frozenset(table["stop"]["words"]),
    )

"""Find the user's own accounts, shops and categories in a sentence, spelled as people spell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from rapidfuzz import fuzz, process

from core.conversation.context import Named
from intents.lexicon import Lexicon, Vocabulary, load_lexicon
from intents.text import Token, TokenKind, Utterance, fold, read

_MIN_SQUASHED = 84
_MIN_TOKEN_SET = 88
_SHORT = 3  # letters; such a name is matched exactly or not at all
_LONGEST_WINDOW = 5  # words
_MOST_NAMES = 8  # in one message
_NOT_LETTERS = re.compile(r"[\W_]+")


class NameContext(StrEnum):
    """What the text is: any sentence, what follows "at" or "from", or a thing of the user's."""

    PLAIN = "plain"
    MERCHANT = "merchant"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Match:
    """Whose name was said, where in the clean text, and how near it was (100 is exact).

    More than one handle is a tie: the user has to be asked which one is meant.
    """

    handles: tuple[str, ...]
    start: int
    end: int
    score: int

    @property
    def handle(self) -> str | None:
        """The one that is meant, None on a tie."""
        return self.handles[0] if len(self.handles) == 1 else None


@dataclass(frozen=True, slots=True)
class _Window:
    """Some words in a row that may be a name."""

    squashed: str
    words: tuple[str, ...]
    first: int
    last: int
    follows_lead: bool  # stands right after "at" or "from"
    is_loose: bool  # small words in it: only an exact name may be spelled so


@dataclass(slots=True)
class _Index:
    """Names made ready: by exact squashed spelling, and as lists that run side by side."""

    exact: dict[str, list[str]] = field(default_factory=dict)
    squashed: list[str] = field(default_factory=list)
    spelled: list[str] = field(default_factory=list)
    handles: list[str] = field(default_factory=list)
    words: set[str] = field(default_factory=set)


_Found = tuple[_Window, list[str], int]


def match_names(
    text: str | Utterance,
    names: tuple[Named, ...],
    *,
    context: str = NameContext.PLAIN,
    lexicon: Lexicon | None = None,
    taken: Iterable[tuple[int, int]] = (),
) -> Match | None:
    """Return the best match of one of ``names`` in ``text``, a tie of several, or nothing.

    An exact spelling (spaces, case, accents and signs aside) wins, then a near one; then,
    after "at" or "from" and in the context of a merchant or of the user's own things, a part
    of the name ("savings"). ``taken`` are spans of the clean text that mean something else.
    """
    found = find_names(text, names, context=context, lexicon=lexicon, taken=taken)
    return max(found, key=lambda match: (match.score, match.end - match.start), default=None)


def find_names(
    text: str | Utterance,
    names: tuple[Named, ...],
    *,
    context: str = NameContext.PLAIN,
    lexicon: Lexicon | None = None,
    taken: Iterable[tuple[int, int]] = (),
) -> tuple[Match, ...]:
    """Return every match of ``names`` in ``text`` in order: "from chase to savings" has two."""
    if not names:
        return ()
    utterance, vocabulary = read(text), (lexicon or load_lexicon()).choices
    index, ordinary = _index(names), vocabulary.listed("ordinary")
    windows = list(_windows(utterance, vocabulary, tuple(taken)))
    found: list[Match] = []
    while windows and len(found) < _MOST_NAMES:
        best = (
            _exact(windows, index, ordinary if context == NameContext.PLAIN else frozenset())
            or _near(windows, index, ordinary)
            or _part(windows, index, ordinary, only_after_lead=context == NameContext.PLAIN)
        )
        if best is None:
            break
        window, handles, score = best
        start, end = utterance.tokens[window.first].start, utterance.tokens[window.last].end
        found.append(Match(tuple(handles), start, end, score))
        windows = [one for one in windows if one.last < window.first or window.last < one.first]
    return tuple(sorted(found, key=lambda match: match.start))


@lru_cache(maxsize=32)
def _windows(
    utterance: Utterance, vocabulary: Vocabulary, taken: tuple[tuple[int, int], ...]
) -> tuple[_Window, ...]:
    """Return every run of up to five words, longest first, that is more than one small word.

    Each kind of name is looked for in the same ones, so they are kept for the next kind.
    """
    return tuple(_runs(utterance, vocabulary, taken))


def _runs(
    utterance: Utterance, vocabulary: Vocabulary, taken: tuple[tuple[int, int], ...]
) -> Iterator[_Window]:
    tokens, filler = utterance.tokens, vocabulary.listed("filler")
    inner = vocabulary.listed("inside_names")
    words = [fold(token.text) for token in tokens]
    places = [
        at
        for at, token in enumerate(tokens)
        if token.kind in (TokenKind.WORD, TokenKind.NUMBER)
        and not any(start < token.end and token.start < end for start, end in taken)
    ]
    for size in range(_LONGEST_WINDOW, 0, -1):
        for run in zip(*(places[skip:] for skip in range(size)), strict=False):
            said = tuple(words[at] for at in run)
            if filler.issuperset(said) or not _in_a_row(tokens, run):
                continue
            outside = {said[0], said[-1], *(word for word in said if word not in inner)}
            before = words[run[0] - 1] if run[0] else ""
            leads = vocabulary.words.get(before, ())
            follows = any(tag.word_class == "merchant_lead" for tag in leads)
            yield _Window(
                _squash("".join(said)),
                said,
                run[0],
                run[-1],
                follows,
                not filler.isdisjoint(outside),
            )


def _in_a_row(tokens: Sequence[Token], run: tuple[int, ...]) -> bool:
    """Tell whether only signs stand between the words: "at & t", but no line end, no taken word."""
    return all(
        tokens[at].kind is TokenKind.SYMBOL
        for one, other in pairwise(run)
        for at in range(one + 1, other)
    )


def _exact(windows: list[_Window], index: _Index, ordinary: frozenset[str]) -> _Found | None:
    for window in windows:
        handles = index.exact.get(window.squashed)
        if handles and (window.follows_lead or not ordinary.issuperset(window.words)):
            return window, handles, 100
    return None


def _near(windows: list[_Window], index: _Index, ordinary: frozenset[str]) -> _Found | None:
    best: _Found | None = None
    for window in windows:
        if not _is_telling(window, ordinary):
            continue
        cutoff = min(100, best[2] + 1) if best else _MIN_SQUASHED
        hits = process.extract(
            window.squashed, index.squashed, scorer=fuzz.ratio, score_cutoff=cutoff, limit=None
        )
        best = _top(window, hits, index) or best
    return best


def _part(
    windows: list[_Window], index: _Index, ordinary: frozenset[str], *, only_after_lead: bool
) -> _Found | None:
    for window in windows:
        if not _is_telling(window, ordinary) or (only_after_lead and not window.follows_lead):
            continue
        said = [_squash(word) for word in window.words]
        if index.words.isdisjoint(said):
            continue  # a part of a name has at least a word of it; slips were looked at before
        hits = process.extract(
            " ".join(said),
            index.spelled,
            scorer=fuzz.token_set_ratio,
            score_cutoff=_MIN_TOKEN_SET,
            limit=None,
        )
        if found := _top(window, hits, index):
            return found
    return None


def _is_telling(window: _Window, ordinary: frozenset[str]) -> bool:
    """Tell whether the words are long and particular enough to be a name with a slip in it."""
    is_long = len(window.squashed) > _SHORT and not window.squashed.isdigit()
    return is_long and not window.is_loose and not ordinary.issuperset(window.words)


def _top(window: _Window, hits: list[tuple[str, float, int]], index: _Index) -> _Found | None:
    """Keep the names that came nearest; short ones only count when they are exact."""
    near = [(score, place) for _, score, place in hits if len(index.squashed[place]) > _SHORT]
    if not near:
        return None
    top = max(score for score, _ in near)
    handles = dict.fromkeys(index.handles[place] for score, place in near if score == top)
    return window, list(handles), int(top)


@lru_cache(maxsize=128)
def _index(names: tuple[Named, ...]) -> _Index:
    index = _Index()
    for named in names:
        for spelling in dict.fromkeys((named.text, *named.aliases)):
            words = [_squash(fold(token.text)) for token in read(spelling).tokens]
            squashed = "".join(words)
            if not squashed:
                continue
            handles = index.exact.setdefault(squashed, [])
            if named.handle not in handles:
                handles.append(named.handle)
            index.squashed.append(squashed)
            index.spelled.append(" ".join(filter(None, words)))
            index.handles.append(named.handle)
            index.words.update(filter(None, words))
    return index


def _squash(text: str) -> str:
    return _NOT_LETTERS.sub("", text)

"""Find when a sentence speaks of: "food last month", "from 3 oct to 10 oct", "since payday"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from core.period import EARLIEST, Calendar, Grain, Period
from intents.grammar import Match, Tag
from intents.lexicon import Lexicon, Vocabulary
from intents.slots.dates import DAY_BUILDERS, numeric_dates, plain_numbers
from intents.slots.joins import JOIN_BUILDERS, plain
from intents.slots.scene import Atom, Builder, Direction, Scene
from intents.slots.units import UNIT_BUILDERS
from intents.text import Token, TokenKind, Utterance, fold, read

BUILDERS: dict[str, tuple[Builder, str]] = {**DAY_BUILDERS, **UNIT_BUILDERS, **JOIN_BUILDERS}
_LAST_PLAIN_YEAR = 2050  # later ones are more likely amounts
# Said together with an expression, these leave nothing open about the year or the week.
_PINS = frozenset({"year", "year_step", "step", "week_step"})


@dataclass(frozen=True, slots=True)
class Span:
    """A period and the characters of the clean text that said it."""

    period: Period
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """One utterance prepared for the period patterns."""

    utterance: Utterance
    words: list[str]
    tags: list[list[Tag]]
    vocabulary: Vocabulary
    day_first: bool

    @property
    def tokens(self) -> tuple[Token, ...]:
        """The tokens of the utterance."""
        return self.utterance.tokens

    def has(self, at: int, listed: str) -> bool:
        """Tell whether a word belongs to a list, by itself or by one of its classes."""
        if not 0 <= at < len(self.words):
            return False
        names = self.vocabulary.listed(listed)
        return self.words[at] in names or not names.isdisjoint(
            tag.word_class for tag in self.tags[at]
        )

    def ends_before(self, at: int) -> bool:
        """Tell whether the message, or a sentence of it, ends before token ``at``."""
        if at >= len(self.tokens):
            return True
        return self.tokens[at].kind in (TokenKind.SYMBOL, TokenKind.LINE)


def parse_period(
    text: str | Utterance,
    *,
    today: date,
    calendar: Calendar,
    lexicon: Lexicon,
    direction: str = Direction.PAST,
    focus: Period | None = None,
) -> Span | None:
    """Return the first period that ``text`` speaks of, nothing when it speaks of none.

    ``direction`` places what was left open ("october", "friday"): questions look back
    (``past``), bills and plans ahead (``future``). ``focus`` is the period spoken of before,
    for "the month before".
    """
    scene = Scene(today, calendar, Direction(direction), focus)
    return next(_spans(prepared(read(text), lexicon), scene), None)


def parse_periods(
    text: str | Utterance,
    *,
    today: date,
    calendar: Calendar,
    lexicon: Lexicon,
    direction: str = Direction.PAST,
    focus: Period | None = None,
) -> tuple[Span, ...]:
    """Return every period that ``text`` speaks of, in order: "october vs september" has two."""
    scene = Scene(today, calendar, Direction(direction), focus)
    return tuple(_spans(prepared(read(text), lexicon), scene))


def parse_day(
    text: str | Utterance,
    *,
    today: date,
    calendar: Calendar,
    lexicon: Lexicon,
    direction: str = Direction.PAST,
) -> Span | None:
    """Return the first single day that ``text`` speaks of: what an entry can be booked on.

    Unlike in a question, "two weeks ago" is then a day.
    """
    scene = Scene(today, calendar, Direction(direction), exact=True)
    spans = _spans(prepared(read(text), lexicon), scene)
    return next((span for span in spans if span.period.grain is Grain.DAY), None)


def prepared(utterance: Utterance, lexicon: Lexicon) -> Prepared:
    """Tag the words of an utterance for the period patterns."""
    vocabulary = lexicon.periods
    endings = tuple(vocabulary.listed("possessive"))
    words = [_without(fold(token.text), endings) for token in utterance.tokens]
    tags = vocabulary.tag(words)
    sentence = Prepared(utterance, words, tags, vocabulary, lexicon.day_first)
    dates = numeric_dates(utterance.lower, utterance.tokens, day_first=lexicon.day_first)
    for at, tag in dates.items():
        if not sentence.has(at + tag.size, "fraction_of"):
            tags[at].append(tag)
    suffixes = vocabulary.listed("ordinal_suffixes")
    for at in range(len(words)):
        tags[at] += plain_numbers(utterance.tokens, at, suffixes)
    return sentence


def _without(word: str, endings: tuple[str, ...]) -> str:
    for ending in endings:
        if word.endswith(ending):
            return word.removesuffix(ending)
    return word


def _spans(sentence: Prepared, scene: Scene) -> Iterator[Span]:
    """Give the longest expression from each place, leftmost first and without overlaps."""
    if not any(sentence.tags):
        return
    for pass_name in ("atoms", "shapes"):
        for at in range(len(sentence.words)):
            for name, atom, end in _atoms(sentence, pass_name, at, scene):
                sentence.tags[at].append(Tag(name, atom, end - at))
    at = 0
    while at < len(sentence.words):
        found = _longest(sentence, at, scene)
        if found is None:
            at += 1
            continue
        period, end = found
        start, stop = sentence.tokens[at].start, sentence.tokens[end - 1].end
        yield Span(period, start, stop, sentence.utterance.text[start:stop])
        at = end


def _atoms(
    sentence: Prepared, pass_name: str, at: int, scene: Scene
) -> Iterator[tuple[str, Atom, int]]:
    """Give what can begin at a word, longest first, one of each kind and length."""
    seen: set[tuple[str, int]] = set()
    for match in sentence.vocabulary.tree(pass_name).matches(sentence.words, sentence.tags, at):
        # What happens on a day is no time by itself: "when do I get paid" asks for one.
        name = "event" if match.rule == "event" else "period"
        if (name, match.end) in seen or not believable(sentence, match, at):
            continue
        atom = _atom(match)
        if atom.at(scene) is not None:
            seen.add((name, match.end))
            yield name, atom, match.end


def _longest(sentence: Prepared, at: int, scene: Scene) -> tuple[Period, int] | None:
    joins = sentence.vocabulary.tree("joins").matches(sentence.words, sentence.tags, at)
    # A name of its own comes before words that join: "antes de ayer" is a day, not all before it.
    candidates = [
        (tag.value, at + tag.size)
        for tag in sentence.tags[at]
        if tag.word_class == "period" and isinstance(tag.value, Atom)
    ]
    apart = _kept_apart(sentence)
    candidates += [(_atom(match), match.end) for match in joins if match.rule not in apart]
    # "From the start of May" begins there; it is not just that day with a preposition.
    candidates.sort(key=lambda candidate: (-candidate[1], candidate[0].build is plain))
    for atom, end in candidates:
        period = atom.at(scene)
        if period is not None and period.days:
            return period, end
    return None


def _kept_apart(sentence: Prepared) -> frozenset[str]:
    """Return the rules that make one time of two, where a message compares two times instead."""
    places = range(len(sentence.words))

    def has(listed: str) -> bool:
        return any(sentence.has(place, listed) for place in places)

    rules = {"both"} if has("compares") else set()
    if has("compares_to") and not has("holds_apart"):
        rules.add("range")
    return frozenset(rules)


def _atom(match: Match) -> Atom:
    build, cycle = BUILDERS[match.rule]
    inner = match.captures.get("period")
    if isinstance(inner, Atom):
        cycle = inner.cycle
    elif not _PINS.isdisjoint(match.captures) or _has_year(match):
        cycle = ""
    return Atom(build, match.captures, cycle)


def _has_year(match: Match) -> bool:
    value = match.captures.get("date")
    return isinstance(value, tuple) and value[0] > 0


def believable(sentence: Prepared, match: Match, at: int) -> bool:
    """Tell whether words that often mean something else mean a time here."""
    if match.end - at == 1 and sentence.tokens[at].text.isdigit():
        return _is_figure_year(sentence, at) and _is_year(sentence, at)
    if match.rule == "day_in_month" and not sentence.day_first:
        # "coffee 4 nov 3": where the month comes first, the number before it is the amount.
        follows = match.end < len(sentence.tags) and any(
            tag.word_class == "dom" for tag in sentence.tags[match.end]
        )
        return not (follows and sentence.tokens[at].text.isdigit())
    begins = match.end - at == 1 or sentence.has(at, "still_doubtful")
    doubtful = begins and sentence.has(match.end - 1, "doubtful")
    return not doubtful or _is_meant(sentence, at, match.end)


def _is_year(sentence: Prepared, at: int) -> bool:
    """Tell whether four figures are a year: alone, behind "in", joined to another year."""
    if len(sentence.words) == 1 or sentence.has(at - 1, "before_year"):
        return not sentence.has(at + 1, "joins_years") or _is_figure_year(sentence, at + 2)
    before = sentence.has(at - 1, "joins_years") and _is_figure_year(sentence, at - 2)
    after = sentence.has(at + 1, "joins_years") and _is_figure_year(sentence, at + 2)
    return before or after


def _is_figure_year(sentence: Prepared, at: int) -> bool:
    if not 0 <= at < len(sentence.words) or not sentence.words[at].isdigit():
        return False
    return EARLIEST.year <= int(sentence.words[at]) < _LAST_PLAIN_YEAR


def _is_meant(sentence: Prepared, at: int, end: int) -> bool:
    """Tell whether a sign beside a doubtful word says that it is a time."""
    if sentence.has(at - 1, "before_doubtful"):
        return not sentence.has(end, "person")
    if sentence.has(end - 1, "very_doubtful"):
        return len(sentence.words) == 1
    if sentence.has(end, "after_doubtful"):
        return True
    if sentence.ends_before(end):
        return not sentence.has(at - 1, "person")
    first = at == 0 and sentence.has(at, "doubtful_first")
    return first and not sentence.has(end, "person")

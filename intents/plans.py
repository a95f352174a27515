"""Reads goals and debts: which one is meant, by when, at which rate, from which budget."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from core.period import Grain
from intents.ahead import periods_ahead, pieces_ahead
from intents.filling import Filling, unexplained, unknown_name
from intents.reading import Piece, Reading, lexicon_of
from intents.vocabulary import runs

_LONGEST_NAME = 5  # words
_ALL_INCOME = "INCOME"
# What is drawn of everything there is, so that nothing narrows it down.
_OF_ALL = frozenset({"net_worth", "balance"})


def take_goal(filling: Filling) -> None:
    """Settle ``goal``: one the user has, "my .. goal", the sentence's words, what is unknown."""
    own = filling.in_slot("own_goal", "goal")
    if own is not None:
        filling.use(own, "goal", filling.reading.said(own.first, own.last))
        return
    words = _beside_noun(filling) or filling.words_in("goal")
    if words is not None and _names_nothing(filling, words):
        words = None  # "the goal" is the one there is, or asked for
    elif words is None and not filling.named_only:
        words = unknown_name(filling)
    if words is not None:
        _use_trimmed(filling, words, "goal")
    elif (meant := _goal_spoken_of(filling)) is not None:
        filling.arguments["goal"] = filling.said["goal"] = meant


def _names_nothing(filling: Filling, words: Piece) -> bool:
    """Tell whether words are no more than an article or "my"."""
    small = filling.reading.vocabulary.manners.stop
    return set(filling.reading.texts[words.first : words.last]) <= small


def _goal_spoken_of(filling: Filling) -> str | None:
    """Return the goal that "it" means: the one just set, else the only one there is."""
    context = filling.reading.context
    focus = context.state.focus
    if focus is not None and focus.call.tool == "set_goal" and "name" in focus.call.arguments:
        return str(focus.call.arguments["name"])
    goals = context.names.goals
    return goals[0].text if len(goals) == 1 else None


def _beside_noun(filling: Filling) -> Piece | None:
    """Return the name beside "goal" or "fund": before it, or after it where names stand there."""
    if filling.reading.vocabulary.dialogue["plans"]["noun_leads"]:
        return _after_noun(filling)
    return _before_noun(filling)


def _after_noun(filling: Filling) -> Piece | None:
    """Return the name in "la meta de Japón" and "el fondo de emergencia": of the latter, all."""
    reading = filling.reading
    patterns = reading.vocabulary.dialogue["plans"]
    leads = runs(patterns["noun_leads"])
    shut = {
        place
        for piece in reading.of("amount", "period")
        for place in range(piece.first, piece.last)
    }
    for noun, text in enumerate(reading.texts):
        is_fund = text in patterns["fund_nouns"]
        if not is_fund and text not in patterns["goal_nouns"]:
            continue
        first = noun + 1 + reading.starts(leads, noun + 1)
        last = first
        while last < len(reading.texts) and last - first < _LONGEST_NAME:
            # A feast can be what is saved for; behind another word it says by when.
            if reading.texts[last] in reading.vocabulary.shut or (last > first and last in shut):
                break
            last += 1
        if last > first:
            return Piece("words", noun if is_fund else first, last, "")
    return None


def _before_noun(filling: Filling) -> Piece | None:
    """Return the name in "my Japan goal" and "the emergency fund": of the latter, all of it."""
    reading = filling.reading
    patterns = reading.vocabulary.dialogue["plans"]
    articles = frozenset(reading.vocabulary.dialogue["prepositions"]["articles"])
    funds = frozenset(patterns["fund_nouns"])
    nouns = funds | set(patterns["goal_nouns"])
    for noun, text in enumerate(reading.texts):
        begun = max((at for at in range(noun) if reading.texts[at] in articles), default=noun)
        words = reading.texts[begun + 1 : noun]
        if text not in nouns or not words or len(words) > _LONGEST_NAME:
            continue
        if not set(words) <= set(patterns["around_names"]):
            last = noun + 1 if text in funds else noun
            return Piece("words", begun + 1, last, reading.said(begun + 1, last))
    return None


def take_percent(filling: Filling) -> None:
    """Settle ``percent``: the figure before "%"."""
    _take_figure(filling, "percent", "percent")


def percent_places(reading: Reading) -> Iterator[tuple[int, int]]:
    """Give where "10%" or "5 percent" stands."""
    for pattern in reading.vocabulary.dialogue["plans"]["percent"]:
        for match in re.finditer(pattern, reading.utterance.lower):
            start, end = match.span()
            inside = [at for at, word in enumerate(reading.words) if start <= word.start < end]
            if inside:
                yield inside[0], inside[-1] + 1


def take_extra(filling: Filling) -> None:
    """Settle ``extra``: the figure that comes on top."""
    _take_figure(filling, "extra", "extra")


def take_source(filling: Filling) -> None:
    """Settle ``source``: the category in its slot, else the one after "from" or "of"."""
    piece = filling.in_slot("source", "category")
    if piece is None:
        leads = frozenset(filling.reading.vocabulary.dialogue["plans"]["source_leads"])
        piece = next(
            (
                one
                for one in filling.free("category")
                if leads.intersection(filling.reading.texts[max(0, one.first - 3) : one.first])
            ),
            None,
        )
    if piece is not None:
        filling.use(piece, "source", piece.value[0])


def take_by(filling: Filling) -> None:
    """Settle ``by``: the last day of the time that lies ahead."""
    today = filling.reading.context.today
    for piece in pieces_ahead(filling.reading):
        if not piece.overlaps(filling.used) and piece.value.last_day >= today:
            filling.use(piece, "by", _day_meant(filling.reading, piece, today).isoformat())
            return


def _day_meant(reading: Reading, piece: Piece, today: date) -> date:
    """Return the last day of a piece; "by December" on its eve can only mean by its end."""
    last: date = piece.value.last_day
    if last > today:
        return last
    for named in periods_ahead(reading, reading.said(piece.last - 1, piece.last)):
        if named.grain is Grain.MONTH and named.start > today:
            return named.last_day
    return last


def take_debt(filling: Filling) -> None:
    """Settle the rate, the minimum and what is owed, each by the words around its figure."""
    for argument, name in (("apr", "apr"), ("least", "least"), ("amount", "owed")):
        _take_figure(filling, argument, name)


def _take_figure(filling: Filling, argument: str, name: str) -> None:
    """Settle an argument by the first of its patterns that finds a figure not used yet."""
    for pattern in filling.reading.vocabulary.dialogue["plans"][name]:
        piece = _figure(filling.reading, pattern)
        if piece is not None and not piece.overlaps(filling.used):
            filling.use(piece, argument, plain_figure(filling.reading, str(piece.value)))
            return


def plain_figure(reading: Reading, figure: str) -> str:
    """Return a figure with a decimal point and nothing between its thousands.

    Where the comma marks decimals a point can do so too, before fewer than three figures.
    """
    decimal_comma = lexicon_of(reading.context).decimal_comma
    if decimal_comma and not re.fullmatch(r"\d+\.\d{1,2}", figure):
        return figure.replace(".", "").replace(",", ".")
    return figure.replace(",", "")


def _figure(reading: Reading, pattern: str) -> Piece | None:
    match = re.search(pattern, reading.utterance.lower)
    if match is None:
        return None
    start, end = match.span(1)
    inside = [place for place, word in enumerate(reading.words) if start <= word.start < end]
    return Piece("figure", inside[0], inside[-1] + 1, match[1]) if inside else None


def name_plan(filling: Filling) -> None:
    """Settle ``name``: the sentence's own words, an account, or what nothing else explains."""
    if "name" in filling.arguments and "name" not in filling.slots:
        return
    words = filling.words_in("name") or _called(filling)
    if words is None:
        accounts = filling.reading.of("account")
        if accounts and filling.intent.tool != "set_goal":
            words = accounts[0]
        else:
            words = _left_over(filling) or _feast_saved_for(filling)
    if words is not None:
        _use_trimmed(filling, words, "name")


def _feast_saved_for(filling: Filling) -> Piece | None:
    """Return the feast in "save 500 for Christmas": it says by when, and what for."""
    reading = filling.reading
    leads = frozenset(reading.vocabulary.dialogue["plans"]["saved_for"])
    tags = lexicon_of(reading.context).periods.tag(reading.texts)
    for first, readings in enumerate(tags):
        sizes = [tag.size for tag in readings if tag.word_class == "feast"]
        if sizes and leads.intersection(reading.texts[max(0, first - 2) : first]):
            return Piece("words", first, first + max(sizes), "")
    return None


def _left_over(filling: Filling) -> Piece | None:
    reading = filling.reading
    named = [
        place
        for piece in reading.of("merchant", "category", "bill")
        for place in range(piece.first, piece.last)
    ]
    places = sorted({*named, *unexplained(filling)})
    together: list[list[int]] = []
    for place in places:
        if together and together[-1][-1] == place - 1:
            together[-1].append(place)
        else:
            together.append([place])
    # What the books know by name says more than a word that only nothing explains.
    best = max(
        together, key=lambda run: (bool(named and set(run) & set(named)), len(run)), default=[]
    )
    if not best or len(best) > _LONGEST_NAME:
        return None
    return Piece("words", best[0], best[-1] + 1, "")


def _called(filling: Filling) -> Piece | None:
    """Return the words after "called", up to the next figure, time or small word."""
    reading = filling.reading
    ends = frozenset(reading.vocabulary.dialogue["prepositions"]["any"])
    shut = {
        place
        for piece in reading.of("amount", "period")
        for place in range(piece.first, piece.last)
    }
    called = frozenset(reading.vocabulary.dialogue["plans"]["called"])
    for first, text in enumerate(reading.texts[:-1], start=1):
        last = first
        while last < len(reading.texts) and last not in shut and reading.texts[last] not in ends:
            last += 1
        if text in called and last > first:
            return Piece("words", first, last, "")
    return None


def leave_income_alone(filling: Filling) -> None:
    """Drop what an imagined change of income is not about: it has no category and no shop."""
    if str(filling.arguments.get("change", "")).startswith("income"):
        filling.arguments.pop("category", None)
        filling.arguments.pop("merchant", None)


def narrow_chart(filling: Filling) -> None:
    """Drop names that do not narrow a chart down: "income" is what it is of, not a category."""
    arguments = filling.arguments
    if arguments.get("of") in _OF_ALL:
        arguments.pop("category", None)
        arguments.pop("merchant", None)
        arguments.pop("by", None)
    if arguments.get("of") == "income" and arguments.get("category") == _ALL_INCOME:
        arguments.pop("category")


def _use_trimmed(filling: Filling, words: Piece, argument: str) -> None:
    """Take a name without "goal", "my" and the like around it, unless nothing else is there."""
    small = filling.reading.vocabulary.dialogue["plans"]["around_names"]
    texts = filling.reading.texts
    first, last = words.first, words.last
    while first < last - 1 and texts[first] in small:
        first += 1
    while first < last - 1 and texts[last - 1] in small:
        last -= 1
    filling.use(Piece("words", first, last, ""), argument, filling.reading.said(first, last))

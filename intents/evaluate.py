"""Measures how well messages are understood: ``python -m intents.evaluate --model FOLDER``.

Prints the right tool and slots on sentences the phrases were not written from, how much that is
out of scope is refused, whether a question ever writes, and what a message costs; with and
without sentence vectors, beside two baselines, a block for each language. Each figure is held to
its bar; a missed one makes the command fail.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from core.conversation.plan import Ask, Plan, ToolCall
from intents import train
from intents import vocabulary as vocabularies
from intents.bars import Bar, held
from intents.classifier import Classifier, load
from intents.expressions import measured
from intents.guess import Recogniser
from intents.held_out import Case, Household, cases, lines
from intents.languages import OfflinePlanners
from intents.match import Places, Sentences
from intents.sentence import plain_words, sample
from tools.catalog import TOOLS

CHECKOUT = Path(__file__).parents[1]
SENTENCES = CHECKOUT / "tests" / "eval"
PUBLIC = CHECKOUT.parent / "shared" / "data" / "intents" / "clinc150_oos_train.csv"
EXPRESSIONS = "expressions.toml"
FRESH_EXPRESSIONS = "expressions_fresh.toml"
_BARS = SENTENCES / "bars.toml"
_FAR_SAMPLE = 300
_SURE = 90  # per cent
_TEMPLATES_EACH = 40
_READS = frozenset(spec.name for spec in TOOLS if spec.effect.value == "read")
_DEFAULTS = {
    spec.name: {
        name: one.default
        for name, one in spec.arguments.model_fields.items()
        if not one.is_required()
    }
    for spec in TOOLS
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a case; a confirming question with the right call counts as understood."""

    case: Case
    plan: Plan
    tool_right: bool
    slots_right: bool
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one planner over all files, each a share between 0 and 1."""

    tool_right: float
    slots_right: float
    confirmed: float
    near_refused: float
    far_refused: float
    sure: float
    sure_right: float
    questions: int
    question_writes: int
    median_ms: float
    p95_ms: float
    misses: tuple[Verdict, ...]

    def figures(self) -> dict[str, float]:
        """Return the figures by their names."""
        names = (one.name for one in fields(self) if one.name != "misses")
        return {name: getattr(self, name) for name in names}


def judge(case: Case, plan: Plan) -> Verdict:
    """Compare a plan with what the case asks for."""
    step = plan.steps[0]
    confirmed = isinstance(step, Ask) and step.slot == "confirm"
    call = step.call if isinstance(step, Ask) and step.slot != "call" else step
    if not isinstance(call, ToolCall):
        return Verdict(case, plan, tool_right=False, slots_right=False, confirmed=False)
    tool_right = call.tool == case.tool
    several = case.arguments.get("calls")
    got = [dict(one.arguments) for one in plan.steps if isinstance(one, ToolCall)]
    if several:
        same = got == several
    else:
        same = _received(call.tool, call.arguments) == _received(case.tool, case.arguments)
    return Verdict(case, plan, tool_right, tool_right and same, confirmed)


def _received(tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments as the tool gets them: what is left out is there by its default."""
    return {**_DEFAULTS[tool], **arguments}


def acts(plan: Plan) -> bool:
    """Tell whether a plan takes a message for a request: it runs a tool or confirms a write."""
    return any(
        isinstance(step, ToolCall) or (isinstance(step, Ask) and step.slot == "confirm")
        for step in plan.steps
    )


def writes(plan: Plan) -> bool:
    """Tell whether a plan would change or propose anything at once."""
    return any(isinstance(step, ToolCall) and step.tool not in _READS for step in plan.steps)


def sentences_in(language: str) -> Path:
    """Return the folder of the sentences in a language."""
    return SENTENCES if language == vocabularies.FIRST else SENTENCES / language


def far_sentences(language: str = vocabularies.FIRST) -> list[str]:
    """Return sentences from far outside: ours, and a public set's when it is there."""
    texts = lines(sentences_in(language) / "far_oos.toml")
    if language == vocabularies.FIRST and PUBLIC.exists():
        with PUBLIC.open(encoding="utf-8", newline="") as stream:
            texts += [row["text"] for row in csv.DictReader(stream)]
    return texts[:_FAR_SAMPLE]


def generated_questions(language: str = vocabularies.FIRST) -> list[str]:
    """Return questions made of every way to ask for a change, so that none is one by its words.

    An opener may make an order of what follows by chance ("cómo" and "máximo 3 al mes"): what a
    language counts among its orders is no question, and left out. So is what people ask for by a
    question, word for word ("how do i delete my profile").
    """
    vocabulary = vocabularies.load(language)
    openers = lines(sentences_in(language) / "openers.toml")
    requests = [
        text
        for name, intent in vocabulary.tools().items()
        if name not in _READS
        for group in intent.phrases
        for template in group.say[:_TEMPLATES_EACH]
        for text in sample(template, vocabulary.fillers, count=1, seed=train.SEED)
    ]
    questions = [f"{openers[place % len(openers)]} {text}" for place, text in enumerate(requests)]
    orders = vocabulary.manners.question_request
    asked = Sentences([one for one in vocabulary.tools().values() if one.asked], ())
    return [
        one
        for one in questions
        if not any(plain_words(one)[: len(order)] == order for order in orders)
        and not _is_said(plain_words(one), asked)
    ]


def _is_said(words: tuple[str, ...], sentences: Sentences) -> bool:
    """Tell whether words are one of the sentences as it stands, without any slot."""
    return any(not one.cost for one in sentences.matches(Places(words, {}), 0, len(words)))


def measure(
    recogniser: Recogniser | None,
    file: str = "utterances.toml",
    language: str = vocabularies.FIRST,
) -> Report:
    """Run all files of a language through a planner with this classifier."""
    planner = OfflinePlanners(TOOLS, lambda _: recogniser)
    folder = sentences_in(language)
    household = Household(folder / "household.toml")

    def plan(text: str, before: str = "") -> Plan:
        return planner.plan(household.context(text, before))

    plan(next(cases(folder / file)).text)  # loads what is loaded lazily
    verdicts, times = _timed(plan, cases(folder / file))
    near = [plan(text) for text in lines(folder / "near_oos.toml")]
    far = [plan(text) for text in far_sentences(language)]
    questions = [*lines(folder / "questions.toml"), *generated_questions(language)]
    sure = [verdict.slots_right for verdict in verdicts if verdict.plan.confidence >= _SURE]
    wrong = [False for one in (*near, *far) if acts(one) and one.confidence >= _SURE]
    return Report(
        tool_right=_share(verdict.tool_right for verdict in verdicts),
        slots_right=_share(verdict.slots_right for verdict in verdicts),
        confirmed=_share(verdict.confirmed for verdict in verdicts),
        near_refused=_share(not acts(one) for one in near),
        far_refused=_share(not acts(one) for one in far),
        sure=len(sure) / len(verdicts),
        sure_right=_share(iter([*sure, *wrong])),
        questions=len(questions),
        question_writes=sum(writes(plan(text, "entry")) for text in questions),
        median_ms=statistics.median(times),
        p95_ms=sorted(times)[int(len(times) * 0.95)],
        misses=tuple(verdict for verdict in verdicts if not verdict.slots_right),
    )


def understood(recogniser: Recogniser, file: str) -> tuple[Verdict, ...]:
    """Judge the requests of one English file alone, without what is out of scope."""
    planner = OfflinePlanners(TOOLS, lambda _: recogniser)
    household = Household(SENTENCES / "household.toml")
    return tuple(
        judge(case, planner.plan(household.context(case.text, case.before)))
        for case in cases(SENTENCES / file)
    )


def majority(language: str) -> float:
    """Return the share that always guessing the most frequent tool would get right."""
    tools = Counter(case.tool for case in cases(sentences_in(language) / "utterances.toml"))
    return tools.most_common(1)[0][1] / sum(tools.values())


def words_alone(classifier: Classifier, language: str) -> float:
    """Return how often the bare classifier, without sentences and slots, names the right tool."""
    told = cases(sentences_in(language) / "utterances.toml")
    return _share(_guess(classifier, case.text) == case.tool for case in told)


def _guess(classifier: Classifier, text: str) -> str:
    label = classifier.predict(text).label
    return "show_help" if label in {"import_statement", "book_bank_text", "book_receipt"} else label


def _timed(
    plan: Callable[[str, str], Plan], all_cases: Iterator[Case]
) -> tuple[list[Verdict], list[float]]:
    """Judge every case; the time is this process's own, so that neighbours do not count."""
    verdicts, times = [], []
    for case in all_cases:
        start = time.process_time()
        planned = plan(case.text, case.before)
        times.append((time.process_time() - start) * 1000)
        verdicts.append(judge(case, planned))
    return verdicts, times


def _share(marks: Iterator[bool]) -> float:
    found = list(marks)
    return sum(found) / len(found)


def table(reports: Sequence[tuple[str, Report]]) -> str:
    """Write the figures as a table, one planner a line."""
    columns: tuple[tuple[str, int], ...] = (
        ("tool", 8),
        ("+slots", 8),
        ("confirm", 8),
        ("near", 7),
        ("far", 7),
        ("writes", 7),
    )
    columns += (("p50 ms", 8), ("p95 ms", 8))
    head = " " * 22 + "".join(f"{name:>{width}}" for name, width in columns)
    rows = [
        f"{name:22}{one.tool_right:8.1%}{one.slots_right:8.1%}{one.confirmed:8.1%}"
        f"{one.near_refused:7.1%}{one.far_refused:7.1%}{one.question_writes:7d}"
        f"{one.median_ms:8.1f}{one.p95_ms:8.1f}"
        for name, one in reports
    ]
    return "\n".join([head, *rows])


def recognisers(folder: Path, language: str) -> dict[str, Classifier]:
    """Train if needed, and load a language's classifier with and without sentence vectors."""
    return {
        encoder.name: load(
            folder, train.ensure(folder, language=language, words_only=words_only), encoder
        )
        for words_only in (False, True)
        for encoder in [train.encoder_for(words_only=words_only)]
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Measure the offline planner.")
    parser.add_argument("--model", type=Path, default=CHECKOUT / "var" / "understanding")
    parser.add_argument("--misses", action="store_true", help="list what was misunderstood")
    parser.add_argument("--language", choices=vocabularies.installed(), help="this one only")
    options = parser.parse_args(arguments)
    bars: list[Bar] = []
    for language in [options.language] if options.language else vocabularies.installed():
        out, held_to = _block(options.model, language, misses=options.misses)
        bars += held_to
        sys.stdout.write("\n".join([*out, "", *(bar.line() for bar in held_to), ""]) + "\n")
    bars += (expressions := list(_expressions()))
    sys.stdout.write("\n".join(bar.line() for bar in expressions) + "\n")
    sys.exit(any(not bar.reached for bar in bars))


def _block(folder: Path, language: str, *, misses: bool) -> tuple[list[str], list[Bar]]:
    """Measure one language; return what to print and the bars that its figures are held to."""
    found = recognisers(folder, language)
    reports = [(f"planner, {name}", measure(one, language=language)) for name, one in found.items()]
    reports.append(("sentences only", measure(None, language=language)))
    baselines = {"most frequent tool": majority(language)}
    baselines |= {f"classifier, {name}": words_alone(one, language) for name, one in found.items()}
    out = [language, table(reports)]
    out += [f"{name:22}{share:8.1%}" for name, share in baselines.items()]
    if misses:
        out += [f"  {miss.case.text}: {miss.plan.understood}" for miss in reports[0][1].misses]
    return out, list(_bars(language, [one for _, one in reports[:-1]]))


def bars_of(language: str, name: str) -> str:
    """Return the table of the bars' file that holds a language's."""
    return name if language == vocabularies.FIRST else f"{language}_{name}"


def _bars(language: str, reports: Sequence[Report]) -> Iterator[Bar]:
    """Hold what was measured to its bars; the last report is of words alone."""
    if len(reports) > 1:  # the library of sentence vectors is installed
        yield from held(_BARS, bars_of(language, "with_vectors"), reports[0].figures())
    yield from held(_BARS, bars_of(language, "words_only"), reports[-1].figures())


def _expressions() -> Iterator[Bar]:
    """Hold the grammars of times and amounts to their bars."""
    shares = {
        name: _share(one.right for one in measured(SENTENCES / file))
        for name, file in (("expressions", EXPRESSIONS), ("fresh", FRESH_EXPRESSIONS))
    }
    yield from held(_BARS, "expressions", shares)


if __name__ == "__main__":
    main()

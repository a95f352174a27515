"""Trains the classifiers from the phrases: ``python -m intents.train --out FOLDER``.

The only file here that needs scikit-learn. It runs in a process of its own, gives the same
model for the same phrases, and stores numbers and words only, nothing that runs when read.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from intents import vocabulary as vocabularies
from intents.classifier import evidence, strangeness
from intents.encoder import Encoder, NullEncoder, Vectors, best_encoder
from intents.features import letter_terms, prepare, word_terms
from intents.guess import OUT_OF_SCOPE
from intents.hashed import HashedNumbers
from intents.sentence import sample
from intents.vocabulary import Intent, Vocabulary

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]

SEED = 20261118
SENTENCES_PER_PATTERN = 3
SENTENCES_PER_LABEL = 160
LETTER_TERMS_KEPT_FROM = 2  # in how many sentences a run of letters must occur
VECTOR_WEIGHT = 1.5
# Requests we serve count more than talk, which has fewer ways to be worded.
TOOL_WEIGHT = 2.0
# A minute of work; on a machine that does much else it may get a tenth of a processor.
TIMEOUT_SECONDS = 1800
_CODE = (
    "classifier.py",
    "encoder.py",
    "features.py",
    "hashed.py",
    "sentence.py",
    "text.py",
    "train.py",
)
# Matrices and models of the learning library carry no types.
Untyped = Any
_KEYS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Examples:
    """Sentences, their labels and, for a mistyped copy, the sentence it is a copy of, in step."""

    texts: list[str]
    labels: list[str]
    meant: list[str]


def encoder_for(*, words_only: bool = False) -> Encoder:
    """Return what a model is trained with: meaning too, unless it shall go by words alone."""
    return NullEncoder() if words_only else best_encoder()


def model_name(vocabulary: Vocabulary, *, words_only: bool = False) -> str:
    """Return the name of the model for these phrases, this code and these libraries."""
    digest = hashlib.sha256(vocabulary.fingerprint.encode())
    for name in _CODE:
        digest.update((vocabularies.FOLDER / name).read_bytes())
    digest.update((vocabularies.FOLDER / vocabulary.language / "calibration.toml").read_bytes())
    digest.update(importlib.metadata.version("scikit-learn").encode())
    digest.update(encoder_for(words_only=words_only).name.encode())
    return f"offline-{vocabulary.language}-{digest.hexdigest()[:16]}"


def is_trained(folder: Path, vocabulary: Vocabulary, *, words_only: bool = False) -> bool:
    """Tell whether ``folder`` holds the model that fits."""
    name = model_name(vocabulary, words_only=words_only)
    return all((folder / f"{name}.{end}").exists() for end in ("npz", "json"))


def ensure(folder: Path, *, language: str = "en", words_only: bool = False) -> str:
    """Train in a process of its own unless the model is there; return the model's name.

    A process of its own keeps scikit-learn and its memory out of the one that talks.
    """
    vocabulary, folder = vocabularies.load(language), folder.resolve()
    if is_trained(folder, vocabulary, words_only=words_only):
        return model_name(vocabulary, words_only=words_only)
    with _alone(folder, language):
        if is_trained(folder, vocabulary, words_only=words_only):
            return model_name(vocabulary, words_only=words_only)
        command = [sys.executable, "-m", "intents.train", "--out", str(folder)]
        command += ["--words-only"] if words_only else []
        subprocess.run(  # noqa: S603 - our own interpreter and module
            [*command, "--language", language],
            check=True,
            cwd=vocabularies.FOLDER.parent,
            timeout=TIMEOUT_SECONDS,
            stdout=subprocess.DEVNULL,
        )
    return model_name(vocabulary, words_only=words_only)


@contextmanager
def _alone(folder: Path, language: str) -> Iterator[None]:
    """Let one process train a language at a time: those that started together find it done."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{language}.lock").open("w") as handle:
        if fcntl is not None:  # elsewhere each of them trains, and the last one's file stays
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def examples(vocabulary: Vocabulary) -> Examples:
    """Spell the phrases out into training sentences, each with a mistyped copy."""
    texts: list[str] = []
    labels: list[str] = []
    meant: list[str] = []
    for intent in vocabulary.intents.values():
        said = _sentences(intent, vocabulary)
        texts += [*said, *(mistyped(text) for text in said)]
        labels += [intent.label] * (2 * len(said))
        meant += [*said, *said]
    return Examples(texts, labels, meant)


def mistyped(text: str) -> str:
    """Return ``text`` with one slip of the finger in a longer word.

    Chance only varies the training sentences; the text itself is the seed.
    """
    chance = random.Random(f"{SEED}:{text}")
    words = text.split(" ")
    places = [i for i, word in enumerate(words) if len(word) > 3 and word.isalpha()]
    if not places:
        return text
    place = chance.choice(places)
    word = words[place]
    at = chance.randrange(1, len(word) - 1)
    words[place] = chance.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at] + word[at:],
            word[:at] + chance.choice(_KEYS) + word[at + 1 :],
        )
    )
    return " ".join(words)


class Space:
    """The features of sentences: words and letters weighted by rarity, fitted once."""

    def __init__(self, prepared: list[str]) -> None:
        """Learn which terms there are and how rare each is."""
        from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415

        self.words = TfidfVectorizer(analyzer=word_terms, sublinear_tf=True).fit(prepared)
        self.letters = TfidfVectorizer(
            analyzer=letter_terms, sublinear_tf=True, min_df=LETTER_TERMS_KEPT_FROM
        ).fit(prepared)

    def features(self, prepared: list[str], vectors: Vectors) -> Untyped:
        """Return one row for each sentence: words, letters, sentence vector."""
        from scipy import sparse  # noqa: PLC0415

        terms = [self.words.transform(prepared), self.letters.transform(prepared)]
        return sparse.hstack([*terms, sparse.csr_matrix(vectors * VECTOR_WEIGHT)], format="csr")


def vectors_of(prepared: list[str], encoder: Encoder) -> Vectors:
    """Return the vectors of sentences, each different one computed once: that is what takes time.

    A slip of the finger changes words and letters, not what is meant, so a mistyped copy has the
    vector of the sentence that it is a copy of.
    """
    places = {text: place for place, text in enumerate(dict.fromkeys(prepared))}
    found = encoder.encode(list(places))
    return found[[places[text] for text in prepared]]


def train(vocabulary: Vocabulary, encoder: Encoder) -> tuple[dict[str, Any], dict[str, Any]]:
    """Fit the model for one encoder; return its words as JSON values, its numbers as arrays."""
    said, test = examples(vocabulary), calibration(vocabulary)
    prepared = [prepare(text) for text in said.texts]
    test_prepared = [prepare(text) for text in test.texts]
    space = Space(prepared)
    familiar = _familiar(prepared, said.labels)
    strange = [strangeness(text, familiar) for text in test_prepared]
    sizes = (len(space.words.idf_), len(space.letters.idf_))
    arrays: dict[str, Any] = {
        "words": space.words.idf_.astype(np.float32),
        "letters": space.letters.idf_.astype(np.float32),
        **_hashed("words", space.words.vocabulary_),
        **_hashed("letters", space.letters.vocabulary_),
    }
    vectors = vectors_of([prepare(text) for text in said.meant], encoder)
    fitted = _fit(space.features(prepared, vectors), said.labels)
    labels = [str(label) for label in fitted.classes_]
    tested = space.features(test_prepared, vectors_of(test_prepared, encoder))
    scores = fitted.decision_function(tested)
    arrays |= _head(encoder, fitted, sizes)
    arrays[f"{encoder.name}_sure"] = _sureness(scores, strange, labels, test.labels)
    facts = {
        "labels": labels,
        "familiar": sorted(familiar),
    }
    return facts, arrays


def calibration(vocabulary: Vocabulary) -> Examples:
    """Read the sentences by which confidence is fitted; they train nothing else."""
    tables = vocabularies.tables_of(vocabulary.language, "calibration")
    pairs = [(text, label) for label, texts in tables.items() for text in texts]
    texts = [text for text, _ in pairs]
    return Examples(texts, [label for _, label in pairs], texts)


def save(folder: Path, name: str, facts: dict[str, Any], arrays: dict[str, Any]) -> None:
    """Write the model so that a reader sees all of it or nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{name}.{os.getpid()}"
    with part.open("wb") as stream:
        np.savez(stream, **arrays)
    part.replace(folder / f"{name}.npz")
    part.write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
    part.replace(folder / f"{name}.json")


def main(arguments: Sequence[str] | None = None) -> None:
    """Train into a folder unless the fitting model is already there: one language, or all."""
    parser = argparse.ArgumentParser(description="Train the offline classifier.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--language", help="all languages, at the same time, when not given")
    parser.add_argument("--words-only", action="store_true", help="without sentence vectors")
    options = parser.parse_args(arguments)
    words_only = options.words_only
    if options.language is None:
        with ThreadPoolExecutor() as at_once:
            names = at_once.map(
                lambda language: ensure(options.out, language=language, words_only=words_only),
                vocabularies.installed(),
            )
            sys.stdout.writelines(f"{name}\n" for name in names)
        return
    vocabulary = vocabularies.load(options.language)
    name = model_name(vocabulary, words_only=words_only)
    if not is_trained(options.out, vocabulary, words_only=words_only):
        encoder = encoder_for(words_only=words_only)
        save(options.out, name, *train(vocabulary, encoder))
        encoder.leave_tables(options.out)
    sys.stdout.write(f"{name}\n")


def _sentences(intent: Intent, vocabulary: Vocabulary) -> list[str]:
    """Take sentences round by round, so that every pattern speaks before any speaks twice."""
    templates = [template for group in intent.phrases for template in group.say]
    count = SENTENCES_PER_PATTERN
    sampled = [sample(one, vocabulary.fillers, count=count, seed=SEED) for one in templates]
    rounds = [one[i] for i in range(count) for one in sampled if i < len(one)]
    return list(dict.fromkeys(rounds))[: max(SENTENCES_PER_LABEL, len(templates))]


def _fit(features: Untyped, labels: list[str]) -> Untyped:
    from sklearn.svm import LinearSVC  # noqa: PLC0415

    weights = {
        label: 1.0 if "." in label or label == OUT_OF_SCOPE else TOOL_WEIGHT for label in labels
    }
    return LinearSVC(C=0.3, class_weight=weights, random_state=SEED).fit(features, labels)


def _head(encoder: Encoder, fitted: Untyped, sizes: tuple[int, int]) -> dict[str, Any]:
    weights = fitted.coef_.T.astype(np.float32)
    words, letters = sizes
    parts = {
        "words": weights[:words],
        "letters": weights[words : words + letters],
        # The weight of vectors is folded in, so that serving does not need to know it.
        "vectors": weights[words + letters :] * np.float32(VECTOR_WEIGHT),
        "offset": fitted.intercept_.astype(np.float32),
    }
    return {f"{encoder.name}_{key}": np.ascontiguousarray(value) for key, value in parts.items()}


def _familiar(prepared: list[str], labels: list[str]) -> frozenset[str]:
    """Return the words of the sentences that are in scope."""
    return frozenset(
        word
        for text, label in zip(prepared, labels, strict=True)
        if label != OUT_OF_SCOPE
        for word in text.split()
    )


def _sureness(
    scores: Untyped, strange: list[float], labels: list[str], truth: list[str]
) -> Untyped:
    """Fit the chance of being right where the guess is something we would act on."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    oos = labels.index(OUT_OF_SCOPE)
    best = scores.argmax(axis=1)
    acted = [i for i in range(len(truth)) if best[i] != oos]
    rows = np.asarray([evidence(scores[i], oos, strange[i]) for i in acted])
    right = np.asarray([labels[best[i]] == truth[i] for i in acted])
    curve = LogisticRegression(C=10.0).fit(rows, right)
    return np.append(curve.coef_[0], curve.intercept_).astype(np.float32)


def _hashed(kind: str, places: Mapping[str, int]) -> dict[str, Any]:
    """Return the places of terms as arrays."""
    hashes, numbers = HashedNumbers.of(places).arrays
    return {f"{kind}_hashes": hashes, f"{kind}_places": numbers}


if __name__ == "__main__":
    main()

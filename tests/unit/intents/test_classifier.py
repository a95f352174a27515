"""The classifier without a learning library: the same numbers as the one that trained it."""

from __future__ import annotations

import sys
from pathlib import Path
from subprocess import run

import numpy as np
import pytest

from intents import train
from intents.classifier import (
    Classifier,
    ModelUnreadable,
    evidence,
    load,
    strangeness,
    sureness,
)
from intents.encoder import NullEncoder, UniversalEncoder, best_encoder
from intents.features import TermWeights, letter_terms, prepare, word_terms
from intents.hashed import HashedNumbers
from intents.vocabulary import Intent, Phrases, Vocabulary
from intents.vocabulary import load as load_vocabulary

SENTENCES = [
    "whats my balance",
    "show me my balance ?",
    "how much did i spend on coffee",
    "spending on coffee 0",
    "cancel netflix",
    "please cancel my spotify spotify spotify",
]


class TestPrepare:
    def test_writes_numbers_money_and_questions_as_one_sign(self) -> None:
        assert prepare("Café: $12.50, what's THAT?") == "cafe $ 0 whats that ?"


class TestTerms:
    @pytest.mark.slow
    def test_of_words_are_those_of_the_library(self) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        theirs = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"\S+", lowercase=False)
        analyse = theirs.build_analyzer()
        for text in SENTENCES:
            assert sorted(word_terms(text)) == sorted(analyse(text))

    def test_of_letters_are_those_of_the_library(self) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        theirs = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), lowercase=False)
        analyse = theirs.build_analyzer()
        for text in [*SENTENCES, "a", "ab", "x y ?"]:
            assert sorted(letter_terms(text)) == sorted(analyse(text))

    @pytest.mark.parametrize("terms", [word_terms, letter_terms])
    def test_weigh_as_much_as_in_the_library(self, terms) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        theirs = TfidfVectorizer(analyzer=terms, sublinear_tf=True).fit(SENTENCES)
        kept = HashedNumbers.of(theirs.vocabulary_)
        ours = TermWeights(kept, theirs.idf_.astype(np.float32))
        for text in [*SENTENCES, "cancel coffee twice twice", "nothing known", ""]:
            row = np.zeros(len(theirs.vocabulary_), dtype=np.float32)
            places, weights = ours.weigh(terms(text))
            row[places] = weights
            expected = theirs.transform([text]).toarray()[0]
            np.testing.assert_allclose(row, expected, atol=1e-6)


@pytest.fixture(scope="module")
def few() -> Vocabulary:
    """A vocabulary that trains in no time."""
    whole = load_vocabulary()
    kept = ("show_balances", "show_spending", "undo", "oos")
    intents = {label: _shortened(whole.intents[label]) for label in kept}
    import dataclasses

    return dataclasses.replace(whole, intents=intents)


def _shortened(intent: Intent) -> Intent:
    import dataclasses

    say = tuple(template for group in intent.phrases for template in group.say)[:40]
    return dataclasses.replace(intent, phrases=(Phrases(say),))


@pytest.fixture(scope="module")
def folder(few: Vocabulary, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model")
    train.save(path, "few", *train.train(few, NullEncoder()))
    return path


@pytest.fixture(scope="module")
def classifier(folder: Path) -> Classifier:
    return load(folder, "few", NullEncoder())


class TestClassifier:
    @pytest.mark.slow
    def test_scores_as_the_library_that_trained_it(
        self, few: Vocabulary, classifier: Classifier
    ) -> None:
        said = train.examples(few)
        prepared = [prepare(text) for text in said.texts]
        space = train.Space(prepared)
        fitted = train._fit(space.features(prepared, NullEncoder().encode(prepared)), said.labels)
        for text in ["whats my balance", "how much on coffee last month", "undo that", "weather"]:
            one = [prepare(text)]
            row = space.features(one, NullEncoder().encode(one))
            expected = fitted.decision_function(row)[0]
            np.testing.assert_allclose(classifier.scores(prepare(text)), expected, atol=1e-4)

    def test_knows_what_it_was_taught(self, classifier: Classifier) -> None:
        assert classifier.predict("what is my balance please").label == "show_balances"
        assert classifier.predict("undo the last thing").label == "undo"

    def test_is_moved_by_a_nudge(self, classifier: Classifier) -> None:
        nudged = classifier.predict("what is my balance", {"undo": 9.0, "unknown": 9.0})
        assert nudged.label == "undo"

    def test_is_trained_the_same_every_time(self, few: Vocabulary, folder: Path) -> None:
        facts, arrays = train.train(few, NullEncoder())
        once = load(folder, "few", NullEncoder())
        assert tuple(facts["labels"]) == once.labels
        with np.load(folder / "few.npz") as stored:
            for name, array in arrays.items():
                np.testing.assert_array_equal(array, stored[name])

    def test_survives_any_text(self, classifier: Classifier) -> None:
        for text in ["", "?", "\u0000", "🙂" * 400, "a" * 2000]:
            assert 0.0 <= classifier.predict(text).confidence <= 1.0


class TestLoad:
    def test_refuses_what_is_not_a_model(self, tmp_path: Path) -> None:
        (tmp_path / "odd.json").write_text("{}")
        (tmp_path / "odd.npz").write_bytes(b"no archive")
        for name in ("odd", "missing"):
            with pytest.raises(ModelUnreadable):
                load(tmp_path, name, NullEncoder())

    def test_refuses_an_encoder_it_was_not_trained_with(self, folder: Path) -> None:
        with pytest.raises(ModelUnreadable):
            load(folder, "few", UniversalEncoder())

    def test_stores_nothing_that_runs_when_it_is_read(self, folder: Path) -> None:
        names = sorted(path.name for path in folder.iterdir())
        assert names == ["few.json", "few.npz"]
        with np.load(folder / "few.npz", allow_pickle=False) as stored:
            assert all(stored[name].dtype.kind in "fiu" for name in stored)

    def test_needs_no_learning_library(self, folder: Path) -> None:
        code = (
            "import sys; from pathlib import Path; from intents.classifier import load; "
            "from intents.encoder import NullEncoder; "
            f"load(Path({str(folder)!r}), 'few', NullEncoder()).predict('my balance'); "
            "sys.exit(', '.join({'sklearn', 'scipy'} & set(sys.modules)) or 0)"
        )
        done = run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


class TestSureness:
    def test_grows_with_the_lead(self) -> None:
        sure = np.asarray([1.0, 2.0, -1.0, -2.0, 0.0])
        clear = evidence(np.asarray([0.9, -0.9, -0.5]), 2, 0.0)
        close = evidence(np.asarray([0.9, 0.8, -0.5]), 2, 0.0)
        assert sureness(clear, sure) > sureness(close, sure)

    def test_counts_words_nobody_taught(self) -> None:
        assert strangeness("my zyx balance", frozenset({"my", "balance"})) == pytest.approx(1 / 3)
        assert strangeness("", frozenset()) == 0.0


class TestMistyped:
    def test_changes_one_longer_word(self) -> None:
        before, after = "show me the balance", train.mistyped("show me the balance")
        different = [
            one for one, other in zip(before.split(), after.split(), strict=True) if one != other
        ]
        assert len(different) <= 1
        assert after == train.mistyped(before)

    def test_leaves_short_words_alone(self) -> None:
        assert train.mistyped("my net is up") == "my net is up"


class TestTheModelsName:
    def test_changes_with_the_phrases(self, few: Vocabulary) -> None:
        import dataclasses

        other = dataclasses.replace(few, fingerprint="other")
        assert train.model_name(few) != train.model_name(other)

    def test_tells_a_trained_folder_from_an_empty_one(
        self, few: Vocabulary, folder: Path, tmp_path: Path
    ) -> None:
        assert not train.is_trained(tmp_path, few)
        name = train.model_name(few)
        for end in ("json", "npz"):
            (tmp_path / f"{name}.{end}").write_bytes((folder / f"few.{end}").read_bytes())
        assert train.is_trained(tmp_path, few)


class TestBestEncoder:
    def test_is_the_universal_one_where_it_is_installed(self) -> None:
        assert best_encoder().name == "use"

    @pytest.mark.slow
    def test_puts_what_means_the_same_close_together(self) -> None:
        rows = best_encoder().encode(["cancel netflix", "end my netflix plan", "nice weather"])
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-4)
        assert rows[0] @ rows[1] > rows[0] @ rows[2]

    @pytest.mark.slow
    def test_gives_the_same_numbers_from_a_table_on_disk(self, tmp_path: Path) -> None:
        said = ["cancel netflix", "¿cuánto gasté?", "🙂"]
        kept = best_encoder(tmp_path)
        np.testing.assert_array_equal(kept.encode(said), best_encoder().encode(said))
        (table,) = tmp_path.glob("words-*")
        assert table.stat().st_size > 60_000_000
        again = best_encoder(tmp_path)
        np.testing.assert_array_equal(again.encode(said), kept.encode(said))
        assert isinstance(again._model._model.table, np.memmap)  # type: ignore[attr-defined]
        assert isinstance(again._model._model.sp._prefixes, HashedNumbers)  # type: ignore[attr-defined]

    @pytest.mark.slow
    def test_writes_its_pieces_anew_where_they_are_damaged(self, tmp_path: Path) -> None:
        best_encoder(tmp_path).encode(["balance"])
        (pieces,) = tmp_path.glob("pieces-*")
        whole = pieces.read_bytes()
        pieces.write_bytes(whole[: len(whole) // 2])
        again = best_encoder(tmp_path).encode(["balance"])
        np.testing.assert_array_equal(again, best_encoder().encode(["balance"]))
        assert pieces.stat().st_size == len(whole)

    @pytest.mark.slow
    def test_does_without_a_folder_that_cannot_be_written(self, tmp_path: Path) -> None:
        nowhere = best_encoder(tmp_path / "missing")
        assert nowhere.encode(["balance"]).shape == (1, 512)

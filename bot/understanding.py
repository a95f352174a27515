"""The offline engine's learned part: trained once in its own process, then read from disk."""

from __future__ import annotations

import logging
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from intents.guess import Recogniser

if TYPE_CHECKING:  # it brings numpy, which no start has to wait for
    from intents.encoder import Encoder

_log = logging.getLogger("financemaster.understanding")


class Understanding:
    """Gives the classifiers once they are there; until then the exact sentences answer alone.

    Training needs scikit-learn, which costs seconds and much memory: it runs in a process of its
    own and leaves a file for each language. A message only ever reads that file.
    """

    def __init__(self, folder: Path) -> None:
        """Keep trained models in ``folder``."""
        self._folder = folder
        self._lock = threading.Lock()
        self._recognisers: dict[str, Recogniser] = {}
        self._encoder: Encoder | None = None

    def recogniser(self, language: str) -> Recogniser | None:
        """Return the classifier of a language, loading it at the first call after it was trained.

        Nobody pays for a language that is not spoken.
        """
        if language not in self._recognisers and self._has(language):
            with self._lock:
                if language not in self._recognisers:
                    self._recognisers[language] = self._load(language)
        return self._recognisers.get(language)

    def is_trained(self) -> bool:
        """Tell whether the models for the present phrases of all languages are on disk."""
        from intents.vocabulary import installed

        return all(map(self._has, installed()))

    def train(self, *, at_once: bool = False) -> bool:
        """Train in another process unless it is done; tell whether the models are there now.

        With ``at_once`` each language has a process, for who has nothing to do but wait.
        """
        if self.is_trained():
            return True
        from intents.train import ensure
        from intents.vocabulary import installed

        folder, languages = self._folder.absolute(), installed()
        try:
            with ThreadPoolExecutor(len(languages) if at_once else 1) as trainers:
                list(trainers.map(lambda language: ensure(folder, language=language), languages))
        except (subprocess.SubprocessError, OSError):
            _log.exception("training_failed")
            return False
        return self.is_trained()

    def train_beside(self) -> threading.Thread:
        """Train while the server is already answering."""
        thread = threading.Thread(target=self._train_and_load, name="train", daemon=True)
        thread.start()
        return thread

    def _train_and_load(self) -> None:
        from intents.vocabulary import FIRST

        if self.train():
            self.recogniser(FIRST)

    def _has(self, language: str) -> bool:
        from intents.train import is_trained
        from intents.vocabulary import load

        return is_trained(self._folder, load(language))

    def _load(self, language: str) -> Recogniser:
        from intents.classifier import load as load_classifier
        from intents.encoder import best_encoder
        from intents.train import model_name
        from intents.vocabulary import load

        # One encoder serves all languages: it is what takes the memory.
        self._encoder = self._encoder or best_encoder(self._folder)
        return load_classifier(self._folder, model_name(load(language)), self._encoder)

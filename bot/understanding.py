"""The offline engine's learned part: trained once in its own process, then read from disk."""

from __future__ import annotations

import logging
import subprocess
import threading
from pathlib import Path

from intents.guess import Recogniser

_log = logging.getLogger("financemaster.understanding")


class Understanding:
    """Gives the classifier once it is there; until then the exact sentences answer alone.

    Training needs scikit-learn, which costs seconds and much memory: it runs in a process of its
    own and leaves a file. A message only ever reads that file.
    """

    def __init__(self, folder: Path, language: str = "en") -> None:
        """Keep trained models in ``folder``."""
        self._folder = folder
        self._language = language
        self._lock = threading.Lock()
        self._recogniser: Recogniser | None = None

    def recogniser(self) -> Recogniser | None:
        """Return the classifier, loading it at the first call after it was trained."""
        if self._recogniser is None and self.is_trained():
            with self._lock:
                if self._recogniser is None:
                    self._recogniser = self._load()
        return self._recogniser

    def is_trained(self) -> bool:
        """Tell whether the model for the present phrases is on disk."""
        from intents.train import is_trained
        from intents.vocabulary import load

        return is_trained(self._folder, load(self._language))

    def train(self) -> bool:
        """Train in another process unless it is done; tell whether a model is there now."""
        if self.is_trained():
            return True
        from intents.train import ensure

        try:
            ensure(self._folder.absolute(), language=self._language)
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
        if self.train():
            self.recogniser()

    def _load(self) -> Recogniser:
        from intents.classifier import load as load_classifier
        from intents.encoder import best_encoder
        from intents.train import model_name
        from intents.vocabulary import load

        name = model_name(load(self._language))
        return load_classifier(self._folder, name, best_encoder())

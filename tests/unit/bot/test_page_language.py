from __future__ import annotations

import pytest

from bot.api.page_language import asked_for


class TestTheLanguageABrowserAsksFor:
    @pytest.mark.parametrize(
        ("told", "language"),
        [
            ("es-MX,es;q=0.9,en;q=0.8", "es"),
            ("en-US,en;q=0.9,es;q=0.8", "en"),
            ("fr-FR,fr;q=0.9,es;q=0.8,en;q=0.7", "es"),
            ("fr", "en"),
            ("es;q=0, en;q=0.1", "en"),
            ("ES", "es"),
            ("", "en"),
            ("*", "en"),
            ("es;q=high", "en"),
            (f"{'x' * 10_000},es", "en"),
        ],
    )
    def test_is_the_best_liked_of_ours(self, told, language):
        assert asked_for({"accept-language": told}) == language

"""Fonts that the drawing libraries do not bring: Devanagari, under the SIL Open Font License."""

from pathlib import Path

_FOLDER = Path(__file__).parent
DEVANAGARI = _FOLDER / "NotoSansDevanagari-Regular.ttf"
DEVANAGARI_BOLD = _FOLDER / "NotoSansDevanagari-Bold.ttf"

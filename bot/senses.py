"""Builds who hears voice notes and who reads photos; what is off is never even imported."""

from __future__ import annotations

from bot.dialogue.kit import Ears, Eyes
from bot.llm.openai_chat import Endpoint
from core.connect.simulated_speech import SimulatedSpeech
from core.connect.simulated_text_reader import SimulatedTextReader
from core.connect.speech import Transcriber
from core.connect.tesseract import Tesseract, installed
from core.connect.text_reader import TextReader
from core.settings import Settings

# Small, and sees.
_USUAL = "gpt-4.1-mini"
_MOST_TOKENS = 2000


def open_ears(settings: Settings) -> Ears | None:
    """Return who writes down voice notes; nobody where no service is set up."""
    voice = settings.voice
    transcriber: Transcriber
    if voice.is_on:
        from bot.llm.openai_speech import OpenAISpeech

        key = voice.api_key.get_secret_value()
        transcriber = OpenAISpeech(voice.name, voice.base_url, key)
    elif voice.demo:
        transcriber = SimulatedSpeech()
    else:
        return None
    return Ears(
        transcriber,
        voice.most_seconds,
        voice.most_bytes,
        voice.wait_seconds,
        given=settings.model.consent == "given",
    )


def open_eyes(settings: Settings) -> Eyes | None:
    """Return who reads photos of receipts; nobody where nothing is installed or set up."""
    chosen = settings.receipts
    reader = _reader(settings)
    if reader is None:
        return None
    given = settings.model.consent == "given"
    return Eyes(reader, chosen.most_bytes, chosen.wait_seconds, given=given)


def _reader(settings: Settings) -> TextReader | None:
    chosen = settings.receipts
    match chosen.reader:
        case "demo":
            return SimulatedTextReader()
        case "model":
            return _vision(settings)
        case "auto" | "tesseract":
            program = installed()
            return Tesseract(program, chosen.languages) if program else None
        case _:
            return None


def _vision(settings: Settings) -> TextReader:
    from bot.llm.openai_vision import OpenAIVision

    model = settings.model
    place = Endpoint(
        name=settings.receipts.model or model.name or _USUAL,
        base_url=model.base_url,
        api_key=model.api_key.get_secret_value(),
        most_tokens=_MOST_TOKENS,
        length_field=model.length_field,
    )
    return OpenAIVision(place)

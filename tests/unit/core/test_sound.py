"""What a recording is, and how long it lasts, by its bytes."""

from __future__ import annotations

import io
import struct
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.connect.picture import name_of_picture, read_picture
from core.connect.simulated_speech import SimulatedSpeech, demo_note
from core.connect.sound import name_of_sound, read_sound


def wav(seconds: float) -> bytes:
    kept = io.BytesIO()
    with wave.open(kept, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\x00\x00" * round(8000 * seconds))
    return kept.getvalue()


def mp4(seconds: int, *, version: int = 0) -> bytes:
    times = struct.pack(">QQIQ" if version else ">IIII", 0, 0, 1000, seconds * 1000)
    header = struct.pack(">4sB3x", b"mvhd", version) + times + b"\x00" * 80
    return struct.pack(">I4s4sI", 16, b"ftyp", b"M4A ", 0) + struct.pack(">I", 200) + header


class TestARecording:
    @pytest.mark.parametrize(
        ("content", "ending"),
        [
            (demo_note("coffee 4"), "ogg"),
            (wav(0.1), "wav"),
            (mp4(3), "m4a"),
            (b"ID3\x04" + b"\x00" * 40, "mp3"),
            (b"\xff\xfb\x90\x00" + b"\x00" * 40, "mp3"),
            (b"\x1a\x45\xdf\xa3" + b"\x00" * 40, "webm"),
            (b"fLaC" + b"\x00" * 40, "flac"),
        ],
    )
    def test_is_known_by_its_first_bytes(self, content, ending):
        sound = read_sound(content)
        assert sound is not None
        assert (sound.ending, sound.content) == (ending, content)

    @pytest.mark.parametrize(
        "content", [b"", b"coffee 4", b"%PDF-1.7", b"\xff\xd8\xff\xe0", b"#!AMR\n"]
    )
    def test_is_nothing_else(self, content):
        assert read_sound(content) is None

    @pytest.mark.parametrize(
        ("content", "seconds"),
        [
            (demo_note("hello", seconds=1.5), 1.5),
            (demo_note("hello", seconds=121), 121),
            (wav(2.25), 2.25),
            (mp4(95), 95),
            (mp4(95, version=1), 95),
        ],
    )
    def test_says_how_long_it_lasts(self, content, seconds):
        sound = read_sound(content)
        assert sound is not None
        assert sound.seconds == pytest.approx(seconds)

    def test_that_does_not_say_has_no_length(self):
        for content in (b"ID3\x04" + b"\x00" * 40, mp4(0), demo_note("x")[:60]):
            sound = read_sound(content)
            assert sound is not None
            assert sound.seconds is None

    @given(
        st.sampled_from([b"OggS", b"RIFF\x00\x00\x00\x00WAVE", b"\x00\x00\x00 ftypmvhd"]),
        st.binary(max_size=200),
    )
    def test_that_is_damaged_is_read_without_breaking(self, head, rest):
        sound = read_sound(head + rest)
        assert sound is not None
        assert sound.seconds is None or sound.seconds >= 0


class TestTheDemo:
    @given(
        st.text(
            st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=600
        )
    )
    def test_hears_what_a_demo_note_carries(self, words):
        sound = read_sound(demo_note(words, seconds=0.1))
        assert sound is not None
        assert SimulatedSpeech().transcribe(sound, seconds=1) == words

    @given(st.binary(max_size=300))
    def test_hears_nothing_in_any_other_recording(self, rest):
        for content in (wav(0.1), b"OggS" + rest, b"OggSOpusTags" + rest):
            sound = read_sound(content)
            assert sound is not None
            heard = SimulatedSpeech().transcribe(sound, seconds=1)
            assert heard == "" or b"TRANSCRIPT=" in rest


class TestWhatIsNotRead:
    @pytest.mark.parametrize(
        ("content", "name"),
        [
            (b"#!AMR\n" + b"\x3c" * 32, "AMR"),
            (b"#!AMR-WB\n" + b"\x44" * 32, "AMR"),
            (b"\xff\xf1\x50\x80" + b"\x00" * 20, "AAC"),
            (b"caff\x00\x01", "CAF"),
            (b"anything", ""),
        ],
    )
    def test_is_known_by_name(self, content: bytes, name: str):
        assert read_sound(content) is None
        assert name_of_sound(content) == name

    @pytest.mark.parametrize(
        ("content", "name"),
        [
            (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "HEIC"),
            (b"\x00\x00\x00\x18ftypmsf1\x00\x00\x00\x00", "HEIC"),
            (b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00", "AVIF"),
            (b"\x00\x00\x00\x1cftypM4A \x00\x00\x00\x00", ""),
            (b"II*\x00\x08\x00\x00\x00", "TIFF"),
            (b"", ""),
        ],
    )
    def test_is_known_by_name_among_pictures(self, content: bytes, name: str):
        assert read_picture(content) is None
        assert name_of_picture(content) == name

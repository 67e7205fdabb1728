"""Clips: both laws, whole frames, files; uploads of every kind, and those that are none."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from omnibound.domain.errors import Invalid
from omnibound.voice.media import Clip
from omnibound.voice.media.convert import Limits, convert, telephone
from omnibound.wire.rtp import Law, decode, encode
from tests.voice.media.telephone import likeness, voice


def tone(rate: int, seconds: float = 1.0, hertz: float = 1_000, level: float = 0.3) -> np.ndarray:
    return (level * np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate)).astype(np.float32)


def rms_db(samples: np.ndarray) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(np.square(samples.astype(float)))) / 32_768))


def test_a_clip_has_whole_frames_in_both_laws() -> None:
    samples = voice(0.05)
    clip = Clip.of(samples)
    filled = np.concatenate([samples, np.zeros(80, np.int16)])
    assert (clip.samples, clip.seconds) == (480, 0.06)
    assert clip.octets == {law: encode(filled, law) for law in Law}


def test_silence() -> None:
    assert Clip.silence(0.02).octets == {Law.MU: b"\xff" * 160, Law.A: b"\xd5" * 160}
    assert Clip.silence(0).samples == 160


@pytest.mark.parametrize(
    "octets",
    [
        {},
        {Law.MU: bytes(160)},
        {Law.MU: bytes(160), Law.A: bytes(320)},
        {Law.MU: b"", Law.A: b""},
        {Law.MU: bytes(100), Law.A: bytes(100)},
    ],
    ids=["none", "one law", "unequal", "empty", "no whole frame"],
)
def test_what_is_no_clip(octets: dict[Law, bytes]) -> None:
    with pytest.raises(ValueError, match="whole frames"):
        Clip(octets)


def test_a_file_there_and_back(tmp_path: Path) -> None:
    clip = Clip.of(voice(0.5))
    clip.save(tmp_path / "a.clip")
    assert Clip.load(tmp_path / "a.clip").octets == clip.octets
    assert [path.name for path in tmp_path.iterdir()] == ["a.clip"]


@pytest.mark.parametrize("length", [0, 5, 12, 400, -1])
def test_a_file_that_is_cut_or_grown(tmp_path: Path, length: int) -> None:
    path = tmp_path / "a.clip"
    Clip.of(voice(0.04)).save(path)
    path.write_bytes(path.read_bytes()[:length] if length >= 0 else path.read_bytes() + b"x")
    with pytest.raises(ValueError, match="no clip, or is cut"):
        Clip.load(path)


# -- uploads -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "rate", "channels"),
    [
        ("a.wav", 8_000, 1), ("a.wav", 44_100, 2), ("a.mp3", 44_100, 2), ("a.ogg", 48_000, 1), ("a.flac", 16_000, 1),
        ("a.wav", 11_025, 1), ("a.wav", 96_000, 6), ("a.mp3", 22_050, 1), ("called.raw", 22_050, 1),
        ("a.wav", 6_000, 1),
    ],
)  # fmt: skip
def test_converted(tmp_path: Path, name: str, rate: int, channels: int) -> None:
    path = tmp_path / name
    sound = voice(2.0, rate=rate).astype(np.float32) / 32_768
    kind = "WAV" if name == "called.raw" else None
    soundfile.write(path, np.column_stack([sound] * channels), rate, format=kind)
    clip = convert(path)
    heard = decode(clip.octets[Law.A], Law.A)
    around = np.zeros(400, np.int16)
    assert likeness(np.concatenate([around, heard, around]), voice(1.9)) > 0.95
    assert clip.seconds == pytest.approx(2.0, abs=0.1)


def test_loudness(tmp_path: Path) -> None:
    quiet, loud = tmp_path / "quiet.wav", tmp_path / "loud.wav"
    pause = np.zeros(8_000, np.float32)
    soundfile.write(quiet, np.concatenate([tone(8_000, level=0.05), pause]), 8_000)
    soundfile.write(loud, np.concatenate([tone(8_000, level=0.9), pause]), 8_000)
    levels = [rms_db(decode(convert(path, loudness=-19).octets[Law.MU], Law.MU)[:8_000]) for path in (quiet, loud)]
    assert levels == [pytest.approx(-19, abs=0.3)] * 2


@pytest.mark.parametrize(
    ("sound", "level"),
    [(tone(8_000, level=0.0001), -83), (np.zeros(800, np.float32), None), (tone(8_000, level=0.01), -23)],
    ids=["hiss", "silence", "ten times louder at most"],
)
def test_loudness_has_limits(sound: np.ndarray, level: float | None) -> None:
    made = telephone(sound, 8_000, loudness=-10)
    assert (rms_db(made) == pytest.approx(level, abs=1.5)) if level else not made.any()


def test_peaks_are_not_cut() -> None:
    clicks = tone(8_000, level=0.01)
    clicks[::1_000] = 0.9
    assert np.abs(telephone(clicks, 8_000, loudness=0)).max() == pytest.approx(0.97 * 32_767, abs=2)


def test_what_is_no_number_is_no_crash(tmp_path: Path) -> None:
    sound = tone(8_000)
    sound[:3] = np.nan, np.inf, -np.inf
    soundfile.write(tmp_path / "a.wav", sound, 8_000, subtype="FLOAT")
    assert convert(tmp_path / "a.wav").seconds == 1.0


def broken(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        b"", b"no sound", b"RIFF\x24\0\0\0WAVEfmt ", b"ID3" + bytes(400), b"<?xml version='1.0'?>" * 50,
        bytes(5_000),
    ],
    ids=["empty", "text", "cut", "mp3 head", "xml", "zeros"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.raw", "a"])
def test_what_is_no_audio(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(Invalid, match="no audio file"):
        convert(broken(tmp_path / name, content))


def test_limits(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(8_000, 3), 8_000)
    with pytest.raises(Invalid, match=r"The file has 0\.0 MB; 0 MB are allowed"):
        convert(path, Limits(octets=40_000))
    with pytest.raises(Invalid, match="longer than the 2 seconds"):
        convert(path, Limits(seconds=2))
    assert convert(path, Limits(octets=48_044, seconds=3)).seconds == 3


def test_what_no_telephone_can_use(tmp_path: Path) -> None:
    many, slow, none = tmp_path / "many.wav", tmp_path / "slow.wav", tmp_path / "none.wav"
    soundfile.write(many, np.zeros((10, 9)), 8_000)
    soundfile.write(slow, np.zeros(10), 1_000)
    soundfile.write(none, np.zeros(0), 8_000)
    with pytest.raises(Invalid, match="9 channels"):
        convert(many)
    with pytest.raises(Invalid, match="1,000 Hz"):
        convert(slow)
    with pytest.raises(Invalid, match="no sound in it"):
        convert(none)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        convert(tmp_path / "a.wav")

"""`omnibound announcement` and `omnibound say`."""

import json
from pathlib import Path

import pytest
import soundfile

from tests.cli.conftest import Ran, Run
from tests.voice.speech.conftest import audio_file

ID = "5b7c78389fe80f7b60af688989"


@pytest.fixture
def shop(run: Run) -> str:
    """An account in the data folder d."""
    assert run("account", "add", "shop", "--data", "d").status == 0
    return "shop"


def add(run: Run, file: str, *more: str, account: str = "shop") -> Ran:
    return run("announcement", "add", file, "--account", account, "--data", "d", *more)


@pytest.mark.parametrize("kind", ["WAV", "MP3", "OGG"])
def test_add_and_list(run: Run, tmp_path: Path, shop: str, kind: str) -> None:
    data = audio_file(kind, 1.5)
    (tmp_path / "bell.bin").write_bytes(data)
    made = add(run, "bell.bin", "--id", ID)
    assert (made.status, made.out, made.err) == (0, f"{ID}: {1.5 if kind != 'MP3' else made.out[-12:-9]} seconds\n", "")
    told = json.loads(run("announcement", "list", "--account", shop, "--data", "d", "--json").out)["announcements"]
    assert [(each["id"], each["name"], each["octets"]) for each in told] == [(ID, "bell.bin", len(data))]
    text = run("announcement", "list", "--account", shop, "--data", "d").out.splitlines()
    assert [line.split("\t")[::3] for line in text] == [["id", "name"], [ID, "bell.bin"]]
    assert json.loads(add(run, "bell.bin", "--name", "Bell", "--json").out)["name"] == "Bell"


def test_what_is_wrong_is_told(run: Run, tmp_path: Path, shop: str) -> None:
    (tmp_path / "bad.wav").write_bytes(b"RIFF" + b"\0" * 100)
    (tmp_path / "good.wav").write_bytes(audio_file("WAV"))
    assert add(run, "good.wav", "--id", "a").status == 0
    wrong = {
        "omnibound: This is no audio file that can be read": add(run, "bad.wav"),
        "omnibound: [Errno 2] No such file or directory: 'none.wav'": add(run, "none.wav"),
        "omnibound: an id has 1 to 64 letters": add(run, "good.wav", "--id", "a/b"),
        "omnibound: there is an announcement with the id a already": add(run, "good.wav", "--id", "a"),
        "omnibound: no account is named nobody": add(run, "good.wav", account="nobody"),
    }
    for words, ran in wrong.items():
        assert (ran.status, ran.out, ran.err[: len(words)]) == (1, "", words)
    assert len(list((tmp_path / "d" / "announcements").iterdir())) == 2
    (tmp_path / "c.toml").write_text("[speech]\nupload_mb = 1\n")
    (tmp_path / "big.wav").write_bytes(audio_file("WAV", 60))
    big = add(run, "big.wav", "--config", "c.toml")
    assert (big.status, big.err) == (1, "omnibound: The file has 1.9 MB; 1 MB are allowed.\n")


VOICES = """
[[voices]]
id = "5b3c78874fe80o7c60af632189"
engine = "espeak"
language = "pl"
"""


def said(run: Run, tmp_path: Path, *words: str) -> float:
    """How long it is, as a player reads it."""
    ran = run("say", *words, "--out", "out.wav")
    assert ran.status == 0, ran.err
    samples, rate = soundfile.read(tmp_path / "out.wav")
    assert rate == 8000
    assert ran.out == f"out.wav: {len(samples) / rate:.1f} seconds\n"
    return len(samples) / rate


def test_a_text_is_spoken_to_a_file(run: Run, tmp_path: Path, shop: str) -> None:
    (tmp_path / "c.toml").write_text(VOICES)
    own = ("--voice", "5b3c78874fe80o7c60af632189", "--config", "c.toml")
    plain = said(run, tmp_path, "Witaj, 2 < 3", *own)
    assert 1 < plain < 5
    assert said(run, tmp_path, "Witaj <break time='3s'/>", *own) > 3.5
    assert 0.5 < said(run, tmp_path, "Guten Tag", "--voice", "de") < 4
    (tmp_path / "bell.wav").write_bytes(audio_file("WAV", 2))
    assert add(run, "bell.wav", "--id", "bell").status == 0
    assert said(run, tmp_path, '<audio src="bell"/>', "--account", shop, "--data", "d") == 2.0
    assert not (tmp_path / "d" / "speech").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("<p>x",), "line 1, column 7: not well-formed XML: mismatched tag"),
        (("",), "there is nothing to say"),
        (("x", "--voice", "zz"), "espeak-ng has no voice zz"),
        (("x", "--voice", "no language"), "voice 'no language': Expected `str` matching regex"),
        (('<audio src="bell"/>',), "there is no recording bell"),
        (("x", "--account", "nobody"), "no account is named nobody"),
        (("x", "--out", "none/out.wav"), "[Errno 2] No such file or directory: 'none/out.wav'"),
    ],
)
def test_what_cannot_be_said_is_told(run: Run, words: tuple[str, ...], told: str) -> None:
    ran = run("say", *words)
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith(f"omnibound: {told}")


def test_doctor_hears_each_voice(run: Run, tmp_path: Path) -> None:
    mute = '[[voices]]\nid = "mute"\nengine = "command"\ncommand = ["false"]\n'
    (tmp_path / "c.toml").write_text(f"port = 0\n{VOICES}{mute}")
    ran = run("doctor", "--config", "c.toml", "--data", "d")
    told = [line for line in ran.out.splitlines() if "voice" in line]
    assert (ran.status, told) == (
        1,
        ["ok   voice 5b3c78874fe80o7c60af632189 speaks", "FAIL voice mute: false ended with 1"],
    )
    (tmp_path / "c.toml").write_text('[[voices]]\nid = "a"\nengine = "parrot"\n')
    ran = run("doctor", "--config", "c.toml", "--data", "d")
    told = [line for line in ran.out.splitlines() if "voice" in line]
    assert told == ["FAIL voice 'a': engine is one of espeak, command, piper, rhvoice, http"]
    assert not (tmp_path / "d").exists()

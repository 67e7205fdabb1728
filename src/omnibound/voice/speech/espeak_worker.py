"""espeak-ng in a process of its own: `python -m omnibound.voice.speech.espeak_worker`, spoken to over pipes.

The library is GPL-3.0 and C: apart from the server it neither binds the server's licence nor takes it along when it
dies. A request is a length (4 octets, the most significant first) and JSON; an answer is a letter, a length, and the
octets: `h` what it is (JSON, once at the start), `a` audio (16-bit samples), `e` why there is none. It ends with its
standard input. Only the standard library is imported, for a quick start.
"""

import ctypes
import importlib.util
import json
import os
import signal
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

LENGTH = struct.Struct(">I")
HEAD = struct.Struct(">cI")

# speak_lib.h of espeak-ng 1.52.
_SYNCHRONOUS = 2
_DONT_EXIT = 0x8000
_UTF_8, _SSML = 1, 0x10
_RATE, _VOLUME, _PITCH = 1, 2, 3
_NAMES = ("libespeak-ng.so", "libespeak-ng.dylib")
_Heard = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


class Failed(Exception):
    """It could not be spoken, in words."""


class Espeak:
    """The library. One at a time may speak, which is why there is a process for each."""

    def __init__(self) -> None:
        folder = _folder()
        self._lib: Any = ctypes.CDLL(str(next(folder / name for name in _NAMES if (folder / name).exists())))
        self.rate = int(self._lib.espeak_Initialize(_SYNCHRONOUS, 0, os.fsencode(folder), _DONT_EXIT))
        if self.rate <= 0:
            raise Failed("espeak-ng does not start")
        self._pcm = bytearray()
        self._most = 0
        self._heard: Callable[..., int] = _Heard(self._hear)
        self._lib.espeak_SetSynthCallback(self._heard)

    def speak(self, ssml: str, voices: list[str], settings: dict[str, int], longest_s: float) -> bytes:
        """16-bit samples of a document by the first voice that there is. Raises Failed."""
        if all(self._lib.espeak_SetVoiceByName(voice.encode()) for voice in voices):
            raise Failed(f"espeak-ng has no voice {voices[0]}")
        for parameter, name in ((_RATE, "rate"), (_VOLUME, "volume"), (_PITCH, "pitch")):
            self._lib.espeak_SetParameter(parameter, settings[name], 0)
        self._pcm.clear()
        self._most = int(longest_s * self.rate) * 2
        text = ssml.encode()
        status = self._lib.espeak_Synth(text, len(text) + 1, 0, 0, 0, _UTF_8 | _SSML, None, None)
        if status or self._lib.espeak_Synchronize():
            raise Failed(f"espeak-ng says {status}")
        if len(self._pcm) > self._most:
            raise Failed(f"it takes longer than {longest_s:g} seconds to say")
        return bytes(self._pcm)

    def _hear(self, samples: int | None, count: int, _events: int | None) -> int:
        if samples and count > 0:
            self._pcm += ctypes.string_at(samples, count * 2)
        return int(len(self._pcm) > self._most)


def _folder() -> Path:
    """Where the package has the library and its voices. Found rather than imported: the server imports this module."""
    found = importlib.util.find_spec("espeakng_loader")
    if found is None or found.origin is None:
        raise Failed("the package espeakng-loader is not installed")
    return Path(found.origin).parent


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the requests end."""
    try:
        espeak = Espeak()
    except (Failed, OSError) as error:
        _answer(answers, b"e", str(error).encode())
        return
    _answer(answers, b"h", json.dumps({"rate": espeak.rate}).encode())
    while head := requests.read(LENGTH.size):
        request = json.loads(requests.read(LENGTH.unpack(head)[0]))
        try:
            _answer(answers, b"a", espeak.speak(**request))
        except Failed as error:
            _answer(answers, b"e", str(error).encode())


def _answer(answers: BinaryIO, kind: bytes, data: bytes) -> None:
    answers.write(HEAD.pack(kind, len(data)) + data)
    answers.flush()


def main() -> None:
    """Speak through the standard pipes; what the library prints goes to the standard error instead."""
    # Ctrl-C in a terminal is for the server, which ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()

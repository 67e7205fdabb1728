"""Texts to clips by real voices: what is heard, what is made once, what is refused."""

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from omnibound.domain.errors import Invalid, Unavailable
from omnibound.voice.media.clips import Clip
from omnibound.voice.speech.studio import Found
from omnibound.wire.rtp import Samples
from tests.voice.speech.conftest import EN, LONGEST_S, PL, Booth, Make, alike, heard, loudness, seconds

pytestmark = pytest.mark.anyio
SEED = PL["id"]


async def test_a_text_is_heard_and_kept(booth: Make) -> None:
    studio = booth().studio
    first = await studio.render(SEED, "Witaj. Twoja paczka czeka na ciebie w punkcie odbioru.")
    samples = heard(first)
    assert first.made
    assert 2.5 < seconds(samples) < 7
    assert loudness(samples) > 800
    again = await studio.render(SEED, "Witaj. Twoja paczka czeka na ciebie w punkcie odbioru.")
    assert (again.path, again.made) == (first.path, False)


async def test_the_seeds_sample_is_spelled(booth: Make) -> None:
    made = booth()
    ssml = 'Here are <say-as interpret-as="characters">SSML</say-as> samples'
    spelled = await made.hear(SEED, ssml=ssml)
    word = await made.hear(SEED, ssml="Here are samples")
    assert seconds(spelled) > seconds(word) + 0.5
    assert alike(spelled, await made.hear(SEED, text="Here are es, es, em, el samples"))


async def test_what_is_said_before_changes_nothing(booth: Make) -> None:
    """A voice, a rate or a pitch of one text must not be left for the next one."""
    made = booth(workers=1)
    plain = await made.hear(SEED, text="Dzień dobry")
    strange = '<voice name="kate">x</voice><prosody rate="200%" pitch="high" volume="silent">y</prosody> Dzień'
    await made.hear(SEED, ssml=strange)
    for path in made.folder.iterdir():
        path.unlink()
    assert alike(await made.hear(SEED, text="Dzień dobry"), plain)


def pitch(samples: Samples) -> float:
    """Hz of the lowest tone: where the sound is most like itself a little later."""
    sound = samples.astype(np.float64)
    likeness = np.fft.irfft(np.abs(np.fft.rfft(sound, 2 * len(sound))) ** 2)
    return 8000 / (30 + int(np.argmax(likeness[30:130])))


async def test_prosody_is_heard(booth: Make) -> None:
    made = booth()
    text = "Ala ma kota i psa"

    async def spoken(manner: str) -> Any:
        return await made.hear(SEED, ssml=f"<prosody {manner}>{text}</prosody>")

    plain, slow, loud = await made.hear(SEED, text=text), await spoken('rate="50%"'), await spoken('volume="+6dB"')
    assert seconds(slow) > 1.5 * seconds(plain)
    assert loudness(loud) > 1.5 * loudness(plain)
    assert loudness(await spoken('volume="silent"')) < 0.1 * loudness(plain)
    assert pitch(await spoken('pitch="high"')) > 1.1 * pitch(plain)


async def test_pauses_voices_and_languages(booth: Make) -> None:
    made = booth()
    one, other = await made.hear(SEED, text="raz"), await made.hear("kate", text="two")
    both = await made.hear(SEED, ssml='raz<break time="2s"/><voice name="kate">two</voice>')
    assert seconds(both) == pytest.approx(seconds(one) + 2 + seconds(other), abs=0.03)
    assert loudness(both[len(one) : len(one) + 15_000]) < 20
    german = await made.hear(SEED, ssml='<lang xml:lang="de">eins zwei drei</lang>')
    assert not alike(german, await made.hear(SEED, text="eins zwei drei"))


async def test_a_recording_is_inserted(booth: Make, tmp_path: Path) -> None:
    made = booth()
    bell = tmp_path / "bell.clip"
    Clip.of((3000 * np.sin(np.arange(8000) / 3)).astype(np.int16)).save(bell)

    async def find(source: str) -> Found | None:
        return Found(bell, "bell-1") if source == "bell" else None

    word = await made.hear(SEED, text="raz")
    whole = await made.hear(SEED, ssml='<audio src="bell"/>raz', find=find)
    assert seconds(whole) == pytest.approx(1 + seconds(word), abs=0.03)
    assert loudness(whole[:8000]) == pytest.approx(3000 / np.sqrt(2), rel=0.02)
    instead = await made.hear(SEED, ssml='<audio src="horn">raz</audio>', find=find)
    assert alike(instead, word)
    with pytest.raises(Invalid, match="there is no recording horn"):
        await made.studio.render(SEED, ssml='<audio src="horn"/>', find=find)

    async def find_other(_source: str) -> Found | None:
        return Found(bell, "bell-2")

    again = await made.studio.render(SEED, ssml='<audio src="bell"/>raz', find=find_other)
    assert again.made, "another recording under the same name is another text"


async def test_many_who_ask_for_the_same_at_once_get_one(booth: Make) -> None:
    made = booth()
    rendered = await asyncio.gather(*[made.studio.render(SEED, "to samo") for _ in range(30)])
    assert len({each.path for each in rendered}) == 1
    assert len(list(made.folder.iterdir())) == 1
    assert made.workers.started == 1


async def test_who_goes_away_takes_nothing_from_the_others(booth: Make) -> None:
    made = booth()
    first = asyncio.ensure_future(made.studio.render(SEED, "długi tekst"))
    other = asyncio.ensure_future(made.studio.render(SEED, "długi tekst"))
    await asyncio.sleep(0)
    first.cancel()
    assert (await other).path.exists()


async def test_forty_different_texts(booth: Make) -> None:
    """How long it takes is told by the benchmark; here only that all are right."""
    made = booth()
    await made.studio.render(SEED, "rozgrzewka")
    texts = [f"Sprawa numer {n}: prosimy o kontakt, kod {n * 37}." for n in range(40)]
    rendered = await asyncio.gather(*[made.studio.render(SEED, text) for text in texts])
    assert len({each.path for each in rendered}) == 40
    assert all(2 < seconds(heard(each)) < 9 for each in rendered)
    assert made.workers.started == 2


@pytest.mark.parametrize(
    ("voice", "text", "ssml", "words", "field"),
    [
        ("nobody", "x", "", "no voice has the id nobody", "voice"),
        (SEED, "", "", "there is nothing to say", "text"),
        (SEED, " \n", "", "there is nothing to say", "text"),
        (SEED, "", "<speak> </speak>", "there is nothing to say", "ssml"),
        (SEED, "", "a <b", "line 1, column 5: not well-formed XML: invalid token", "ssml"),
        (SEED, "", '<break time="50s"/><break time="11s"/>', "it takes longer than 60 seconds", "ssml"),
        (SEED, "x" * 20_001, "", "line 1, column 1: longer than 20000 characters", "text"),
    ],
)
async def test_what_cannot_be_said_is_refused(
    booth: Make, voice: str, text: str, ssml: str, words: str, field: str
) -> None:
    made = booth()
    for use in (made.studio.render(voice, text, ssml), asyncio.to_thread(made.studio.check, voice, text, ssml)):
        with pytest.raises(Invalid) as raised:
            await use
        assert (str(raised.value), raised.value.field) == (words, field)
    assert list(made.folder.iterdir()) == []
    assert made.workers.started == 0


@pytest.mark.parametrize(
    ("ssml", "words"),
    [
        ("a" + '<break time="31s"/>b' * 2, "it takes longer than 60 seconds"),
        ('<break time="59s"/>' + "dwa słowa " * 5, "seconds to say; 60 are allowed"),
    ],
)
async def test_what_takes_too_long_is_refused(booth: Make, ssml: str, words: str) -> None:
    made = booth()
    with pytest.raises(Invalid, match=words):
        await made.studio.render(SEED, ssml=ssml)
    assert list(made.folder.iterdir()) == []


async def test_a_text_without_end_is_cut_short(booth: Make) -> None:
    made = booth()
    with pytest.raises(Unavailable, match=f"it takes longer than {LONGEST_S:g} seconds to say"):
        await made.studio.render(SEED, "bardzo długie zdanie " * 300)
    assert (await made.hear(SEED, text="a dalej?")).size


async def test_the_first_voice_speaks_where_none_is_named(booth: Make) -> None:
    made = booth(EN, PL)
    assert (await made.studio.render("", "raz")).path == (await made.studio.render("kate", "raz")).path


async def test_without_voices_nobody_speaks(tmp_path: Path, booths: list[Booth]) -> None:
    booths.append(Booth(tmp_path, [], 1, 1, ()))
    with pytest.raises(Invalid, match="no voice is configured"):
        await booths[0].studio.render("", "raz")


async def test_punctuation_alone_is_silence_and_no_error(booth: Make) -> None:
    assert loudness(await booth().hear(SEED, text="...")) < 20


async def test_a_language_that_a_voice_does_not_speak_is_said_by_one_that_does(booth: Make, tmp_path: Path) -> None:
    dumb = {"id": "dumb", "engine": "command", "language": "pl", "command": ["false"]}
    made = booth(dumb, EN)
    assert alike(
        await made.hear("dumb", ssml='<lang xml:lang="en-GB">two words</lang>'), await made.hear("kate", "two words")
    )
    with pytest.raises(Unavailable, match="false ended with 1"):
        await made.hear("dumb", ssml='<lang xml:lang="de">zwei</lang>')


async def test_nothing_is_said_after_the_end(booth: Make) -> None:
    made: Booth = booth()
    await made.studio.close()
    with pytest.raises(Unavailable, match="speech has ended"):
        await made.hear(SEED, text="za późno")

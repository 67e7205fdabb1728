"""Whole lives of deliveries: the files of tests/cases/domain say what comes of each word."""

from typing import Any

import pytest

from tests.domain.story import Life, read_flow, read_stories

STORIES = read_stories()


@pytest.mark.parametrize(("flow", "lines"), [pytest.param(flow, lines, id=id_) for id_, flow, lines in STORIES])
def test_story(flow: dict[str, Any], lines: list[list[str]]) -> None:
    life = Life(read_flow(flow))
    assert [[word, *life.say(word)] for word, *_ in lines] == lines


def test_no_story_is_told_twice() -> None:
    names = [id_ for id_, _, _ in STORIES]
    assert sorted(set(names)) == sorted(names)

"""Text and SSML to audio for telephones.

The way of a text: `studio` reads it to pieces (`wire.ssml`), gives each to a voice's engine (`engines`: `espeak` with
its `espeak_worker`, `command`, `http`), brings what they say to one clip, and keeps that in `cache`. This package
imports nothing, so that a worker starts quickly.
"""

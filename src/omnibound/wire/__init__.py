"""Formats that several parts share: codecs that know nobody of ours."""

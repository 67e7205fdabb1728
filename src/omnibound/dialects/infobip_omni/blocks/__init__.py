"""The blocks of a send, one for each channel: what they may say, and how it becomes content."""

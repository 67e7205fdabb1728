"""The embedded telephone: signalling, media and speech. It runs as a process of its own."""

"""A voice process: SIP, RTP and nothing else, spoken to over a Unix socket (`wire.telephone`).

    `__main__`   the process: limits, loop, lock
    `switchboard` the socket: who asks, and what is told until it is acknowledged
    `desk`       the calls: user agent and media engine brought together
    `spoken`     one call and its sound; what it does by itself is in `script`
    `kept`       the events that nobody has acknowledged yet, and their file

A server starts it, or finds it running (`voice.line`). It outlives the server: calls go on, what happens is kept.
"""

"""A voice process: SIP, RTP and nothing else, spoken to over a Unix socket (`wire.telephone`).

    `__main__`   the process: limits, loop, lock
    `switchboard` the socket: who asks, and what is told until it is acknowledged
    `desk`       the calls: user agent and media engine brought together
    `spoken`     one call and its sound; what it does by itself is in `script`
    `joins`      callees joined to agents and to numbers; who gets whom is chosen by `floor`
    `lines`      the telephones of agents, kept connected; these and those numbers are `legs`
    `kept`       the events that nobody has acknowledged yet, and their file

A server starts it, or finds it running (`voice.line`). It outlives the server: calls go on, what happens is kept.
"""

"""Omnibound: one self-hosted server for everything outbound. The way of the data, by folder name:

1.  ``dialects`` read a vendor's request from the wire into domain nouns (``api`` does so for our own API).
2.  ``services`` do what the client asked: one verb a module, no HTTP and no SQL.
3.  ``domain`` holds the nouns and the rules, pure and synchronous; each rule is a function of one value.
4.  ``store`` is the memory; a client gets its answer only after the commit.
5.  ``engine`` works when nobody waits: it takes due deliveries in lists and sends each one's next step.
6.  ``channels`` carry attempts out to the world and bring receipts back (``voice`` is the embedded telephone).
7.  ``engine`` applies what came back: the flow's effect table turns a result into a move, until there is an outcome.
8.  ``reports`` tell the client, in the words that its dialect writes.
9.  ``wire`` has the formats that several of them share; ``ports`` says what the core needs from outside.
10. ``bootstrap`` joins the parts, ``web`` is the one ASGI app, ``cli`` the commands.
"""

__version__ = "0.1.0"

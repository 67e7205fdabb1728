-- The first shape. Times are integer microseconds UTC; ids are 63-bit integers ordered by time.

CREATE TABLE settings (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

CREATE TABLE nodes (
    incarnation INTEGER PRIMARY KEY, slot INTEGER NOT NULL, started_at INTEGER NOT NULL, lease_until INTEGER NOT NULL
);

CREATE TABLE accounts (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, username TEXT NOT NULL UNIQUE, password TEXT NOT NULL,
    notify_url TEXT NOT NULL, currency TEXT NOT NULL, enabled INTEGER NOT NULL, created_at INTEGER NOT NULL
);

CREATE TABLE api_keys (
    hash TEXT PRIMARY KEY, account INTEGER NOT NULL, hint TEXT NOT NULL, enabled INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE scenarios (
    key TEXT PRIMARY KEY, account INTEGER NOT NULL, name TEXT NOT NULL, steps TEXT NOT NULL,
    is_default INTEGER NOT NULL, created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX scenarios_account ON scenarios (account, created_at);
CREATE UNIQUE INDEX scenarios_default ON scenarios (account) WHERE is_default = 1;

-- What was asked, once a request however many people it goes to.
CREATE TABLE messages (
    id INTEGER PRIMARY KEY, account INTEGER NOT NULL, bulk TEXT NOT NULL, last_delivery INTEGER NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX messages_bulk ON messages (account, bulk) WHERE bulk <> '';

-- Who gets it: immutable.
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY, message INTEGER NOT NULL, account INTEGER NOT NULL, phone TEXT NOT NULL, addresses BLOB,
    ref TEXT
);

CREATE TABLE refs (
    account INTEGER NOT NULL, day INTEGER NOT NULL, hash INTEGER NOT NULL, delivery INTEGER NOT NULL,
    PRIMARY KEY (account, day, hash)
) WITHOUT ROWID;

-- Only what is unfinished: the one hot mutable table.
CREATE TABLE live (
    id INTEGER PRIMARY KEY, message INTEGER NOT NULL, account INTEGER NOT NULL, cls INTEGER NOT NULL,
    stage INTEGER NOT NULL, step INTEGER NOT NULL, round INTEGER NOT NULL, attempt INTEGER NOT NULL,
    tries INTEGER NOT NULL, due_at INTEGER NOT NULL, step_until INTEGER NOT NULL, retry_until INTEGER NOT NULL,
    sent_at INTEGER NOT NULL, connector TEXT NOT NULL, parts INTEGER NOT NULL, done INTEGER NOT NULL,
    struck INTEGER NOT NULL, ambiguous INTEGER NOT NULL, more BLOB, version INTEGER NOT NULL,
    channel TEXT NOT NULL, owner INTEGER NOT NULL
);
CREATE INDEX live_claim ON live (channel, cls, account, round, due_at, id) WHERE owner = 0 AND stage = 0;
CREATE INDEX live_timer ON live (due_at) WHERE stage = 1;
CREATE INDEX live_waiting ON live (step_until) WHERE owner = 0 AND stage = 0;

CREATE TABLE inflight (
    provider_id TEXT NOT NULL, carrier TEXT NOT NULL, delivery INTEGER NOT NULL, attempt INTEGER NOT NULL,
    part INTEGER NOT NULL, connector TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (provider_id, carrier)
) WITHOUT ROWID;

CREATE TABLE unmatched (
    id INTEGER PRIMARY KEY, carrier TEXT NOT NULL, provider_id TEXT NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL
);

-- Attempts that went, or were about to go, to a channel: open until each has a committed outcome.
CREATE TABLE handovers (
    id INTEGER PRIMARY KEY, node INTEGER NOT NULL, connector TEXT NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL
);

CREATE TABLE events (
    delivery INTEGER NOT NULL, n INTEGER NOT NULL, attempt INTEGER NOT NULL, step INTEGER NOT NULL, at INTEGER NOT NULL,
    said INTEGER NOT NULL, status INTEGER NOT NULL, reason INTEGER NOT NULL, detail TEXT NOT NULL,
    connector TEXT NOT NULL, part INTEGER NOT NULL, note INTEGER NOT NULL, PRIMARY KEY (delivery, n)
) WITHOUT ROWID;

CREATE TABLE outcomes (
    delivery INTEGER NOT NULL, attempt INTEGER NOT NULL, account INTEGER NOT NULL, status INTEGER NOT NULL,
    reason INTEGER NOT NULL, detail TEXT NOT NULL, step INTEGER NOT NULL, round INTEGER NOT NULL,
    connector TEXT NOT NULL, parts INTEGER NOT NULL, sent_at INTEGER NOT NULL, done_at INTEGER NOT NULL,
    ambiguous INTEGER NOT NULL, exhausted INTEGER NOT NULL, final INTEGER NOT NULL, late INTEGER NOT NULL,
    late_at INTEGER NOT NULL, twice INTEGER NOT NULL, seen_at INTEGER NOT NULL, PRIMARY KEY (delivery, attempt)
) WITHOUT ROWID;

-- Reports that wait to be taken; a row goes when it is handed out.
CREATE TABLE reports (
    account INTEGER NOT NULL, delivery INTEGER NOT NULL, attempt INTEGER NOT NULL, channel TEXT NOT NULL,
    PRIMARY KEY (account, delivery, attempt)
) WITHOUT ROWID;
CREATE TABLE handouts (id INTEGER PRIMARY KEY, account INTEGER NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL);

-- With a rowid: without one the planner reads all devices of an application rather than go by the phone.
CREATE TABLE devices (
    account INTEGER NOT NULL, application TEXT NOT NULL, registration TEXT NOT NULL, phone TEXT NOT NULL,
    token TEXT NOT NULL, platform TEXT NOT NULL, is_primary INTEGER NOT NULL, created_at INTEGER NOT NULL,
    PRIMARY KEY (account, application, registration)
);
CREATE INDEX devices_phone ON devices (account, application, phone);
CREATE INDEX devices_token ON devices (token);

CREATE TABLE inbound (
    id INTEGER PRIMARY KEY, connector TEXT NOT NULL, channel TEXT NOT NULL, sender TEXT NOT NULL,
    recipient TEXT NOT NULL, text TEXT NOT NULL, at INTEGER NOT NULL, data BLOB NOT NULL, reference TEXT
);

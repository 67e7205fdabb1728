-- Pushes that are ready-made requests (request: domain.push.Asked), of which one attempt may have several: they are numbered.
-- Webhooks of accounts' applications (body: domain.webhook.Webhook); of members' events each has its subscriptions.

CREATE TABLE numbered (
    account INTEGER NOT NULL, delivery INTEGER NOT NULL, attempt INTEGER NOT NULL, url TEXT NOT NULL,
    format TEXT NOT NULL, due_at INTEGER NOT NULL, until INTEGER NOT NULL, tries INTEGER NOT NULL,
    over INTEGER NOT NULL, why TEXT NOT NULL, topic INTEGER NOT NULL, request BLOB, number INTEGER NOT NULL,
    PRIMARY KEY (account, delivery, attempt, topic, number)
) WITHOUT ROWID;
INSERT INTO numbered SELECT account, delivery, attempt, url, format, due_at, until, tries, over, why, topic, NULL, 0 FROM pushes;
DROP TABLE pushes;
ALTER TABLE numbered RENAME TO pushes;
CREATE INDEX pushes_due ON pushes (url, due_at) WHERE over = 0;
CREATE INDEX pushes_over ON pushes (until) WHERE over = 1;
CREATE INDEX pushes_tried ON pushes (account) WHERE tries > 0;

CREATE TABLE webhooks (
    account INTEGER NOT NULL, application TEXT NOT NULL, number INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (account, application)
) WITHOUT ROWID;
CREATE TABLE subscriptions (
    account INTEGER NOT NULL, event INTEGER NOT NULL, number INTEGER NOT NULL, url TEXT NOT NULL,
    format TEXT NOT NULL, request BLOB NOT NULL, PRIMARY KEY (account, event, number)
) WITHOUT ROWID;

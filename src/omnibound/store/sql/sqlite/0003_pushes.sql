-- What waits to be pushed (topic: domain.push.Topic); a row goes when it is accepted, and some days after it was given up (over).

CREATE TABLE pushes (
    account INTEGER NOT NULL, delivery INTEGER NOT NULL, attempt INTEGER NOT NULL, url TEXT NOT NULL,
    format TEXT NOT NULL, due_at INTEGER NOT NULL, until INTEGER NOT NULL, tries INTEGER NOT NULL,
    over INTEGER NOT NULL, why TEXT NOT NULL, topic INTEGER NOT NULL,
    PRIMARY KEY (account, delivery, attempt, topic)
) WITHOUT ROWID;
CREATE INDEX pushes_due ON pushes (url, due_at) WHERE over = 0;
CREATE INDEX pushes_over ON pushes (until) WHERE over = 1;
CREATE INDEX pushes_tried ON pushes (account) WHERE tries > 0;

-- How many members of a campaign stand where, kept by each commit that changes one: nobody counts a million rows.
-- A member that is cleared away stays counted.

CREATE TABLE tallies (
    account INTEGER NOT NULL, campaign TEXT NOT NULL, closed INTEGER NOT NULL, reason INTEGER NOT NULL,
    n INTEGER NOT NULL, PRIMARY KEY (account, campaign, closed, reason)
) WITHOUT ROWID;
INSERT INTO tallies (account, campaign, closed, reason, n)
SELECT account, campaign, closed, reason, count(*) FROM members GROUP BY account, campaign, closed, reason;

-- 1: what it was told is cleared away.
ALTER TABLE members ADD COLUMN bare INTEGER NOT NULL DEFAULT 0;
CREATE INDEX members_full ON members (id) WHERE closed = 1 AND bare = 0;

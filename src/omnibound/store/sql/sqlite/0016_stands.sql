-- How members stand is one packed number (domain/member.py); what their clients say of many of them alike is one row of
-- `traits`, named by a number that follows from it. Both are counted in `tallies`, and searched by them.

CREATE TABLE standing (
    id INTEGER PRIMARY KEY, account INTEGER NOT NULL, campaign TEXT NOT NULL, phone TEXT NOT NULL,
    external TEXT NOT NULL, folded TEXT NOT NULL, stand INTEGER NOT NULL, traits INTEGER NOT NULL,
    due_at INTEGER NOT NULL, not_before INTEGER NOT NULL, detail TEXT NOT NULL, created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL, body BLOB, bare INTEGER NOT NULL DEFAULT 0
);
-- Nothing is released yet whose members would have to be packed.
DROP TABLE members;
ALTER TABLE standing RENAME TO members;
CREATE INDEX members_campaign ON members (account, campaign, id, stand, traits, due_at, changed_at);
CREATE INDEX members_stands ON members (account, campaign, stand, traits, id);
CREATE UNIQUE INDEX members_external ON members (account, campaign, folded, external) WHERE external <> '';
CREATE INDEX members_changed ON members (account, campaign, changed_at, id);
CREATE INDEX members_full ON members (id) WHERE stand & 32 <> 0 AND bare = 0;

CREATE TABLE traits (
    account INTEGER NOT NULL, campaign TEXT NOT NULL, key INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (account, campaign, key)
) WITHOUT ROWID;
DROP TABLE tallies;
CREATE TABLE tallies (
    account INTEGER NOT NULL, campaign TEXT NOT NULL, stand INTEGER NOT NULL, traits INTEGER NOT NULL,
    n INTEGER NOT NULL, PRIMARY KEY (account, campaign, stand, traits)
) WITHOUT ROWID;

-- What members are found by as texts, a column of many in one row (store/member_texts.py). `first` and `last` bound their
-- ids; `n` tells apart what was written at different times.
CREATE TABLE member_texts (
    account INTEGER NOT NULL, campaign TEXT NOT NULL, name TEXT NOT NULL, first INTEGER NOT NULL, n INTEGER NOT NULL,
    last INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (account, campaign, name, first, n)
) WITHOUT ROWID;
-- The greatest external id of a campaign that is a whole number.
CREATE TABLE externals (
    account INTEGER NOT NULL, campaign TEXT NOT NULL, top INTEGER NOT NULL, PRIMARY KEY (account, campaign)
) WITHOUT ROWID;

-- What campaigns are made of and share, by kind: dialers, queues, call results, schedules, scripts.
CREATE TABLE parts (
    account INTEGER NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (account, kind, id)
) WITHOUT ROWID;

-- Who waits for a dialer: beside live_claim, for a dialer goes by time over all rounds.
CREATE INDEX live_lanes ON live (channel, due_at, id)
    WHERE owner = 0 AND stage = 0 AND channel >= 'dial:' AND channel < 'dial;';

-- Campaigns are found by their 32 hexadecimal digits as well.
ALTER TABLE campaigns ADD COLUMN guid TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX campaigns_guid ON campaigns (account, guid) WHERE guid <> '';

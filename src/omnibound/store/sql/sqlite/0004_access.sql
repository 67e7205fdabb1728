-- What an API key is allowed, and sessions. A key's id is public; networks and scopes are words between spaces.

ALTER TABLE api_keys ADD COLUMN id TEXT NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN networks TEXT NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN scopes TEXT NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN valid_from INTEGER NOT NULL DEFAULT 0;
ALTER TABLE api_keys ADD COLUMN valid_to INTEGER NOT NULL DEFAULT 0;
UPDATE api_keys SET id = lower(hex(randomblob(16)));
CREATE UNIQUE INDEX api_keys_id ON api_keys (id);
CREATE INDEX api_keys_account ON api_keys (account, created_at);
CREATE TABLE sessions (
    hash TEXT PRIMARY KEY, kind TEXT NOT NULL, account INTEGER NOT NULL, until INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_until ON sessions (until);

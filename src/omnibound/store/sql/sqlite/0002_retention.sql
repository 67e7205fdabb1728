-- Messages whose content is still there: what retention has yet to look at. Grows at its end only.

ALTER TABLE messages ADD COLUMN bare INTEGER NOT NULL DEFAULT 0;
CREATE INDEX messages_full ON messages (id) WHERE bare = 0;

-- How calls of a campaign ended is counted by an index alone, those of some agents by another one.
ALTER TABLE calls ADD COLUMN agent TEXT NOT NULL DEFAULT '';
DROP INDEX calls_campaign;
CREATE INDEX calls_campaign ON calls (account, campaign, ended_at, delivery, attempt, reason) WHERE campaign <> '';
CREATE INDEX calls_agent ON calls (account, campaign, agent, ended_at, reason) WHERE agent <> '';

-- Small rows of texts become large ones (store/text_blocks.py). A row that another one has taken over is there until
-- `until`, for searches that are under way; 0: it stands.
ALTER TABLE member_texts ADD COLUMN until INTEGER NOT NULL DEFAULT 0;
CREATE INDEX member_texts_small ON member_texts (account, campaign, name, first, n)
    WHERE until = 0 AND length(body) < 8192;
CREATE INDEX member_texts_taken ON member_texts (until) WHERE until > 0;

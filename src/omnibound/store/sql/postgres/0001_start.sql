-- The shape that SQLite has after its first four migrations. Times are integer microseconds UTC; ids are 63-bit integers
-- ordered by time, and their low 8 bits are the shard: the column by which a distributed PostgreSQL spreads the rows.
-- What grows with the traffic and never changes is parted by day (by the ids of a day), so that old days are dropped whole.

CREATE TABLE settings (name text COLLATE "C" PRIMARY KEY, value bytea NOT NULL);

CREATE TABLE nodes (
    incarnation bigint PRIMARY KEY, slot integer NOT NULL UNIQUE, key text COLLATE "C" NOT NULL, host text NOT NULL,
    version text NOT NULL, started_at bigint NOT NULL, lease_until bigint NOT NULL
);
CREATE TABLE slots (name text COLLATE "C" PRIMARY KEY, owner bigint NOT NULL, since bigint NOT NULL);
CREATE TABLE revisions (name text COLLATE "C" PRIMARY KEY, number bigint NOT NULL);

CREATE TABLE price_lists (id bigint PRIMARY KEY, name text NOT NULL, since bigint NOT NULL, rates integer NOT NULL, body bytea NOT NULL);
CREATE TABLE allowances (account bigint PRIMARY KEY, countries text NOT NULL, daily_cap bigint NOT NULL, prepaid integer NOT NULL);
CREATE TABLE purses (
    account bigint NOT NULL, day bigint NOT NULL, added bigint NOT NULL, taken bigint NOT NULL, PRIMARY KEY (account, day)
);
CREATE TABLE portions (
    account bigint NOT NULL, day bigint NOT NULL, node bigint NOT NULL, amount bigint NOT NULL, PRIMARY KEY (account, day, node)
);
CREATE INDEX portions_node ON portions (node);

CREATE TABLE accounts (
    id bigint PRIMARY KEY, name text NOT NULL UNIQUE, username text NOT NULL UNIQUE, password text NOT NULL,
    notify_url text NOT NULL, currency text NOT NULL, enabled integer NOT NULL, created_at bigint NOT NULL,
    voice_codes text NOT NULL
);

CREATE TABLE api_keys (
    hash text COLLATE "C" PRIMARY KEY, account bigint NOT NULL, hint text NOT NULL, enabled integer NOT NULL,
    created_at bigint NOT NULL, id text COLLATE "C" NOT NULL, name text NOT NULL, networks text NOT NULL, scopes text NOT NULL,
    valid_from bigint NOT NULL, valid_to bigint NOT NULL
);
CREATE UNIQUE INDEX api_keys_id ON api_keys (id);
CREATE INDEX api_keys_account ON api_keys (account, created_at);

CREATE TABLE sessions (hash text COLLATE "C" PRIMARY KEY, kind text NOT NULL, account bigint NOT NULL, until bigint NOT NULL);
CREATE INDEX sessions_until ON sessions (until);

CREATE TABLE scenarios (
    key text COLLATE "C" PRIMARY KEY, account bigint NOT NULL, name text NOT NULL, steps text NOT NULL,
    is_default integer NOT NULL, created_at bigint NOT NULL
);
CREATE INDEX scenarios_account ON scenarios (account, created_at);
CREATE UNIQUE INDEX scenarios_default ON scenarios (account) WHERE is_default = 1;

CREATE TABLE messages (
    id bigint NOT NULL, account bigint NOT NULL, bulk text COLLATE "C" NOT NULL, last_delivery bigint NOT NULL, body bytea NOT NULL,
    bare smallint NOT NULL DEFAULT 0, shard integer NOT NULL, PRIMARY KEY (id, shard)
) PARTITION BY RANGE (id);
CREATE INDEX messages_bulk ON messages (account, bulk) WHERE bulk <> '';
CREATE INDEX messages_full ON messages (id) WHERE bare = 0;

CREATE TABLE deliveries (
    id bigint NOT NULL, message bigint NOT NULL, account bigint NOT NULL, phone text NOT NULL, addresses bytea, ref text,
    shard integer NOT NULL, PRIMARY KEY (id, shard)
) PARTITION BY RANGE (id);

CREATE TABLE refs (
    account bigint NOT NULL, day integer NOT NULL, hash bigint NOT NULL, delivery bigint NOT NULL,
    shard integer NOT NULL, PRIMARY KEY (account, day, hash, shard)
);

-- The one hot mutable table: room is left in its pages, and it is swept early and often.
CREATE TABLE live (
    id bigint NOT NULL, message bigint NOT NULL, account bigint NOT NULL, cls smallint NOT NULL, stage smallint NOT NULL,
    step integer NOT NULL, round integer NOT NULL, attempt integer NOT NULL, tries integer NOT NULL, due_at bigint NOT NULL,
    step_until bigint NOT NULL, retry_until bigint NOT NULL, sent_at bigint NOT NULL, connector text NOT NULL,
    parts integer NOT NULL, done bigint NOT NULL, struck bigint NOT NULL, ambiguous smallint NOT NULL, more bytea,
    version integer NOT NULL, channel text COLLATE "C" NOT NULL, owner bigint NOT NULL, shard integer NOT NULL, PRIMARY KEY (id, shard)
) WITH (
    fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
    autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX live_claim ON live (channel, cls, account, round, shard, due_at, id) WHERE owner = 0 AND stage = 0;
CREATE INDEX live_lanes ON live (channel, due_at, id)
    WHERE owner = 0 AND stage = 0 AND channel >= 'dial:' AND channel < 'dial;';
CREATE INDEX live_timer ON live (due_at) WHERE stage = 1;
CREATE INDEX live_waiting ON live (step_until) WHERE owner = 0 AND stage = 0;

-- Its shard is that of the carrier's id, for it is found by that.
CREATE TABLE inflight (
    provider_id text COLLATE "C" NOT NULL, carrier text COLLATE "C" NOT NULL, delivery bigint NOT NULL, attempt integer NOT NULL,
    part integer NOT NULL, connector text NOT NULL, until bigint NOT NULL, shard integer NOT NULL,
    PRIMARY KEY (provider_id, carrier, shard)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0);

CREATE TABLE unmatched (
    id bigint NOT NULL, carrier text NOT NULL, provider_id text NOT NULL, at bigint NOT NULL, body bytea NOT NULL,
    shard integer NOT NULL, PRIMARY KEY (id, shard)
);

CREATE TABLE handovers (
    id bigint NOT NULL, node bigint NOT NULL, connector text NOT NULL, at bigint NOT NULL, body bytea NOT NULL,
    shard integer NOT NULL, PRIMARY KEY (id, shard)
);

-- A row a delivery and commit: `body` is a list of events in MessagePack, `said` has a bit for each thing said.
CREATE TABLE events (
    delivery bigint NOT NULL, n bigint NOT NULL, said bigint NOT NULL, body bytea NOT NULL, shard integer NOT NULL,
    PRIMARY KEY (delivery, n, shard)
) PARTITION BY RANGE (delivery);

CREATE TABLE outcomes (
    delivery bigint NOT NULL, attempt integer NOT NULL, account bigint NOT NULL, status smallint NOT NULL,
    reason smallint NOT NULL, detail text NOT NULL, step integer NOT NULL, round integer NOT NULL,
    connector text NOT NULL, parts integer NOT NULL, sent_at bigint NOT NULL, done_at bigint NOT NULL,
    ambiguous smallint NOT NULL, exhausted smallint NOT NULL, final smallint NOT NULL, late smallint NOT NULL,
    late_at bigint NOT NULL, twice smallint NOT NULL, seen_at bigint NOT NULL, shard integer NOT NULL,
    PRIMARY KEY (delivery, attempt, shard)
) PARTITION BY RANGE (delivery);

CREATE TABLE calls (
    delivery bigint NOT NULL, attempt integer NOT NULL, account bigint NOT NULL, campaign text COLLATE "C" NOT NULL,
    connector text COLLATE "C" NOT NULL, number text COLLATE "C" NOT NULL, reason integer NOT NULL,
    ended_at bigint NOT NULL, body bytea NOT NULL, agent text COLLATE "C" NOT NULL DEFAULT '', shard integer NOT NULL,
    PRIMARY KEY (delivery, attempt, shard)
) PARTITION BY RANGE (delivery);
CREATE INDEX calls_ended ON calls (ended_at, delivery, attempt);
CREATE INDEX calls_account ON calls (account, ended_at, delivery, attempt);
CREATE INDEX calls_campaign ON calls (account, campaign, ended_at, delivery, attempt, reason) WHERE campaign <> '';
CREATE INDEX calls_agent ON calls (account, campaign, agent, ended_at, reason) WHERE agent <> '';
CREATE INDEX calls_number ON calls (account, number, ended_at, delivery, attempt) WHERE number <> '';

-- Sharded by account: they are taken an account at a time.
CREATE TABLE reports (
    account bigint NOT NULL, delivery bigint NOT NULL, attempt integer NOT NULL, channel text NOT NULL,
    shard integer NOT NULL, PRIMARY KEY (account, delivery, attempt, shard)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0);
CREATE TABLE handouts (
    id bigint NOT NULL, account bigint NOT NULL, at bigint NOT NULL, body bytea NOT NULL, shard integer NOT NULL,
    PRIMARY KEY (account, id, shard)
);

CREATE TABLE pushes (
    account bigint NOT NULL, delivery bigint NOT NULL, attempt integer NOT NULL, url text COLLATE "C" NOT NULL,
    format text NOT NULL, due_at bigint NOT NULL, until bigint NOT NULL, tries integer NOT NULL,
    over integer NOT NULL, why text NOT NULL, topic integer NOT NULL, request bytea, number integer NOT NULL,
    shard integer NOT NULL, PRIMARY KEY (account, delivery, attempt, topic, number, shard)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX pushes_due ON pushes (url, due_at) WHERE over = 0;
CREATE INDEX pushes_over ON pushes (until) WHERE over = 1;
CREATE INDEX pushes_tried ON pushes (account) WHERE tries > 0;

CREATE TABLE webhooks (
    account bigint NOT NULL, application text COLLATE "C" NOT NULL, number integer NOT NULL, body bytea NOT NULL,
    PRIMARY KEY (account, application)
);
CREATE TABLE subscriptions (
    account bigint NOT NULL, event integer NOT NULL, number integer NOT NULL, url text NOT NULL,
    format text NOT NULL, request bytea NOT NULL, PRIMARY KEY (account, event, number)
);

CREATE TABLE devices (
    account bigint NOT NULL, application text COLLATE "C" NOT NULL, registration text COLLATE "C" NOT NULL, phone text COLLATE "C" NOT NULL,
    token text COLLATE "C" NOT NULL, platform text NOT NULL, is_primary integer NOT NULL, created_at bigint NOT NULL,
    PRIMARY KEY (account, application, registration)
);
CREATE INDEX devices_phone ON devices (account, application, phone);
CREATE INDEX devices_token ON devices (token);

CREATE TABLE inbound (
    id bigint NOT NULL, connector text NOT NULL, channel text NOT NULL, sender text NOT NULL,
    recipient text NOT NULL, text text NOT NULL, at bigint NOT NULL, data bytea NOT NULL, reference bytea,
    filed integer NOT NULL DEFAULT 0, shard integer NOT NULL, PRIMARY KEY (id, shard)
);
CREATE INDEX inbound_unfiled ON inbound (id) WHERE filed = 0;
CREATE INDEX inbound_unclaimed ON inbound (channel, recipient, id) WHERE filed = 2;

CREATE TABLE numbers (
    id bigint PRIMARY KEY, account bigint NOT NULL, channel text NOT NULL, number text NOT NULL, keyword text NOT NULL,
    url text NOT NULL, format text NOT NULL, created_at bigint NOT NULL, fresh integer NOT NULL
);
CREATE UNIQUE INDEX numbers_keyword ON numbers (channel, number, keyword);

CREATE TABLE received (
    id bigint NOT NULL, account bigint NOT NULL, body bytea NOT NULL, shard integer NOT NULL, PRIMARY KEY (id, shard)
);
CREATE INDEX received_account ON received (account, id);

CREATE TABLE stops (
    account bigint NOT NULL, bulk text COLLATE "C" NOT NULL, delivery bigint NOT NULL, paused integer NOT NULL,
    cancelled integer NOT NULL, send_at bigint NOT NULL, up_to bigint NOT NULL, open integer NOT NULL,
    at bigint NOT NULL, PRIMARY KEY (account, bulk, delivery)
);

CREATE TABLE people_lists (
    account bigint NOT NULL, key text COLLATE "C" NOT NULL, name text NOT NULL, size integer NOT NULL,
    created_at bigint NOT NULL, PRIMARY KEY (account, key)
);
CREATE TABLE people (
    account bigint NOT NULL, list text COLLATE "C" NOT NULL, n integer NOT NULL, profile bytea NOT NULL,
    PRIMARY KEY (account, list, n)
);

CREATE TABLE announcements (
    account bigint NOT NULL, id text COLLATE "C" NOT NULL, name text NOT NULL, length_ms integer NOT NULL,
    octets bigint NOT NULL, stem text NOT NULL, created_at bigint NOT NULL, PRIMARY KEY (account, id)
);

CREATE TABLE campaigns (
    account bigint NOT NULL, id text COLLATE "C" NOT NULL, body bytea NOT NULL,
    guid text COLLATE "C" NOT NULL DEFAULT '', PRIMARY KEY (account, id)
);
CREATE UNIQUE INDEX campaigns_guid ON campaigns (account, guid) WHERE guid <> '';
CREATE TABLE members (
    id bigint NOT NULL, account bigint NOT NULL, campaign text COLLATE "C" NOT NULL, phone text COLLATE "C" NOT NULL,
    external text COLLATE "C" NOT NULL, folded text COLLATE "C" NOT NULL, stand bigint NOT NULL, traits bigint NOT NULL,
    due_at bigint NOT NULL, not_before bigint NOT NULL, detail text NOT NULL, created_at bigint NOT NULL,
    changed_at bigint NOT NULL, body bytea, bare smallint NOT NULL DEFAULT 0, shard integer NOT NULL,
    PRIMARY KEY (id, shard)
);
CREATE INDEX members_campaign ON members (account, campaign, id, stand, traits, due_at, changed_at);
CREATE INDEX members_stands ON members (account, campaign, stand, traits, id);
CREATE UNIQUE INDEX members_external ON members (account, campaign, folded, external) WHERE external <> '';
CREATE INDEX members_changed ON members (account, campaign, changed_at, id);
CREATE INDEX members_full ON members (id) WHERE stand & 32 <> 0 AND bare = 0;
CREATE TABLE traits (
    account bigint NOT NULL, campaign text COLLATE "C" NOT NULL, key bigint NOT NULL, body bytea NOT NULL,
    PRIMARY KEY (account, campaign, key)
);
CREATE TABLE tallies (
    account bigint NOT NULL, campaign text COLLATE "C" NOT NULL, stand bigint NOT NULL, traits bigint NOT NULL,
    n bigint NOT NULL, PRIMARY KEY (account, campaign, stand, traits)
) WITH (fillfactor = 50);
CREATE TABLE member_texts (
    account bigint NOT NULL, campaign text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, first bigint NOT NULL,
    n bigint NOT NULL, last bigint NOT NULL, body bytea NOT NULL, until bigint NOT NULL DEFAULT 0,
    shard integer NOT NULL, PRIMARY KEY (account, campaign, name, first, n, shard)
);
CREATE INDEX member_texts_small ON member_texts (account, campaign, name, first, n)
    WHERE until = 0 AND length(body) < 8192;
CREATE INDEX member_texts_taken ON member_texts (until) WHERE until > 0;
CREATE TABLE externals (
    account bigint NOT NULL, campaign text COLLATE "C" NOT NULL, top bigint NOT NULL, PRIMARY KEY (account, campaign)
);
CREATE TABLE parts (
    account bigint NOT NULL, kind text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, body bytea NOT NULL,
    PRIMARY KEY (account, kind, id)
);
CREATE TABLE suppressions (
    account bigint NOT NULL, channel text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, reason integer NOT NULL,
    at bigint NOT NULL, PRIMARY KEY (account, channel, key)
);

-- What logs are found by, filled behind the hot path.
CREATE TABLE touched (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, body bytea NOT NULL, shard integer NOT NULL);
CREATE TABLE shelves (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, account bigint NOT NULL, channel text COLLATE "C" NOT NULL,
    sender text COLLATE "C" NOT NULL, reason integer NOT NULL
);
CREATE UNIQUE INDEX shelves_key ON shelves (account, channel, sender, reason);
CREATE TABLE search (
    day integer NOT NULL, subject bigint NOT NULL, shelf bigint NOT NULL, at bigint NOT NULL, delivery bigint NOT NULL,
    PRIMARY KEY (day, subject, shelf, at, delivery)
);
CREATE TABLE search_open (delivery bigint PRIMARY KEY, shelf bigint NOT NULL, at bigint NOT NULL);

-- Ids that no day has a part for yet: a clock far off. A node makes the parts of the coming days ahead.
CREATE TABLE messages_rest PARTITION OF messages DEFAULT;
CREATE TABLE deliveries_rest PARTITION OF deliveries DEFAULT;
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE TABLE outcomes_rest PARTITION OF outcomes DEFAULT;
CREATE TABLE calls_rest PARTITION OF calls DEFAULT;

-- Lists of numbers are written once and read once or never: to squeeze them costs more than to keep them.
ALTER TABLE handovers ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE handouts ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE touched ALTER COLUMN body SET STORAGE EXTERNAL;

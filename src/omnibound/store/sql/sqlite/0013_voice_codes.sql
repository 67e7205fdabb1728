-- Which family of OMNI's error codes an account reads for calls: 50xx or 100xx.

ALTER TABLE accounts ADD COLUMN voice_codes TEXT NOT NULL DEFAULT '50xx';

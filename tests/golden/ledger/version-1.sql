-- A ledger as version 1 left it: `.dump` of a file that cycles wrote before ledgers said their version.
BEGIN TRANSACTION;
CREATE TABLE deliveries (
	id INTEGER NOT NULL, 
	cycle VARCHAR(512) NOT NULL, 
	source VARCHAR(512) NOT NULL, 
	sha256 VARCHAR(512) NOT NULL, 
	seen_at VARCHAR(512) NOT NULL, 
	counts TEXT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (cycle, source, sha256)
);
INSERT INTO "deliveries" VALUES(1,'check-ins','attendance','old','2026-11-22T04:38:51Z','{"in_set": 3}');
CREATE TABLE receipts (
	id INTEGER NOT NULL, 
	cycle VARCHAR(512) NOT NULL, 
	source VARCHAR(512) NOT NULL, 
	version INTEGER NOT NULL, 
	sha256 VARCHAR(512) NOT NULL, 
	basis VARCHAR(512) NOT NULL, 
	seen_at VARCHAR(512) NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (cycle, source, version), 
	UNIQUE (cycle, source, sha256, basis)
);
INSERT INTO "receipts" VALUES(1,'check-ins','attendance',2,'new','ac08f28336a7a3a329b54c10c21bec54e0a3c24e378bd3c293d7e2e38ce46be4','2026-11-22T04:38:51Z','{"basis": {"contract": "one"}, "cells": 0, "contract": "", "contract_version": "", "excluded": {}, "header": [], "kept": "", "outcome": "", "path": "", "profile": {}, "quarantined": {}, "rows_mapped": 0, "rows_read": 0, "set_aside": 0, "types": {}, "used": 7}');
CREATE TABLE revisions (
	id INTEGER NOT NULL, 
	cycle VARCHAR(512) NOT NULL, 
	revision INTEGER NOT NULL, 
	inputs TEXT NOT NULL, 
	opened_at VARCHAR(512) NOT NULL, 
	because TEXT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (cycle, revision)
);
INSERT INTO "revisions" VALUES(1,'check-ins',1,'{"attendance": {"basis": {"contract": "one"}, "sha256": "new", "version": 2}}','2026-11-22T04:38:52Z','');
CREATE TABLE runs (
	id INTEGER NOT NULL, 
	run_id VARCHAR(512) NOT NULL, 
	cycle VARCHAR(512) NOT NULL, 
	kind VARCHAR(512) NOT NULL, 
	folder TEXT NOT NULL, 
	cycle_file TEXT NOT NULL, 
	started_at VARCHAR(512) NOT NULL, 
	finished_at VARCHAR(512), 
	state VARCHAR(512) NOT NULL, 
	exit_status INTEGER, 
	code VARCHAR(512), 
	holder TEXT NOT NULL, 
	results TEXT, 
	PRIMARY KEY (id), 
	UNIQUE (run_id)
);
INSERT INTO "runs" VALUES(1,'20261005T060000Z-ab12','check-ins','pdsa_cycle','/site/runs/check-ins/20261005T060000Z-ab12','/site/params/check-ins.yml','2026-11-22T04:38:52Z','2026-11-22T04:38:52Z','done',0,NULL,'{"host": "lab", "pid": 4}','{"decision": {"call": "adopt"}}');
CREATE TABLE seals (
	id INTEGER NOT NULL, 
	cycle VARCHAR(512) NOT NULL, 
	sealed_at VARCHAR(512) NOT NULL, 
	sha256 VARCHAR(512) NOT NULL, 
	sealed TEXT NOT NULL, 
	outcome_files TEXT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (cycle)
);
INSERT INTO "seals" VALUES(1,'check-ins','2026-11-22T04:38:51Z','afe82465020bf39289d67c4d6e0dedcc14b9800ff9d49d89c9aaf5c4c20c499b','{"size": 0.2}','[]');
CREATE TABLE spreads (
	id INTEGER NOT NULL, 
	cycle VARCHAR(512) NOT NULL, 
	measure TEXT NOT NULL, 
	cluster VARCHAR(512) NOT NULL, 
	icc FLOAT NOT NULL, 
	sd FLOAT, 
	n INTEGER NOT NULL, 
	n_clusters INTEGER NOT NULL, 
	kept_at VARCHAR(512) NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (cycle, measure, cluster)
);
INSERT INTO "spreads" VALUES(1,'check-ins','school_belonging.belonging','classroom_id',0.1,1.0,300,16,'2026-11-22T04:38:52Z');
COMMIT;

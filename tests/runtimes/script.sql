-- A bulk insertion, an index, write-ahead logging and checks; the same must come out on Linux and in the guest.
CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT, n REAL); CREATE INDEX i ON t(v);
BEGIN; WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x<20000) INSERT INTO t SELECT x, hex((x*7919)%20000), x/3.0 FROM c; COMMIT;
SELECT count(*), sum(n) FROM t; SELECT v, n FROM t ORDER BY v LIMIT 3; PRAGMA integrity_check; PRAGMA journal_mode=WAL; UPDATE t SET n=n+1 WHERE id%2=0; SELECT sum(n) FROM t; DELETE FROM t WHERE id>100; VACUUM; SELECT count(*) FROM t; PRAGMA integrity_check;

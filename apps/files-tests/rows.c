/*
 * Rows in a database of SQLite, each in a transaction of its own whose number is printed once COMMIT has answered.
 *
 *     rows write DATABASE JOURNAL COUNT      JOURNAL: delete, wal, truncate, persist; goes on behind the rows that are there
 *     rows check DATABASE                    "ok N": the database is whole and has N rows, numbered without a gap
 *
 * Whoever ends the writer at any moment must find every printed number again. The text of a row follows from its number, so a row
 * with another's bytes is found as well; every tenth transaction changes old rows and every fiftieth is taken back.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT = 600, BUSY_MS = 10000 };

static sqlite3 *database;

static void run(const char *statement)
{
	char *message = NULL;

	if (sqlite3_exec(database, statement, NULL, NULL, &message) != SQLITE_OK) {
		fprintf(stderr, "%.60s: %s (%d, errno %d)\n", statement, message, sqlite3_extended_errcode(database),
			sqlite3_system_errno(database));
		exit(1);
	}
}

static sqlite3_stmt *prepare(const char *statement)
{
	sqlite3_stmt *prepared;

	if (sqlite3_prepare_v2(database, statement, -1, &prepared, NULL) != SQLITE_OK) {
		fprintf(stderr, "%s: %s\n", statement, sqlite3_errmsg(database));
		exit(1);
	}
	return prepared;
}

static long long number_of(const char *statement)
{
	sqlite3_stmt *prepared = prepare(statement);
	long long number = sqlite3_step(prepared) == SQLITE_ROW ? sqlite3_column_int64(prepared, 0) : -1;

	sqlite3_finalize(prepared);
	return number;
}

static size_t text_of(long long number, char *text)
{
	size_t length = 40 + (size_t)(number * 7919 % (TEXT - 40));

	for (size_t index = 0; index < length; index++)
		text[index] = (char)('a' + (number + (long long)index * 31) % 26);
	return length;
}

static void insert(long long number)
{
	static sqlite3_stmt *prepared;
	char text[TEXT];
	size_t length = text_of(number, text);

	if (prepared == NULL)
		prepared = prepare("INSERT INTO rows(number, text, changes) VALUES (?, ?, 0)");
	sqlite3_bind_int64(prepared, 1, number);
	sqlite3_bind_text(prepared, 2, text, (int)length, SQLITE_TRANSIENT);
	if (sqlite3_step(prepared) != SQLITE_DONE) {
		fprintf(stderr, "row %lld: %s (errno %d)\n", number, sqlite3_errmsg(database), sqlite3_system_errno(database));
		exit(1);
	}
	sqlite3_reset(prepared);
}

static int write_rows(const char *journal, long long count)
{
	char statement[64];
	long long first;

	snprintf(statement, sizeof statement, "PRAGMA journal_mode=%s", journal);
	run(statement);
	run("PRAGMA synchronous=FULL");
	run("CREATE TABLE IF NOT EXISTS rows(number INTEGER PRIMARY KEY, text TEXT, changes INTEGER)");
	run("CREATE INDEX IF NOT EXISTS texts ON rows(text)");
	first = number_of("SELECT count(*) FROM rows") + 1;
	for (long long number = first; number < first + count; number++) {
		if (number % 50 == 0) {
			run("BEGIN");
			run("DELETE FROM rows WHERE number % 3 = 0");
			run("ROLLBACK");
		}
		run("BEGIN IMMEDIATE");
		insert(number);
		if (number % 10 == 0)
			run("UPDATE rows SET changes = changes + 1 WHERE number % 5 = 0");
		run("COMMIT");
		printf("%lld\n", number);
		fflush(stdout);
	}
	return 0;
}

static int check_rows(void)
{
	sqlite3_stmt *prepared = prepare("PRAGMA integrity_check");
	long long expected = 1;
	char text[TEXT];

	if (sqlite3_step(prepared) != SQLITE_ROW || strcmp((const char *)sqlite3_column_text(prepared, 0), "ok") != 0) {
		printf("damaged: %s\n", sqlite3_errmsg(database));
		return 1;
	}
	sqlite3_finalize(prepared);
	if (number_of("SELECT count(*) FROM sqlite_master WHERE name = 'rows'") == 0) {
		printf("ok 0\n");
		return 0;
	}
	prepared = prepare("SELECT number, text FROM rows ORDER BY number");
	for (; sqlite3_step(prepared) == SQLITE_ROW; expected++) {
		size_t length = text_of(expected, text);

		if (sqlite3_column_int64(prepared, 0) != expected || (size_t)sqlite3_column_bytes(prepared, 1) != length ||
		    memcmp(sqlite3_column_text(prepared, 1), text, length) != 0) {
			printf("row %lld is wrong\n", expected);
			return 1;
		}
	}
	printf("ok %lld\n", expected - 1);
	return 0;
}

int main(int argc, char **argv)
{
	int writes = argc == 5 && strcmp(argv[1], "write") == 0;

	if (!writes && (argc != 3 || strcmp(argv[1], "check") != 0)) {
		fprintf(stderr, "usage: %s write DATABASE JOURNAL COUNT | %s check DATABASE\n", argv[0], argv[0]);
		return 2;
	}
	if (sqlite3_open(argv[2], &database) != SQLITE_OK) {
		fprintf(stderr, "%s: %s\n", argv[2], sqlite3_errmsg(database));
		return 1;
	}
	sqlite3_busy_timeout(database, BUSY_MS);
	return writes ? write_rows(argv[3], atoll(argv[4])) : check_rows();
}

/*
 * Does what the lines of stdin ask for and answers each with a line: how files of an export look while the host changes them.
 *
 *     stat NAME    its size, or the error          cat NAME     its contents (up to 200 bytes), or the error
 *     open NAME    keeps it open                   more         what is behind the place where reading has stopped
 *     size         of the file that is open        list         how many names the working directory has
 *     fsync, fdatasync    of the file that is open
 *     read COUNT NAME                              opens, reads to the end and closes it so often; answers at the end
 *     random COUNT NAME    reads so many words at random of a file in which each word of 8 bytes is its own number; answers at the end
 *     make COUNT NAME, remove COUNT NAME           makes so many small files, or removes them; answers at the end
 *     names COUNT NAME     lists the directory so often; answers how many names it has
 *     map NAME             maps the file privately and adds up the first byte of each of its pages, from the last one on
 *     folders COUNT NAME, rename COUNT NAME        makes so many folders, or gives what was made other names and the old ones again
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char text[201];
static int kept = -1;

static void answer(long value, const char *what)
{
	if (value < 0)
		printf("%s\n", strerror(errno));
	else if (what != NULL)
		printf("%s\n", what);
	else
		printf("%ld\n", value);
	fflush(stdout);
}

static long read_all(int file)
{
	long done = 0, count;

	while ((count = read(file, text + done, sizeof text - 1 - done)) > 0) done += count;
	text[done] = 0;
	return count < 0 ? count : done;
}

static long cat(const char *name)
{
	int file = open(name, O_RDONLY);
	long count = file < 0 ? -1 : read_all(file);

	if (file >= 0) close(file);
	return count;
}

static long list(const char *name)
{
	DIR *directory = opendir(name);
	long count = 0;

	while (directory != NULL && readdir(directory) != NULL) count++;
	if (directory != NULL) closedir(directory);
	return count - 2;
}

static long make(const char *name)
{
	int file = open(name, O_CREAT | O_EXCL | O_WRONLY, 0644);
	long count = file < 0 ? -1 : write(file, "new", 3);

	if (file >= 0) close(file);
	return count;
}

static void repeat(long count, const char *stem, long (*work)(const char *name))
{
	char name[120];
	long result = 0;

	for (long i = 0; i < count && result >= 0; i++) {
		snprintf(name, sizeof name, "%s-%ld", stem, i);
		result = work(name);
	}
	answer(result, "done");
}

static long make_folder(const char *name)
{
	return mkdir(name, 0755);
}

static long rename_twice(const char *name)
{
	char other[130];

	snprintf(other, sizeof other, "%s-other", name);
	return rename(name, other) == 0 ? rename(other, name) : -1;
}

static long remove_name(const char *name)
{
	return unlink(name);
}

/* How many were right. Every third word is a page behind the one before: steps in order among the jumps. */
static long read_at_random(long count, const char *name)
{
	int file = open(name, O_RDONLY);
	uint64_t state = 88172645463325252u, place = 0, words, word;
	struct stat status;
	long right = 0;

	if (file < 0 || fstat(file, &status) != 0) return -1;
	words = (uint64_t)status.st_size / sizeof word;
	for (long i = 0; i < count; i++) {
		state ^= state << 13, state ^= state >> 7, state ^= state << 17;
		place = (i % 3 == 2 ? place + 4096 / sizeof word : state) % words;
		right += pread(file, &word, sizeof word, (off_t)(place * sizeof word)) == sizeof word && word == place;
	}
	close(file);
	return right;
}

static long map(const char *name)
{
	int file = open(name, O_RDONLY);
	struct stat status;
	unsigned char *bytes = MAP_FAILED;
	long sum = 0;

	if (file >= 0 && fstat(file, &status) == 0)
		bytes = mmap(NULL, status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
	if (bytes == MAP_FAILED) return -1;
	for (long page = (status.st_size - 1) / 4096; page >= 0; page--) sum += bytes[page * 4096];
	munmap(bytes, status.st_size);
	close(file);
	return sum;
}

static void serve(const char *verb, const char *name, long count)
{
	struct stat status;

	if (strcmp(verb, "stat") == 0) {
		answer(stat(name, &status) == 0 ? (long)status.st_size : -1, NULL);
	} else if (strcmp(verb, "cat") == 0) {
		answer(cat(name), text);
	} else if (strcmp(verb, "open") == 0) {
		if (kept >= 0) close(kept);
		kept = open(name, O_RDONLY);
		answer(kept, "open");
	} else if (strcmp(verb, "more") == 0) {
		answer(read_all(kept), text);
	} else if (strcmp(verb, "size") == 0) {
		answer(fstat(kept, &status) == 0 ? (long)status.st_size : -1, NULL);
	} else if (strcmp(verb, "fsync") == 0) {
		answer(fsync(kept), "synced");
	} else if (strcmp(verb, "fdatasync") == 0) {
		answer(fdatasync(kept), "synced");
	} else if (strcmp(verb, "list") == 0) {
		answer(list("."), NULL);
	} else if (strcmp(verb, "random") == 0) {
		answer(read_at_random(count, name), NULL);
	} else if (strcmp(verb, "make") == 0) {
		repeat(count, name, make);
	} else if (strcmp(verb, "folders") == 0) {
		repeat(count, name, make_folder);
	} else if (strcmp(verb, "rename") == 0) {
		repeat(count, name, rename_twice);
	} else if (strcmp(verb, "remove") == 0) {
		repeat(count, name, remove_name);
	} else if (strcmp(verb, "map") == 0) {
		answer(map(name), NULL);
	} else if (strcmp(verb, "names") == 0) {
		while (count-- > 1 && list(name) >= 0) continue;
		answer(list(name), NULL);
	} else {
		while (count-- > 0 && cat(name) >= 0) continue;
		answer(cat(name), text);
	}
}

int main(void)
{
	char line[200], verb[20], name[100];
	long count;

	while (fgets(line, sizeof line, stdin) != NULL) {
		name[0] = 0;
		count = 0;
		if (sscanf(line, "%19s %ld %99s", verb, &count, name) == 3) serve(verb, name, count);
		else if (sscanf(line, "%19s %99s", verb, name) >= 1) serve(verb, name, 0);
	}
	return 0;
}

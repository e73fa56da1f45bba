/* flock: shared and exclusive among descriptions, changing one's mind, duplicates, what has no lock. */
#include "files.h"
#include <sys/file.h>

int main(void)
{
	int pipes[2];

	enter_work_folder();
	make_file("file", "x");
	int one = open("file", O_RDONLY), two = open("file", O_RDWR), copy = dup(one), folder = open(".", O_RDONLY), other = open(".", O_RDONLY);

	NEED(pipe(pipes) == 0);
	CALL(flock(one, LOCK_SH | LOCK_NB));
	CALL(flock(two, LOCK_SH | LOCK_NB));
	CALL(flock(one, LOCK_EX | LOCK_NB));
	printf("and has lost the lock that it had:\n");
	CALL(flock(two, LOCK_EX | LOCK_NB));
	CALL(flock(two, LOCK_UN));
	CALL(flock(one, LOCK_EX | LOCK_NB));
	CALL(flock(two, LOCK_SH | LOCK_NB));
	CALL(flock(copy, LOCK_SH | LOCK_NB));
	CALL(flock(two, LOCK_SH | LOCK_NB));
	CALL(flock(copy, LOCK_UN));
	CALL(flock(two, LOCK_EX | LOCK_NB));
	CALL(flock(one, LOCK_SH | LOCK_NB));
	CALL(close(two));
	CALL(flock(one, LOCK_EX | LOCK_NB));
	CALL(flock(folder, LOCK_EX | LOCK_NB));
	CALL(flock(other, LOCK_SH | LOCK_NB));
	CALL(flock(one, 0));
	CALL(flock(one, LOCK_SH | LOCK_EX));
	CALL(flock(one, LOCK_NB));
	CALL(flock(99, LOCK_SH));
	CALL(flock(99, 77));
	CALL(flock(pipes[0], LOCK_SH | LOCK_NB));
	remove_work_folder();
	return 0;
}

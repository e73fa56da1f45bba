/* The C library's files in /tmp: formatted writing and reading, seeking, appending, temporary files. */
// libc: both
#include "differ.h"

int main(void)
{
	char path[] = "/tmp/differ-XXXXXX", line[100];
	int number = 0, sum = 0;

	NEED(close(mkstemp(path)) == 0);
	FILE *file = fopen(path, "w+");
	NEED(file != NULL);
	for (int index = 0; index < 2000; index++)
		fprintf(file, "line %d\n", index);
	SHOW(ftell(file));
	rewind(file);
	while (fgets(line, sizeof line, file))
		if (sscanf(line, "line %d", &number) == 1)
			sum += number;
	SHOW(sum);
	HOLDS(feof(file) != 0);
	CALL(fseek(file, 5, SEEK_SET));
	SHOW(fgetc(file));
	CALL(fclose(file));
	file = fopen(path, "a");
	fputs("the end\n", file);
	CALL(fclose(file));
	file = fopen(path, "r");
	CALL(fseek(file, -4, SEEK_END));
	HOLDS(fgets(line, sizeof line, file) != NULL);
	fputs(line, stdout);
	CALL(fclose(file));
	CALL(remove(path));
	HOLDS(fopen(path, "r") == NULL && errno == ENOENT);
	file = tmpfile();
	HOLDS(file != NULL && fputs("text", file) >= 0 && fclose(file) == 0);
	return 0;
}

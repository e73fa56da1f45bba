/*
 * Reads stdin line by line through stdio and prints each line's number and length: buffered input, a last line without
 * an end, an empty input.
 */
#include <stdio.h>
#include <string.h>

int main(void)
{
	static char line[4096];
	int number = 0;

	while (fgets(line, sizeof line, stdin))
		printf("%d: %zu\n", ++number, strcspn(line, "\n"));
	printf("%d lines, %s\n", number, feof(stdin) ? "end of file" : "error");
	return 0;
}

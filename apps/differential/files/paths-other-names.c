/* Names of dots, blanks, line ends and bytes above 127 are names as others are; they come back from a listing as they were given. */
#include "files.h"

static int compare(const struct dirent **left, const struct dirent **right)
{
	return strcmp((*left)->d_name, (*right)->d_name);
}

int main(void)
{
	static const char *const names[] = {"...", ".hidden", " ", "a b", "line\nend", "\xff\xfe", "\xc3\xa4", "-n", "*", "back\\slash", "tab\t", "\x01", "a:b", "~", "#", "quote\"'"};
	struct dirent **entries;

	enter_work_folder();
	for (size_t index = 0; index < ARRAY_LENGTH(names); index++)
		make_file(names[index], "x");
	int count = scandir(".", &entries, NULL, compare);

	SHOW(count);
	for (int index = 0; index < count; index++) {
		for (const char *byte = entries[index]->d_name; *byte; byte++)
			printf("%02x ", (unsigned char)*byte);
		printf("\n");
		free(entries[index]);
	}
	free(entries);
	for (size_t index = 0; index < ARRAY_LENGTH(names); index++)
		NEED(unlink(names[index]) == 0);
	remove_work_folder();
	return 0;
}

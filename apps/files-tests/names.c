/*
 * Random operations on names below one folder, against a model of inodes and names: create, link, symlink, unlink, mkdir, rmdir,
 * rename with its flags, open files that lose their names, and listings.
 *
 * The model says beforehand which error each call must give. What a file system cannot do (to exchange names; to move a folder
 * without replacing) it may refuse with EINVAL; then the change is made by other calls, so that the tree is the same everywhere.
 */
#include "model.h"
#include <dirent.h>
#include <limits.h>

enum { NODES = 400, NAMES = 7, DEPTH = 5, NONE = -1, CHECK_EVERY = 200, MOST_CHECKS = 20, TEXT = 64 };
enum kind { NOTHING, FILE_NODE, FOLDER, LINK };

struct node {
	enum kind kind;
	int links; /* names of a file */
	int parent; /* of a folder */
	int entries[NAMES];
	char text[TEXT]; /* of a file; target of a symbolic link */
	ino_t number;
};

static struct node nodes[NODES];
static const char *const names[NAMES] = { "a", "b", "c", "long name with blanks", "d.txt", "\xc3\xa4\xc3\xb6", "e" };
static uint32_t seen = CHECKSUM_START;

static int make_node(enum kind kind)
{
	for (int index = 1; index < NODES; index++)
		if (nodes[index].kind == NOTHING) {
			nodes[index] = (struct node){ .kind = kind, .links = 1, .parent = NONE };
			for (int entry = 0; entry < NAMES; entry++)
				nodes[index].entries[entry] = NONE;
			return index;
		}
	FAIL("the model is full");
}

static int depth_of(int folder)
{
	int depth = 0;

	for (; folder != 0; folder = nodes[folder].parent)
		depth++;
	return depth;
}

static int is_empty(int folder)
{
	for (int entry = 0; entry < NAMES; entry++)
		if (nodes[folder].entries[entry] != NONE)
			return 0;
	return 1;
}

/* Whether `inner` is `outer` or lies below it. */
static int is_within(int inner, int outer)
{
	while (inner != outer && inner != 0)
		inner = nodes[inner].parent;
	return inner == outer;
}

struct place {
	int folder, entry;
	char path[PATH_MAX];
};

static void path_of(int folder, char *path)
{
	int parent = nodes[folder].parent;

	if (folder == 0) {
		strcpy(path, "names.tree");
		return;
	}
	path_of(parent, path);
	for (int entry = 0; entry < NAMES; entry++)
		if (nodes[parent].entries[entry] == folder)
			strcat(strcat(path, "/"), names[entry]);
}

static int random_folder(void)
{
	int index;

	do
		index = (int)random_below(NODES);
	while (nodes[index].kind != FOLDER);
	return random_below(3) == 0 ? 0 : index;
}

static struct place random_place(void)
{
	struct place place = { .folder = random_folder(), .entry = (int)random_below(NAMES) };

	path_of(place.folder, place.path);
	strcat(strcat(place.path, "/"), names[place.entry]);
	return place;
}

static int *slot_of(const struct place *place)
{
	return &nodes[place->folder].entries[place->entry];
}

static enum kind kind_at(const struct place *place)
{
	int node = *slot_of(place);

	return node == NONE ? NOTHING : nodes[node].kind;
}

static void drop_name(int node)
{
	if (nodes[node].kind == FOLDER || --nodes[node].links == 0)
		nodes[node].kind = NOTHING;
}

/* Compares one call with what the model expects: 0 or the error. Says whether it was done. */
static int expect(long result, int error)
{
	int number = result == -1 ? errno : 0;

	if (number != error)
		FAIL("the error is %d (%s), not %d (%s)", number, strerror(number), error, strerror(error));
	seen = checksum(seen, &error, sizeof error);
	return error == 0;
}

static void write_text(int file, int node)
{
	snprintf(nodes[node].text, TEXT, "node %d, operation %lu", node, operation_number);
	NEED(ftruncate(file, 0) == 0);
	NEED_EQUAL(write(file, nodes[node].text, strlen(nodes[node].text)), strlen(nodes[node].text));
}

static void check_text(int file, const char *text)
{
	char buffer[TEXT + 1] = "";

	NEED_EQUAL(pread(file, buffer, TEXT, 0), strlen(text));
	if (strcmp(buffer, text) != 0)
		FAIL("the file holds \"%s\", not \"%s\"", buffer, text);
}

static int count_nodes(void)
{
	int count = 0;

	for (int index = 0; index < NODES; index++)
		count += nodes[index].kind != NOTHING;
	return count;
}

static void do_create(void)
{
	struct place place = random_place();
	enum kind kind = kind_at(&place);
	int node, file, exclusive = random_below(2) ? O_EXCL : 0;

	if (kind == LINK && !exclusive)
		return;
	file = open(place.path, O_RDWR | O_CREAT | exclusive, 0644);
	if (!expect(file, kind == NOTHING ? 0 : exclusive ? EEXIST : kind == FOLDER ? EISDIR : 0))
		return;
	if (kind == NOTHING)
		*slot_of(&place) = make_node(FILE_NODE);
	node = *slot_of(&place);
	write_text(file, node);
	check_text(file, nodes[node].text);
	NEED(close(file) == 0);
}

static void do_mkdir(void)
{
	struct place place = random_place();
	int node;

	if (depth_of(place.folder) >= DEPTH)
		return;
	if (!expect(mkdir(place.path, 0755), kind_at(&place) == NOTHING ? 0 : EEXIST))
		return;
	node = make_node(FOLDER);
	nodes[node].parent = place.folder;
	*slot_of(&place) = node;
}

static void do_symlink(void)
{
	struct place place = random_place(), target = random_place();
	int node;

	/* The text need not fit the place where the link lies. */
	target.path[TEXT - 1] = '\0';
	if (!expect(symlink(target.path, place.path), kind_at(&place) == NOTHING ? 0 : EEXIST))
		return;
	node = make_node(LINK);
	strcpy(nodes[node].text, target.path);
	*slot_of(&place) = node;
}

static void do_link(void)
{
	struct place from = random_place(), to = random_place();
	enum kind kind = kind_at(&from);
	int error = kind == NOTHING ? ENOENT : kind_at(&to) != NOTHING ? EEXIST : kind == FOLDER ? EPERM : 0;

	if (!expect(link(from.path, to.path), error))
		return;
	*slot_of(&to) = *slot_of(&from);
	nodes[*slot_of(&from)].links++;
}

static void do_unlink(void)
{
	struct place place = random_place();
	enum kind kind = kind_at(&place);

	if (!expect(unlink(place.path), kind == NOTHING ? ENOENT : kind == FOLDER ? EISDIR : 0))
		return;
	drop_name(*slot_of(&place));
	*slot_of(&place) = NONE;
}

static void do_rmdir(void)
{
	struct place place = random_place();
	enum kind kind = kind_at(&place);
	int error = kind == NOTHING ? ENOENT : kind != FOLDER ? ENOTDIR : is_empty(*slot_of(&place)) ? 0 : ENOTEMPTY;

	if (!expect(rmdir(place.path), error))
		return;
	drop_name(*slot_of(&place));
	*slot_of(&place) = NONE;
}

enum { NOREPLACE = 1, EXCHANGE = 2 };

/* In the order in which Linux looks: vfs_rename and what comes before it. */
static int rename_error(const struct place *from, const struct place *to, int flags)
{
	int source = *slot_of(from), target = *slot_of(to);
	int is_folder = kind_at(from) == FOLDER;

	if (source == NONE)
		return ENOENT;
	if (flags == NOREPLACE && target != NONE)
		return EEXIST;
	if (flags == EXCHANGE && target == NONE)
		return ENOENT;
	if (is_folder && is_within(to->folder, source))
		return EINVAL;
	if (kind_at(to) == FOLDER && is_within(from->folder, target))
		return flags == EXCHANGE ? EINVAL : ENOTEMPTY;
	if (source == target || target == NONE || flags == EXCHANGE)
		return 0;
	if (is_folder != (kind_at(to) == FOLDER))
		return is_folder ? ENOTDIR : EISDIR;
	return is_folder && !is_empty(target) ? ENOTEMPTY : 0;
}

static void rename_by_other_calls(const struct place *from, const struct place *to, int flags)
{
	if (flags == NOREPLACE) {
		NEED(rename(from->path, to->path) == 0);
		return;
	}
	if (*slot_of(from) == *slot_of(to))
		return;
	NEED(rename(from->path, "names.tree/exchanged") == 0);
	NEED(rename(to->path, from->path) == 0);
	NEED(rename("names.tree/exchanged", to->path) == 0);
}

static int height_of(int node)
{
	int height = 0;

	for (int entry = 0; nodes[node].kind == FOLDER && entry < NAMES; entry++)
		if (nodes[node].entries[entry] != NONE) {
			int below = 1 + height_of(nodes[node].entries[entry]);

			height = below > height ? below : height;
		}
	return height;
}

static void rename_model(const struct place *from, const struct place *to, int flags)
{
	int source = *slot_of(from), target = *slot_of(to);

	if (source == target)
		return;
	if (nodes[source].kind == FOLDER)
		nodes[source].parent = to->folder;
	if (flags == EXCHANGE && nodes[target].kind == FOLDER)
		nodes[target].parent = from->folder;
	if (flags != EXCHANGE && target != NONE)
		drop_name(target);
	*slot_of(to) = source;
	*slot_of(from) = flags == EXCHANGE ? target : NONE;
}

static void do_rename(void)
{
	struct place from = random_place(), to = random_place();
	int flags = (int[]){ 0, 0, 0, NOREPLACE, EXCHANGE }[random_below(5)];
	int error = rename_error(&from, &to, flags);
	long result;

	if (error == 0 && depth_of(to.folder) + height_of(*slot_of(&from)) > DEPTH)
		return;
	if (error == 0 && flags == EXCHANGE && depth_of(from.folder) + height_of(*slot_of(&to)) > DEPTH)
		return;
	result = renameat2(AT_FDCWD, from.path, AT_FDCWD, to.path, (unsigned)flags);
	if (error == 0 && flags != 0 && result == -1 && errno == EINVAL) {
		rename_by_other_calls(&from, &to, flags);
		result = 0;
	}
	if (expect(result, error))
		rename_model(&from, &to, flags);
}

static void check_place(const struct place *place)
{
	static const mode_t types[] = { [FILE_NODE] = S_IFREG, [FOLDER] = S_IFDIR, [LINK] = S_IFLNK };
	int node = *slot_of(place);
	struct stat status;
	char target[PATH_MAX] = "";
	int file;

	if (!expect(lstat(place->path, &status), node == NONE ? ENOENT : 0))
		return;
	NEED_EQUAL(status.st_mode & S_IFMT, types[nodes[node].kind]);
	if (nodes[node].number == 0)
		nodes[node].number = status.st_ino;
	NEED_EQUAL(status.st_ino, nodes[node].number);
	if (nodes[node].kind == FOLDER)
		return;
	NEED_EQUAL(status.st_nlink, nodes[node].links);
	NEED_EQUAL(status.st_size, strlen(nodes[node].text));
	if (nodes[node].kind == LINK) {
		NEED_EQUAL(readlink(place->path, target, sizeof target), strlen(nodes[node].text));
		NEED(strcmp(target, nodes[node].text) == 0);
		return;
	}
	NEED((file = open(place->path, O_RDONLY)) >= 0);
	check_text(file, nodes[node].text);
	NEED(close(file) == 0);
}

static void do_stat(void)
{
	struct place place = random_place();

	check_place(&place);
}

/* A name behind what is no folder, and behind nothing. */
static void do_walk_astray(void)
{
	struct place place = random_place();
	enum kind kind = kind_at(&place);
	struct stat status;

	if (kind != FILE_NODE && kind != NOTHING)
		return;
	strcat(place.path, "/below");
	expect(lstat(place.path, &status), kind == FILE_NODE ? ENOTDIR : ENOENT);
	expect(open(place.path, O_CREAT | O_RDWR, 0644), kind == FILE_NODE ? ENOTDIR : ENOENT);
}

static void check_listing(int folder, const char *path)
{
	int found[NAMES] = { 0 };
	DIR *listing = opendir(path);
	struct dirent *entry;

	NEED(listing != NULL);
	while ((entry = readdir(listing)) != NULL) {
		int at = 0;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		while (at < NAMES && strcmp(entry->d_name, names[at]) != 0)
			at++;
		if (at == NAMES || nodes[folder].entries[at] == NONE)
			FAIL("%s has \"%s\", which should not exist", path, entry->d_name);
		found[at]++;
	}
	NEED(closedir(listing) == 0);
	for (int at = 0; at < NAMES; at++)
		NEED_EQUAL(found[at], nodes[folder].entries[at] != NONE);
}

static void do_list(void)
{
	int folder = random_folder();
	char path[PATH_MAX];

	path_of(folder, path);
	check_listing(folder, path);
}

/* An open file keeps its bytes when its name goes or moves, also to another file's. */
static void do_use_while_names_change(void)
{
	struct place place = random_place(), to = random_place();
	struct stat status;
	char text[TEXT];
	int file, node = *slot_of(&place), links;

	if (kind_at(&place) != FILE_NODE || kind_at(&to) == FOLDER)
		return;
	NEED((file = open(place.path, O_RDWR)) >= 0);
	strcpy(text, nodes[node].text);
	links = nodes[node].links;
	if (random_below(2)) {
		NEED(unlink(place.path) == 0);
		drop_name(node);
		*slot_of(&place) = NONE;
		links--;
	} else {
		NEED(rename(place.path, to.path) == 0);
		rename_model(&place, &to, 0);
	}
	NEED(fstat(file, &status) == 0);
	NEED_EQUAL(status.st_nlink, links);
	check_text(file, text);
	NEED_EQUAL(pwrite(file, "NODE", 4, 0), 4);
	memcpy(text, "NODE", 4);
	check_text(file, text);
	if (links > 0)
		strcpy(nodes[node].text, text);
	NEED(close(file) == 0);
}

static void check_tree(void)
{
	operation_name = "check of the whole tree";
	for (int folder = 0; folder < NODES; folder++) {
		struct place place = { .folder = folder };

		if (nodes[folder].kind != FOLDER)
			continue;
		path_of(folder, place.path);
		check_listing(folder, place.path);
		for (; place.entry < NAMES; place.entry++) {
			path_of(folder, place.path);
			strcat(strcat(place.path, "/"), names[place.entry]);
			check_place(&place);
		}
	}
}

static const struct {
	const char *name;
	void (*act)(void);
	unsigned weight;
} operations[] = {
	{ "create", do_create, 10 }, { "mkdir", do_mkdir, 6 },	  { "symlink", do_symlink, 3 },
	{ "link", do_link, 5 },	     { "unlink", do_unlink, 5 },  { "rmdir", do_rmdir, 3 },
	{ "rename", do_rename, 12 }, { "stat", do_stat, 6 },	  { "list", do_list, 3 },
	{ "walk astray", do_walk_astray, 2 }, { "use while names change", do_use_while_names_change, 4 },
};

static void one_operation(void)
{
	unsigned total = 0, choice;
	size_t index = 0;

	for (size_t at = 0; at < sizeof operations / sizeof *operations; at++)
		total += operations[at].weight;
	choice = random_below(total);
	while (choice >= operations[index].weight)
		choice -= operations[index++].weight;
	operation_name = operations[index].name;
	/* Rather too few new names than no room for them. */
	if (count_nodes() > NODES - 8)
		operation_name = "unlink", do_unlink();
	else
		operations[index].act();
}

int main(int argc, char **argv)
{
	unsigned long count = start_model(argc, argv);
	/* A look at the whole tree is some thousand calls: a long run has fewer of them. */
	unsigned long every = count / MOST_CHECKS > CHECK_EVERY ? count / MOST_CHECKS : CHECK_EVERY;

	nodes[0] = (struct node){ .kind = FOLDER };
	for (int entry = 0; entry < NAMES; entry++)
		nodes[0].entries[entry] = NONE;
	NEED(mkdir("names.tree", 0755) == 0);
	for (operation_number = 1; operation_number <= count; operation_number++) {
		one_operation();
		if (operation_number % every == 0)
			check_tree();
	}
	check_tree();
	printf("%lu operations, %d inodes, seen %08x\n", count, count_nodes(), seen);
	return 0;
}

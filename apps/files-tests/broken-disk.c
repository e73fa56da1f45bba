/*
 * A file system of the host that answers with EIO, as one on a dying disk does: a tiny FUSE server without a library.
 *
 *     broken-disk FOLDER     mounts itself there, prints "mounted", serves until its input ends, and unmounts
 *
 * In it: "file", of 64 KiB, of which only the first 16 can be read and written, and which cannot be synced, cut off or removed; "lost", of which
 * nothing is known but the name; and no new names. Listings fail, too. <linux/fuse.h> is the protocol.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILE_BYTES 0x10000u
#define GOOD_BYTES 0x4000u
#define FILE_NODE 2
/* FUSE_STATX, which older headers do not name: without it the kernel asks by FUSE_GETATTR. */
#define ASK_STATX 52
#define MOST_WRITE 0x20000
#define REQUEST_BYTES (MOST_WRITE + 0x1000)

static char good[GOOD_BYTES];

static void answer(int device, uint64_t unique, int error, const void *data, size_t bytes)
{
	struct fuse_out_header header = {.len = (uint32_t)(sizeof header + bytes), .error = -error, .unique = unique};
	struct iovec parts[2] = {{&header, sizeof header}, {(void *)data, bytes}};

	/* A request that was given up meanwhile is answered with ENOENT. */
	if (writev(device, parts, bytes > 0 ? 2 : 1) < 0 && errno != ENOENT)
		perror("broken-disk");
}

static struct fuse_attr attributes_of(uint64_t node)
{
	struct fuse_attr attributes = {.ino = node, .nlink = 1, .blksize = 4096};

	attributes.mode = node == FILE_NODE ? S_IFREG | 0644 : S_IFDIR | 0755;
	attributes.size = node == FILE_NODE ? FILE_BYTES : 0;
	attributes.blocks = attributes.size / 512;
	attributes.uid = getuid();
	attributes.gid = getgid();
	return attributes;
}

static void begin(int device, uint64_t unique)
{
	struct fuse_init_out out = {.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION, .max_write = MOST_WRITE};

	answer(device, unique, 0, &out, sizeof out);
}

static void look_up(int device, const struct fuse_in_header *header, const char *name)
{
	struct fuse_entry_out out = {.nodeid = FILE_NODE, .generation = 1, .attr = attributes_of(FILE_NODE)};

	if (strcmp(name, "file") == 0)
		answer(device, header->unique, 0, &out, sizeof out);
	else
		answer(device, header->unique, strcmp(name, "lost") == 0 ? EIO : ENOENT, NULL, 0);
}

static void read_part(int device, uint64_t unique, const struct fuse_read_in *in)
{
	if (in->offset >= FILE_BYTES)
		answer(device, unique, 0, NULL, 0);
	else if (in->offset + in->size <= GOOD_BYTES)
		answer(device, unique, 0, good + in->offset, in->size);
	else
		answer(device, unique, EIO, NULL, 0);
}

static void write_part(int device, uint64_t unique, const struct fuse_write_in *in)
{
	struct fuse_write_out out = {.size = in->size};

	if (in->offset + in->size > GOOD_BYTES) {
		answer(device, unique, EIO, NULL, 0);
		return;
	}
	memcpy(good + in->offset, in + 1, in->size);
	answer(device, unique, 0, &out, sizeof out);
}

static void serve(int device, const struct fuse_in_header *header)
{
	const void *body = header + 1;
	struct fuse_attr_out attributes = {.attr = attributes_of(header->nodeid)};
	struct fuse_open_out opened = {.fh = 0};
	struct fuse_statfs_out space = {.st = {.bsize = 4096, .namelen = 255, .frsize = 4096}};

	switch (header->opcode) {
	case FUSE_INIT:
		begin(device, header->unique);
		break;
	case FUSE_LOOKUP:
		look_up(device, header, body);
		break;
	case FUSE_GETATTR:
		answer(device, header->unique, 0, &attributes, sizeof attributes);
		break;
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		answer(device, header->unique, 0, &opened, sizeof opened);
		break;
	case FUSE_READ:
		read_part(device, header->unique, body);
		break;
	case FUSE_WRITE:
		write_part(device, header->unique, body);
		break;
	case FUSE_STATFS:
		answer(device, header->unique, 0, &space, sizeof space);
		break;
	case FUSE_FLUSH:
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
		answer(device, header->unique, 0, NULL, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	case FUSE_GETXATTR:
	case FUSE_LISTXATTR:
	case FUSE_ACCESS:
	case FUSE_LSEEK:
	case ASK_STATX:
		answer(device, header->unique, ENOSYS, NULL, 0);
		break;
	default:
		answer(device, header->unique, EIO, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	static char request[REQUEST_BYTES] __attribute__((aligned(8)));
	int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	struct pollfd waits[2] = {{.fd = device, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
	char options[100];

	memset(good, 'g', sizeof good);
	snprintf(options, sizeof options, "fd=%d,rootmode=40755,user_id=%u,group_id=%u", device, getuid(), getgid());
	if (argc != 2 || device < 0 || mount("broken-disk", argv[1], "fuse", MS_NOSUID | MS_NODEV, options) != 0) {
		printf("%s\n", strerrorname_np(errno));
		return 1;
	}
	printf("mounted\n");
	fflush(stdout);
	while (poll(waits, 2, -1) > 0 && waits[1].revents == 0)
		if (waits[0].revents != 0 && read(device, request, sizeof request) > 0)
			serve(device, (const struct fuse_in_header *)request);
	return umount2(argv[1], MNT_DETACH) != 0;
}

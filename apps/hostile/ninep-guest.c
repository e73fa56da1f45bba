/*
 * A guest that goes past its kernel: it writes the queue of the file protocol (abi/ninep.ts) itself and rings the monitor's doorbell
 * (abi/uhyve.ts), which nothing in one address space keeps it from. What it must not get is anything outside of its export.
 *
 *     ninep-guest QUEUE DIRECT_MAP MODE      addresses in hexadecimal: the kernel's ninepQueue, where physical memory is mapped
 *
 * "escape" tries every way out that the protocol has, then to exhaust the server, and ends with the number of tries that were refused.
 * The other modes break one rule of the queue each; the monitor must end the guest for it.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUEUE_SIZE = 128, NEXT = 1, WRITES = 2, DOORBELL = 0xe14 };
enum { REQUEST_AT = 0x10000, ANSWER_AT = 0x20000, ROOM = 0x8000 };
enum { TSYMLINK = 16, TMKNOD = 18, TLOPEN = 12, TLCREATE = 14, TRENAME = 20, TLINK = 70, TRENAMEAT = 74, TUNLINKAT = 76 };
enum { TVERSION = 100, TATTACH = 104, TWALK = 110, TWRITE = 118, TCLUNK = 120, TREMOVE = 122, RLERROR = 7 };
enum { NO_ROOM = 0, EPERM_ = 1, EMFILE_ = 24, ELOOP_ = 40 };
#define O_CREAT_ 0100u
#define NO_FID 0xffffffffu

struct descriptor { uint64_t address; uint32_t bytes; uint16_t flags, next; };
struct queue {
  struct descriptor descriptors[QUEUE_SIZE];
  uint16_t avail_flags, avail_index, avail[QUEUE_SIZE], used_event, padding, used_flags;
  volatile uint16_t used_index;
};

static volatile struct queue *queue;
static uint8_t *memory;
static uint8_t *message;
static size_t size;
static unsigned refused, wrong;

static void put(const void *bytes, size_t count) { memcpy(message + size, bytes, count); size += count; }
static void put32(uint32_t value) { put(&value, 4); }
static void put16(uint16_t value) { put(&value, 2); }
static void put_text(const char *text) { put16((uint16_t)strlen(text)); put(text, strlen(text)); }

static void begin(uint8_t type) {
  message = memory + REQUEST_AT;
  size = 4;
  put(&type, 1);
  put16(7);
}

static void publish(uint16_t head) {
  queue->avail[queue->avail_index % QUEUE_SIZE] = head;
  __atomic_thread_fence(__ATOMIC_RELEASE);
  queue->avail_index++;
}

static void ring(void) {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  __asm__ volatile("outl %%eax, %%dx" : : "a"(0), "d"(DOORBELL) : "memory");
}

static void describe(uint16_t index, uint64_t address, uint32_t bytes, uint16_t flags, uint16_t next) {
  queue->descriptors[index].address = address;
  queue->descriptors[index].bytes = bytes;
  queue->descriptors[index].flags = flags;
  queue->descriptors[index].next = next;
}

/* Sends the message: 0, or the errno of its Rlerror. */
static int ask(void) {
  uint32_t bytes = (uint32_t)size;
  memcpy(message, &bytes, 4);
  describe(0, REQUEST_AT, bytes, NEXT, 1);
  describe(1, ANSWER_AT, ROOM, WRITES, 0);
  uint16_t before = queue->used_index;
  publish(0);
  ring();
  while (queue->used_index == before) ring();
  uint32_t error;
  memcpy(&error, memory + ANSWER_AT + 7, 4);
  return memory[ANSWER_AT + 4] == RLERROR ? (int)error : 0;
}

static void must_fail(const char *what) {
  if (ask() != 0) {
    refused++;
    return;
  }
  wrong++;
  printf("NOT REFUSED: %s\n", what);
}

static int walk(uint32_t from, uint32_t to, const char *name) {
  begin(TWALK);
  put32(from);
  put32(to);
  put16(name != NULL);
  if (name != NULL) put_text(name);
  return ask();
}

static int clunk(uint32_t fid) {
  begin(TCLUNK);
  put32(fid);
  return ask();
}

static void start_session(void) {
  begin(TVERSION);
  put32(65536);
  put_text("9P2000.L");
  if (ask() != 0) printf("no session\n");
  begin(TATTACH);
  put32(0);
  put32(NO_FID);
  put_text("");
  put_text("m00");
  put32(0);
  if (ask() != 0) printf("no root\n");
}

static const char *const NAMES[] = { "..", ".", "", "../secret", "/etc/passwd", "out/../../secret", "out/secret", "\001/.." };

static void try_name(const char *name) {
  begin(TWALK); put32(0); put32(9); put16(1); put_text(name); must_fail("Twalk");
  begin(TWALK); put32(0); put32(9); put16(2); put_text(name); put_text("secret"); must_fail("Twalk of two");
  begin(TUNLINKAT); put32(0); put_text(name); put32(0); must_fail("Tunlinkat");
  begin(TUNLINKAT); put32(0); put_text(name); put32(0x200); must_fail("Tunlinkat of a directory");
  begin(TRENAMEAT); put32(0); put_text(name); put32(0); put_text("mine"); must_fail("Trenameat from");
  begin(TRENAMEAT); put32(0); put_text("mine"); put32(0); put_text(name); must_fail("Trenameat to");
  begin(TSYMLINK); put32(0); put_text(name); put_text("x"); put32(0); must_fail("Tsymlink");
  begin(TLINK); put32(0); put32(1); put_text(name); must_fail("Tlink");
  begin(TRENAME); put32(1); put32(0); put_text(name); must_fail("Trename");
  walk(0, 8, NULL);
  begin(TLCREATE); put32(8); put_text(name); put32(O_CREAT_ | 2); put32(0644); put32(0); must_fail("Tlcreate");
  clunk(8);
}

/* "out" is a link of the host to the directory above the export; a link of our own leads to the root. */
static void try_links(void) {
  begin(TSYMLINK); put32(0); put_text("own"); put_text("/"); put32(0);
  ask();
  const char *const links[] = { "out", "own" };
  for (int i = 0; i < 2; i++) {
    if (walk(0, 2, links[i]) != 0) printf("no link %s\n", links[i]);
    if (walk(2, 3, "secret") == 0 || walk(2, 3, "etc") == 0) wrong++;
    begin(TLOPEN); put32(2); put32(0);
    if (ask() != ELOOP_) wrong++;
    begin(TLCREATE); put32(2); put_text("made"); put32(O_CREAT_ | 2); put32(0644); put32(0); must_fail("Tlcreate in a link");
    begin(TUNLINKAT); put32(2); put_text("secret"); put32(0); must_fail("Tunlinkat in a link");
    clunk(2);
  }
  begin(TMKNOD); put32(0); put_text("device"); put32(020666); put32(1); put32(1); put32(0);
  if (ask() != EPERM_) wrong++;
}

static void exhaust(void) {
  uint32_t made = 0;
  int error = 0;
  while (made < 100000 && (error = walk(0, 1000 + made, NULL)) == 0) made++;
  if (error != EMFILE_) wrong++;
  printf("fids end with error %d\n", error);
  for (uint32_t i = 0; i < made; i++) clunk(1000 + i);
  if (walk(0, 1000, NULL) != 0) wrong++;
}

static void escape(void) {
  start_session();
  if (walk(0, 1, "mine") != 0) printf("no file\n");
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) try_name(NAMES[i]);
  try_links();
  exhaust();
  printf("%u refused, %u wrong\n", refused, wrong);
  fflush(stdout);
  _Exit(wrong != 0);
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  queue = (volatile struct queue *)strtoull(argv[1], NULL, 16);
  memory = (uint8_t *)strtoull(argv[2], NULL, 16);
  const char *mode = argv[3];
  if (strcmp(mode, "escape") == 0) escape();
  if (strcmp(mode, "too-many") == 0) queue->avail_index += 200;
  describe(0, REQUEST_AT, 11, NEXT, 1);
  describe(1, ANSWER_AT, ROOM, WRITES, 0);
  if (strcmp(mode, "loop") == 0) describe(1, ANSWER_AT, 1, NEXT | WRITES, 1);
  if (strcmp(mode, "outside") == 0) describe(1, 0xffffffffff000000u, ROOM, WRITES, 0);
  if (strcmp(mode, "hole") == 0) describe(0, 0xfee00000u, 11, NEXT, 1);
  if (strcmp(mode, "no-room") == 0) describe(0, REQUEST_AT, 11, 0, 0);
  if (strcmp(mode, "index") == 0) describe(0, REQUEST_AT, 11, NEXT, 999);
  publish(0);
  ring();
  printf("still here\n");
  return 0;
}

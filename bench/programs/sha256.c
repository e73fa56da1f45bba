/*
 * SHA-256 (FIPS 180-4) in plain C, so that both systems execute the same instructions: `sha256 MIB THREADS`. Each thread hashes its share
 * of the MiB, a message of its own. Prints the digest of the first share and the rate. The example of FIPS 180-4 is checked first.
 */
#include <omp.h>

#include "report.h"

enum { BLOCK = 64, CHUNK_BYTES = 64 * 1024, MAX_THREADS = 64, DIGEST_WORDS = 8 };

struct sha256 {
  uint32_t state[DIGEST_WORDS];
  uint64_t bytes;
};

static const uint32_t START[DIGEST_WORDS] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                             0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

static const uint32_t K[BLOCK] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate(uint32_t value, int bits) { return value >> bits | value << (32 - bits); }

static void schedule(uint32_t *w, const uint8_t *block) {
  for (int i = 0; i < 16; i++) {
    uint32_t word;
    memcpy(&word, block + 4 * i, sizeof word);
    w[i] = __builtin_bswap32(word);
  }
  for (int i = 16; i < BLOCK; i++) {
    uint32_t s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
    uint32_t s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
}

/* One round; the callers pass the eight words in turned order instead of moving them. */
static inline void step(uint32_t a, uint32_t b, uint32_t c, uint32_t *d, uint32_t e, uint32_t f, uint32_t g, uint32_t *h,
                        uint32_t constant_and_word) {
  uint32_t s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
  uint32_t t1 = *h + s1 + ((e & f) ^ (~e & g)) + constant_and_word;
  uint32_t s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
  *d += t1;
  *h = t1 + s0 + ((a & b) ^ (a & c) ^ (b & c));
}

static void compress(uint32_t *state, const uint8_t *block) {
  uint32_t w[BLOCK];
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
  schedule(w, block);
  for (int i = 0; i < BLOCK; i += DIGEST_WORDS) {
    step(a, b, c, &d, e, f, g, &h, K[i] + w[i]);
    step(h, a, b, &c, d, e, f, &g, K[i + 1] + w[i + 1]);
    step(g, h, a, &b, c, d, e, &f, K[i + 2] + w[i + 2]);
    step(f, g, h, &a, b, c, d, &e, K[i + 3] + w[i + 3]);
    step(e, f, g, &h, a, b, c, &d, K[i + 4] + w[i + 4]);
    step(d, e, f, &g, h, a, b, &c, K[i + 5] + w[i + 5]);
    step(c, d, e, &f, g, h, a, &b, K[i + 6] + w[i + 6]);
    step(b, c, d, &e, f, g, h, &a, K[i + 7] + w[i + 7]);
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d;
  state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

static void start(struct sha256 *hash) {
  memcpy(hash->state, START, sizeof START);
  hash->bytes = 0;
}

static void add_blocks(struct sha256 *hash, const uint8_t *data, size_t bytes) {
  for (size_t at = 0; at < bytes; at += BLOCK) compress(hash->state, data + at);
  hash->bytes += bytes;
}

/* The message's last `bytes`, fewer than a block, and the padding. */
static void finish(struct sha256 *hash, const uint8_t *data, size_t bytes) {
  uint8_t last[2 * BLOCK] = {0};
  size_t padded = bytes + 9 <= BLOCK ? BLOCK : 2 * BLOCK;
  uint64_t bits = __builtin_bswap64((hash->bytes + bytes) * 8);
  memcpy(last, data, bytes);
  last[bytes] = 0x80;
  memcpy(last + padded - sizeof bits, &bits, sizeof bits);
  add_blocks(hash, last, padded);
}

static void check_example(void) {
  struct sha256 hash;
  start(&hash);
  finish(&hash, (const uint8_t *)"abc", 3);
  if (hash.state[0] == 0xba7816bf && hash.state[7] == 0xf20015ad) return;
  fprintf(stderr, "sha256: the digest of \"abc\" is wrong\n");
  exit(1);
}

static uint8_t chunk[CHUNK_BYTES];
static struct sha256 hashes[MAX_THREADS];

int main(int argc, char **argv) {
  long mib = argc == 3 ? atol(argv[1]) : 0, threads = argc == 3 ? atol(argv[2]) : 0;
  if (mib < 1 || threads < 1 || threads > MAX_THREADS) {
    fprintf(stderr, "usage: sha256 MIB THREADS\n");
    return 1;
  }
  check_example();
  for (size_t i = 0; i < sizeof chunk; i++) chunk[i] = (uint8_t)(i * 31 + i / 256);
  double start_ns = now_ns();
#pragma omp parallel for num_threads(threads) schedule(static, 1)
  for (long thread = 0; thread < threads; thread++) {
    struct sha256 hash;
    start(&hash);
    for (long i = 0; i < mib * 1024 * 1024 / CHUNK_BYTES / threads; i++) add_blocks(&hash, chunk, sizeof chunk);
    finish(&hash, chunk, 0);
    hashes[thread] = hash;
  }
  double seconds = (now_ns() - start_ns) / 1e9;
  printf("digest ");
  for (int i = 0; i < DIGEST_WORDS; i++) printf("%08x", hashes[0].state[i]);
  printf("\n");
  report("rate", "MiB/s", (double)mib / seconds);
  return 0;
}

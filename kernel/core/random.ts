/** xorshift64*: reproducible pseudo-random numbers for tests and for balancing; never for secrets. */

export class Random {
  state!: u64;
}

export function randomNext(random: Random): u64 {
  let x = random.state;
  x ^= x >> 12n;
  x ^= x << 25n;
  x ^= x >> 27n;
  random.state = x;
  return x * 0x2545_f491_4f6c_dd1dn;
}

/** In `[0, limit)`. */
export function randomBelow(random: Random, limit: u32): u32 {
  return u32((randomNext(random) >> 33n) % u64(limit));
}

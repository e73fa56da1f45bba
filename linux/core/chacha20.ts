/**
 * ChaCha20 and a random generator on top of it.
 *
 * The generator erases its key with every request ("fast key erasure"): the first 32 bytes of the stream become the next key, so what
 * was given out cannot be computed from a later state. The seed comes with the boot module from the host's own generator; RDRAND is
 * mixed in nowhere, because a nested host may trap it.
 *
 * Spec: RFC 8439, 2.3 (block function), 2.4 (stream).
 */

export const CHACHA_KEY_BYTES = 32;
export const CHACHA_BLOCK_BYTES = 64;

@struct(32)
export class ChachaKey {
  words!: FixedArray<u32, 8>;
}

@struct(64)
export class ChachaBlock {
  words!: FixedArray<u32, 16>;
}

/** One block of key stream (RFC 8439, 2.3). `nonce` has three words. */
export function chachaBlock(key: ChachaKey, counter: u32, nonce: Ptr<u32>, out: ChachaBlock): void {
  const state: ChachaBlock = zeroed();
  state.words[0] = 0x6170_7865;
  state.words[1] = 0x3320_646e;
  state.words[2] = 0x7962_2d32;
  state.words[3] = 0x6b20_6574;
  for (let i: u32 = 0; i < 8; i++) {
    state.words[4 + i] = key.words[i];
  }
  state.words[12] = counter;
  for (let i: u32 = 0; i < 3; i++) {
    state.words[13 + i] = nonce[i];
  }
  copy(out, state);
  for (let round: u32 = 0; round < 10; round++) {
    quarterRound(out, 0, 4, 8, 12);
    quarterRound(out, 1, 5, 9, 13);
    quarterRound(out, 2, 6, 10, 14);
    quarterRound(out, 3, 7, 11, 15);
    quarterRound(out, 0, 5, 10, 15);
    quarterRound(out, 1, 6, 11, 12);
    quarterRound(out, 2, 7, 8, 13);
    quarterRound(out, 3, 4, 9, 14);
  }
  for (let i: u32 = 0; i < 16; i++) {
    out.words[i] = out.words[i] + state.words[i];
  }
}

/** Fills `out` with random bytes and replaces `key`. */
export function randomFill(key: ChachaKey, out: Ptr<u8>, count: u64): void {
  const nonce: FixedArray<u32, 3> = zeroed();
  const block: ChachaBlock = zeroed();
  const next: ChachaKey = zeroed();
  chachaBlock(key, 0, elements(nonce), block);
  for (let i: u32 = 0; i < 8; i++) {
    next.words[i] = block.words[i];
  }
  let done: u64 = 0n;
  let counter: u64 = 1n;
  while (done < count) {
    // A counter past 32 bits goes on in the nonce: the stream never repeats under one key.
    nonce[0] = u32.wrap(counter >> 32n);
    chachaBlock(key, u32.wrap(counter), elements(nonce), block);
    const left = count - done;
    const part = left < u64(CHACHA_BLOCK_BYTES) ? left : u64(CHACHA_BLOCK_BYTES);
    // SAFETY: a block is 64 bytes of plain integers.
    copyBytes(out.add(done), castPtr<u8>(block), part);
    done += part;
    counter++;
  }
  copy(key, next);
  zero(block);
  zero(next);
}

/** @inline */
function quarterRound(state: ChachaBlock, a: u32, b: u32, c: u32, d: u32): void {
  const w = state.words;
  w[a] = w[a] + w[b];
  w[d] = rotateLeft(w[d] ^ w[a], 16);
  w[c] = w[c] + w[d];
  w[b] = rotateLeft(w[b] ^ w[c], 12);
  w[a] = w[a] + w[b];
  w[d] = rotateLeft(w[d] ^ w[a], 8);
  w[c] = w[c] + w[d];
  w[b] = rotateLeft(w[b] ^ w[c], 7);
}

function rotateLeft(value: u32, count: u32): u32 {
  return (value << count) | (value >> (32 - count));
}

/**
 * Who called the code that failed: return addresses found on the program's stack, for a sentence on stderr.
 *
 * Compilers keep no frame pointers, and unwinding tables may be absent, so the stack is searched: a word that points into the program's code
 * behind a call instruction is taken for a return address. Now and then one that is left over from an earlier call is among them.
 */

import { userRead } from "../kernel/mm/user-access.ts";
import { isInProgramCode } from "./layout.ts";

export const CALLER_COUNT = 4;
/** Words that are looked at: 32 KiB of stack. */
const MOST_WORDS = 4096;
const WORD_BYTES = 8n;

export class Callers {
  count!: u32;
  addresses!: FixedArray<u64, 4>;
}

/** Fills `callers`, innermost first, from the stack at `rsp`; what is missing is 0. */
export function callersFind(rsp: u64, callers: Callers): void {
  zero(callers);
  let place = rsp & ~(WORD_BYTES - 1n);
  for (let looked: u32 = 0; looked < MOST_WORDS && callers.count < CALLER_COUNT; looked++) {
    let word: u64 = 0n;
    // SAFETY: eight bytes of a local. The first words may lie in the guard below the stack.
    const isReadable = userRead(castPtr<u8>(addressOf(word)), VirtAddr(place), WORD_BYTES) === 0n;
    if (isReadable && isReturnAddress(word)) {
      callers.addresses[callers.count] = word;
      callers.count++;
    }
    place += WORD_BYTES;
  }
}

/** Behind `call rel32` (e8) or a call through a register or memory (ff /2) of two to seven bytes. */
function isReturnAddress(address: u64): bool {
  const before: Bytes<8> = zeroed();
  if (!isInProgramCode(address) || userRead(elements(before), VirtAddr(address - 8n), 8n) !== 0n) {
    return false;
  }
  if (before[3] === 0xe8) {
    return true;
  }
  for (let back: u32 = 2; back <= 7; back++) {
    if (before[8 - back] === 0xff && ((before[9 - back] >> 3) & 7) === 2) {
      return true;
    }
  }
  return false;
}

/**
 * The operation of FUTEX_WAKE_OP, packed into one word (futex(2)):
 *
 *     31        28   27      24   23      12   11       0
 *     shift | op     comparison   argument     compared with        both numbers are signed
 *
 * Pure.
 */

import { ENOSYS } from "../../abi/errno.ts";
import {
  FUTEX_OP_ADD,
  FUTEX_OP_ANDN,
  FUTEX_OP_CMP_EQ,
  FUTEX_OP_CMP_GE,
  FUTEX_OP_CMP_GT,
  FUTEX_OP_CMP_LE,
  FUTEX_OP_CMP_LT,
  FUTEX_OP_CMP_NE,
  FUTEX_OP_OPARG_SHIFT,
  FUTEX_OP_OR,
  FUTEX_OP_SET,
  FUTEX_OP_XOR,
} from "../../abi/linux-process.ts";

export const WAKE_OP_UNKNOWN = u64.MAX;

/** The 12 bits from `low` as a signed number. */
function signedField(operation: u32, low: u32): i32 {
  return i32.wrap(operation << (20 - low)) >> 20;
}

function argumentOf(operation: u32): u32 {
  const argument = u32.wrap(signedField(operation, 12));
  return ((operation >> 28) & FUTEX_OP_OPARG_SHIFT) !== 0 ? u32(1) << (argument & 31) : argument;
}

/** What becomes of `word`, or WAKE_OP_UNKNOWN. */
export function wakeOpResult(operation: u32, word: u32): u64 {
  const argument = argumentOf(operation);
  switch ((operation >> 28) & 7) {
    case FUTEX_OP_SET:
      return u64(argument);
    case FUTEX_OP_ADD:
      return u64(word + argument);
    case FUTEX_OP_OR:
      return u64(word | argument);
    case FUTEX_OP_ANDN:
      return u64(word & ~argument);
    case FUTEX_OP_XOR:
      return u64(word ^ argument);
    default:
      return WAKE_OP_UNKNOWN;
  }
}

/** Whether `word`, as it was before, is as the operation asks: 1 or 0, -ENOSYS for an unknown comparison. */
export function wakeOpCompare(operation: u32, word: u32): i64 {
  const value = i32.wrap(word);
  const against = signedField(operation, 0);
  switch ((operation >> 24) & 15) {
    case FUTEX_OP_CMP_EQ:
      return value === against ? 1n : 0n;
    case FUTEX_OP_CMP_NE:
      return value !== against ? 1n : 0n;
    case FUTEX_OP_CMP_LT:
      return value < against ? 1n : 0n;
    case FUTEX_OP_CMP_LE:
      return value <= against ? 1n : 0n;
    case FUTEX_OP_CMP_GT:
      return value > against ? 1n : 0n;
    case FUTEX_OP_CMP_GE:
      return value >= against ? 1n : 0n;
    default:
      return i64(-ENOSYS);
  }
}

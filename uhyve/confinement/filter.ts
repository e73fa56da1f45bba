/**
 * The filter that the kernel asks before every system call (seccomp(2)), made from the table of allowed calls.
 *
 *     another architecture than x86-64: the process is killed
 *     a search by the call's number, in steps that halve the table     each step: at least? on, otherwise to the lower half
 *     the rows of that number: any arguments, or tests of one          one of them holds: to the end that allows
 *     everything else                                                  to the other end: SIGSYS, which says its last sentence (confine.ts)
 *
 * A search rather than a list, because the kernel tries every filter with every number when it is set, to know what need not be asked
 * again. Filters are made when they are set: from a table of a hundred rows that takes a microsecond or two. The kernel then compiles
 * them to machine code, which costs 0.5 us an instruction at every start of a guest: so all ways lead to the same two ends, within the
 * 255 instructions that a conditional jump reaches.
 */

import {
  AUDIT_ARCH_X86_64,
  BPF_AND,
  BPF_JUMP_ANY_BIT,
  BPF_JUMP_AT_LEAST,
  BPF_JUMP_EQUAL,
  BPF_LOAD,
  BPF_RETURN,
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_KILL_PROCESS,
  SECCOMP_RET_TRAP,
  type SeccompData,
  type SockFilter,
} from "../../abi/linux-confinement.ts";
import { ALLOWED_CALLS, ALLOWED_COUNT } from "./allowed-calls.ts";
import { type AllowedCall, Test, When } from "./rules.ts";

/** A conditional jump reaches 255 further; the two greatest distances stand for the ends until these have their place. */
const MOST_INSTRUCTIONS = 254;
const TO_ALLOW = 254;
const TO_TRAP = 255;
/** The rows that count, in order. */
const MOST_ROWS = 128;
staticAssert(ALLOWED_COUNT <= MOST_ROWS, "the table's rows have room");

export class Filter {
  code!: FixedArray<SockFilter, 254>;
  length!: u32;
  rows!: FixedArray<u8, 128>;
  rowCount!: u32;
}

/** What a filter is for. */
export class FilterWish {
  /** One of Caller, or several. */
  callers!: u32;
  hasExports!: bool;
  hasCore!: bool;
  /** Of /proc/self/fd, where there are exports. */
  procFd!: i32;
}

export function filterBuild(filter: Filter, wish: FilterWish): void {
  filter.length = 0;
  filter.rowCount = 0;
  for (let i: u32 = 0; i < ALLOWED_COUNT; i += 1) {
    if (!counts(ALLOWED_CALLS[i], wish)) continue;
    assert(i === 0 || ALLOWED_CALLS[i - 1].call <= ALLOWED_CALLS[i].call, "the table is in order");
    filter.rows[filter.rowCount] = u8(i);
    filter.rowCount += 1;
  }
  add(filter, BPF_LOAD, 0, 0, offsetOf<SeccompData>("arch"));
  add(filter, BPF_JUMP_EQUAL, 1, 0, AUDIT_ARCH_X86_64);
  add(filter, BPF_RETURN, 0, 0, SECCOMP_RET_KILL_PROCESS);
  add(filter, BPF_LOAD, 0, 0, offsetOf<SeccompData>("nr"));
  addSearch(filter, wish, 0, filter.rowCount);
  addEnds(filter);
}

function counts(row: AllowedCall, wish: FilterWish): bool {
  if ((row.callers & wish.callers) === 0) return false;
  if (row.when === When.Exports) return wish.hasExports;
  return row.when === When.Always || wish.hasCore;
}

/** Among the rows [first, end). Halves of a table of ours: the depth is bounded. */
function addSearch(filter: Filter, wish: FilterWish, first: u32, end: u32): void {
  const middle = splitOf(filter, first, end);
  if (middle === first) return addCall(filter, wish, first, end);
  const step = filter.length;
  add(filter, BPF_JUMP_AT_LEAST, 0, 0, callAt(filter, middle));
  addSearch(filter, wish, middle, end);
  filter.code[step].jf = u8(filter.length - step - 1);
  addSearch(filter, wish, first, middle);
}

/** Where another call begins, near the middle; `first` if all rows are of one call. */
function splitOf(filter: Filter, first: u32, end: u32): u32 {
  const middle = first + (end - first) / 2;
  for (let i = middle; i < end; i += 1) {
    if (i > first && callAt(filter, i) !== callAt(filter, i - 1)) return i;
  }
  for (let i = middle; i > first; i -= 1) {
    if (callAt(filter, i) !== callAt(filter, i - 1)) return i;
  }
  return first;
}

function callAt(filter: Filter, row: u32): u32 {
  return ALLOWED_CALLS[filter.rows[row]].call;
}

/** All rows are of one call, or there is none. */
function addCall(filter: Filter, wish: FilterWish, first: u32, end: u32): void {
  const call = first < end ? callAt(filter, first) : 0;
  for (let i = first; i < end; i += 1) {
    if (rowAt(filter, i).test === Test.Any) return add(filter, BPF_JUMP_EQUAL, TO_ALLOW, TO_TRAP, call);
  }
  if (first < end) add(filter, BPF_JUMP_EQUAL, 0, TO_TRAP, call);
  let loaded: u32 = u32.MAX;
  for (let i = first; i < end; i += 1) {
    const row = rowAt(filter, i);
    // The low half of the argument comes first.
    if (row.argument !== loaded) add(filter, BPF_LOAD, 0, 0, offsetOf<SeccompData>("args") + 8 * row.argument);
    loaded = row.test === Test.Has ? u32.MAX : row.argument;
    addTest(filter, wish, row);
  }
  add(filter, BPF_RETURN, 0, 0, SECCOMP_RET_TRAP);
}

function rowAt(filter: Filter, row: u32): AllowedCall {
  return ALLOWED_CALLS[filter.rows[row]];
}

/** Of the argument that is loaded: allowed, or what comes next. */
function addTest(filter: Filter, wish: FilterWish, row: AllowedCall): void {
  switch (row.test) {
    case Test.Any:
      break;
    case Test.Equal:
      return add(filter, BPF_JUMP_EQUAL, TO_ALLOW, 0, row.value);
    case Test.ProcFd:
      return add(filter, BPF_JUMP_EQUAL, TO_ALLOW, 0, u32.wrap(wish.procFd));
    case Test.Has:
      add(filter, BPF_AND, 0, 0, row.value);
      return add(filter, BPF_JUMP_EQUAL, TO_ALLOW, 0, row.value);
    case Test.Lacks:
      return add(filter, BPF_JUMP_ANY_BIT, 0, TO_ALLOW, row.value);
  }
}

/** The two ends, and the jumps to them. */
function addEnds(filter: Filter): void {
  const allow = filter.length;
  add(filter, BPF_RETURN, 0, 0, SECCOMP_RET_ALLOW);
  add(filter, BPF_RETURN, 0, 0, SECCOMP_RET_TRAP);
  for (let i: u32 = 0; i < allow; i += 1) {
    filter.code[i].jt = distance(filter.code[i].jt, allow - i - 1);
    filter.code[i].jf = distance(filter.code[i].jf, allow - i - 1);
  }
}

/** `toAllow` is how far the first end is; the other follows it. */
function distance(jump: u8, toAllow: u32): u8 {
  if (jump < TO_ALLOW) return jump;
  return u8(jump === TO_ALLOW ? toAllow : toAllow + 1);
}

function add(filter: Filter, code: u32, jt: u8, jf: u8, k: u32): void {
  assert(filter.length < MOST_INSTRUCTIONS, "the filter has room");
  filter.code[filter.length] = { code: u16(code), jt, jf, k };
  filter.length += 1;
}

/**
 * Starts a program many times and prints, for each run, the nanoseconds from just before `fork` until its end was seen, its exit
 * status, and the most memory of the host in KiB that it or a child of its own had: `elapsed status memory`.
 *
 *     launch COUNT PROGRAM ARGS...        PROGRAM is a path; its stdout goes to /dev/null
 *
 * A small static program, because starting a process from Node costs more than what is measured here.
 */

import { O_WRONLY } from "../../abi/linux-files.ts";
import type { Rusage } from "../../abi/linux-process.ts";
import {
  SYS_clock_gettime,
  SYS_dup2,
  SYS_execve,
  SYS_exit_group,
  SYS_fork,
  SYS_open,
  SYS_wait4,
  SYS_write,
} from "../../abi/linux-syscalls.ts";
import type { Timespec } from "../../abi/linux-time.ts";
import { callPointer, linuxCall } from "../../compiler/std/linux-syscall.ts";

const CLOCK_MONOTONIC = 1n;
const STDOUT = 1n;
const STDERR = 2n;
const NOT_STARTED = 127n;
const MAX_COUNT = 100_000;

const now: Timespec = zeroed();
let waitStatus: i32 = 0;
const usage: Rusage = zeroed();

export function main(argc: i32, argv: Ptr<Ptr<u8>>): i32 {
  const count = argc < 3 ? 0 : countAt(argv[1]!);
  if (count === 0) {
    say(STDERR, "usage: launch COUNT PROGRAM ARGS...\n");
    return 1;
  }
  for (let index: u32 = 0; index < count; index++) {
    const elapsedNs = runOnce(argv, argc);
    if (elapsedNs < 0n) {
      say(STDERR, "launch: fork failed\n");
      return 1;
    }
    say(STDOUT, `${elapsedNs} ${(waitStatus >> 8) & 255} ${usage.ru_maxrss}\n`);
  }
  return 0;
}

/** Decimal digits; 0 for anything else. */
function countAt(text: Ptr<u8>): u32 {
  let value: u32 = 0;
  for (let index: u32 = 0; text[index] !== 0; index++) {
    const digit = u32(text[index]!) - 48;
    if (digit > 9 || value > MAX_COUNT) return 0;
    value = value * 10 + digit;
  }
  return value;
}

function runOnce(argv: Ptr<Ptr<u8>>, argc: i32): i64 {
  const start = monotonicNs();
  const child = linuxCall(SYS_fork);
  if (child < 0n) return child;
  if (child === 0n) {
    // SAFETY: the environment follows the arguments and their null pointer on a Linux stack.
    const environment = argv.add(argc + 1);
    const sink = linuxCall(SYS_open, callPointer("/dev/null".data), u64(O_WRONLY));
    void linuxCall(SYS_dup2, u64.wrap(sink), STDOUT);
    void linuxCall(SYS_execve, callPointer(argv[2]!), callPointer(argv.add(2)), callPointer(environment));
    void linuxCall(SYS_exit_group, NOT_STARTED);
  }
  void linuxCall(SYS_wait4, u64.wrap(child), callPointer(addressOf(waitStatus)), 0n, callPointer(usage));
  return monotonicNs() - start;
}

function monotonicNs(): i64 {
  void linuxCall(SYS_clock_gettime, CLOCK_MONOTONIC, callPointer(now));
  return now.tv_sec * 1_000_000_000n + now.tv_nsec;
}

function say(stream: u64, text: string): void {
  void linuxCall(SYS_write, stream, callPointer(text.data), u64(text.length));
}

/**
 * Tests of bare code on the host: a name, a function, expectations; output as TAP, then `N passed, N failed`.
 *
 *     test("a ring wraps", ringWraps);      // runs it now
 *     return testsFinish();                 // main's result
 *
 * A failed expectation is printed and counted, and the test goes on; what must not go on uses assert. Bare code has neither
 * exceptions nor closures, so a test is a plain function and its state is static.
 */

import { SYS_write } from "../../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "./linux-syscall.ts";

/** Failed expectations of one test that are printed. */
const MAX_PRINTED = 10;

let passed: u32 = 0;
let failed: u32 = 0;
let failuresOfTest: u32 = 0;

export function test(name: string, run: () => void): void {
  failuresOfTest = 0;
  run();
  const number = passed + failed + 1;
  if (failuresOfTest === 0) {
    passed += 1;
    print(`ok ${number} - ${name}\n`);
  } else {
    failed += 1;
    print(`not ok ${number} - ${name}\n`);
  }
}

/** Counts a failure unless `condition` holds; `what` says what should hold. */
export function expect(condition: bool, what: string): void {
  if (condition) return;
  failuresOfTest += 1;
  if (failuresOfTest <= MAX_PRINTED) print(`# failed: ${what}\n`);
}

export function expectEqual(actual: i64, expected: i64): void {
  if (actual === expected) return;
  failuresOfTest += 1;
  if (failuresOfTest <= MAX_PRINTED) print(`# failed: got ${actual}, expected ${expected}\n`);
}

/** Whether the test that runs has failed: for a process of its own that a test has started. */
export function testHasFailed(): bool {
  return failuresOfTest > 0;
}

/** Says why the rest of a test cannot run here; it counts as passed. */
export function skip(why: string): void {
  print(`# skipped: ${why}\n`);
}

/** Prints the summary; 0 if all tests passed, otherwise 1. */
export function testsFinish(): i32 {
  print(`1..${passed + failed}\n`);
  print(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

function print(text: string): void {
  void linuxCall(SYS_write, 1n, callPointer(text.data), u64(text.length));
}

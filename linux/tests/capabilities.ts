/** How sets of capabilities follow users and programs (capabilities(7)). */

import { EPERM } from "../../abi/errno.ts";
import {
  CAP_CHOWN,
  CAP_SETPCAP,
  CAP_SETUID,
  SECBIT_KEEP_CAPS,
  SECBIT_NO_SETUID_FIXUP,
  SECBIT_NOROOT,
} from "../../abi/linux-process.ts";
import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import {
  ALL_CAPABILITIES,
  type Capabilities,
  capabilitiesOfNewProgram,
  capabilitiesOfOtherFileUser,
  capabilitiesOfOtherUser,
  capabilitiesSet,
  type UserNumbers,
} from "../core/capability-rules.ts";

const CHOWN: u64 = 1n << u64(CAP_CHOWN);
const SETUID: u64 = 1n << u64(CAP_SETUID);
const SETPCAP: u64 = 1n << u64(CAP_SETPCAP);
const root: UserNumbers = { real: 0, effective: 0, saved: 0, file: 0 };
const asOther: UserNumbers = { real: 0, effective: 7, saved: 0, file: 7 };
const other: UserNumbers = { real: 7, effective: 7, saved: 7, file: 7 };
const sets: Capabilities = zeroed();

function begin(secureBits: u32): void {
  zero(sets);
  sets.effective = ALL_CAPABILITIES;
  sets.permitted = ALL_CAPABILITIES;
  sets.bounding = ALL_CAPABILITIES;
  sets.inheritable = CHOWN;
  sets.ambient = CHOWN;
  sets.secureBits = secureBits;
}

function expectSets(effective: u64, permitted: u64, ambient: u64): void {
  expect(sets.effective === effective, "the effective set");
  expect(sets.permitted === permitted, "the permitted set");
  expect(sets.ambient === ambient, "the ambient set");
}

function otherUsers(): void {
  begin(0);
  capabilitiesOfOtherUser(sets, root, asOther);
  expectSets(0n, ALL_CAPABILITIES, CHOWN);
  capabilitiesOfOtherUser(sets, asOther, root);
  expectSets(ALL_CAPABILITIES, ALL_CAPABILITIES, CHOWN);
  capabilitiesOfOtherUser(sets, root, other);
  expectSets(0n, 0n, 0n);
  begin(SECBIT_KEEP_CAPS);
  capabilitiesOfOtherUser(sets, root, other);
  expectSets(0n, ALL_CAPABILITIES, 0n);
  begin(SECBIT_NO_SETUID_FIXUP);
  capabilitiesOfOtherUser(sets, root, other);
  expectSets(ALL_CAPABILITIES, ALL_CAPABILITIES, CHOWN);
}

function fileUsers(): void {
  begin(0);
  capabilitiesOfOtherFileUser(sets, 0, 7);
  expect((sets.effective & CHOWN) === 0n && (sets.effective & SETUID) !== 0n, "only those about files go");
  sets.permitted &= ~CHOWN;
  capabilitiesOfOtherFileUser(sets, 7, 0);
  expect(sets.effective === (ALL_CAPABILITIES & ~CHOWN), "they come back as far as they are permitted");
}

function programs(): void {
  begin(SECBIT_KEEP_CAPS);
  sets.bounding = SETUID;
  capabilitiesOfNewProgram(sets, root);
  expectSets(SETUID | CHOWN, SETUID | CHOWN, CHOWN);
  expect(sets.secureBits === 0, "nothing is kept any more");
  begin(0);
  capabilitiesOfNewProgram(sets, asOther);
  expectSets(CHOWN, ALL_CAPABILITIES, CHOWN);
  begin(0);
  capabilitiesOfNewProgram(sets, other);
  expectSets(CHOWN, CHOWN, CHOWN);
  begin(SECBIT_NOROOT);
  capabilitiesOfNewProgram(sets, root);
  expectSets(CHOWN, CHOWN, CHOWN);
}

function set(effective: u64, permitted: u64, inheritable: u64): i64 {
  const wanted: Capabilities = zeroed();
  wanted.effective = effective;
  wanted.permitted = permitted;
  wanted.inheritable = inheritable;
  return capabilitiesSet(sets, wanted);
}

function byCall(): void {
  begin(0);
  expectEqual(set(SETUID, SETUID | CHOWN, SETUID), 0n);
  expectSets(SETUID, SETUID | CHOWN, 0n);
  expectEqual(set(SETUID | SETPCAP, SETUID | CHOWN, SETUID), i64(-EPERM));
  expectEqual(set(0n, SETUID | SETPCAP, 0n), i64(-EPERM));
  expectEqual(set(0n, SETUID, SETPCAP), i64(-EPERM));
  expectEqual(set(SETUID, SETUID, CHOWN), 0n);
  expectEqual(set(SETUID, SETUID, CHOWN | SETUID), 0n);
  sets.bounding = 0n;
  sets.inheritable = 0n;
  expectEqual(set(0n, 0n, SETUID), i64(-EPERM));
}

export function testCapabilities(): void {
  test("capabilities: another user", otherUsers);
  test("capabilities: another user for files", fileUsers);
  test("capabilities: another program", programs);
  test("capabilities: capset", byCall);
}

/** What QEMU finds in its environment. */

import { expect, expectEqual, test } from "../../../compiler/std/testing.ts";
import { environmentValue, vectorLength } from "../../strings.ts";
import { qemuEnvironment } from "../environment.ts";

const variables: FixedArray<u64, 3> = zeroed();

function allocatorIsSet(): void {
  variables[0] = u64(virtAddr("PATH=/bin".data));
  variables[1] = u64(virtAddr("HOME=/root".data));
  const environment = qemuEnvironment(elements(variables));
  expectEqual(i64(vectorLength(environment)), 3n);
  expect(environmentValue(environment, "PATH") === "/bin", "what was there is there");
  expect(environmentValue(environment, "HOME") === "/root", "all of it");
  const setting = environmentValue(environment, "GLIBC_TUNABLES");
  expect(
    setting === "glibc.malloc.hugetlb=1:glibc.malloc.top_pad=0x800000:glibc.malloc.arena_max=1",
    "and the setting, which ends where it should",
  );
}

function usersSettingStays(): void {
  variables[0] = u64(virtAddr("GLIBC_TUNABLES=glibc.malloc.check=3".data));
  variables[1] = 0n;
  const environment = qemuEnvironment(elements(variables));
  expect(environmentValue(environment, "GLIBC_TUNABLES") === "glibc.malloc.check=3", "who set it decides");
  expectEqual(i64(vectorLength(environment)), 1n);
}

export function environmentTests(): void {
  test("qemu: its allocator is set up for a short start", allocatorIsSet);
  test("qemu: a setting of the user's stays", usersSettingStays);
}

/** QEMU's command line. */

import { ModuleMountKind } from "../../../abi/boot-info.ts";
import { expect, expectEqual, test } from "../../../compiler/std/testing.ts";
import type { MountList } from "../../mounts.ts";
import { type ArgumentList, argumentsAdd, argumentsInit, qemuArguments } from "../arguments.ts";
import type { QemuOptions } from "../options.ts";

const list: ArgumentList = zeroed();
const noMounts: MountList = zeroed();
const noEnvironment: FixedArray<u64, 1> = zeroed();

function argument(index: u32): string {
  // SAFETY: qemuArguments stores addresses of NUL-terminated strings.
  const text = pointerAt<u8>(list.pointers[index]!);
  let length: u32 = 0;
  while (text[length] !== 0) length += 1;
  return stringOf(text, length);
}

/** Whether `option` is there, followed by `value`. */
function has(option: string, value: string): bool {
  for (let i: u32 = 0; i < list.count; i += 1) {
    if (argument(i) === option && (value === "" || (i + 1 < list.count && argument(i + 1) === value))) return true;
  }
  return false;
}

const SANDBOX = "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny";

function fillOptions(options: QemuOptions): void {
  options.program = "my-qemu";
  options.cpuCount = 3;
  options.memoryBytes = 0x8000_0000n;
  options.mayUseKvm = true;
  options.environment = elements(noEnvironment);
  options.mounts = addressOf(noMounts);
}

function optionsBecomeArguments(): void {
  const options: QemuOptions = zeroed();
  fillOptions(options);
  qemuArguments(list, options, true);
  expect(!list.isFull, "the arguments fit");
  expect(argument(0) === "my-qemu", "the program's name comes first");
  expect(has("-smp", "3") && has("-m", "2097152k") && has("-accel", "kvm"), "CPUs, memory and KVM");
  expect(has("-readconfig", "/proc/self/fd/6"), "QEMU waits for the module");
  expect(has("-bios", "/proc/self/fd/7"), "a firmware of ours");
  expect(!has("-gdb", ""), "no debugger unless asked for");
  expect(!has("-sandbox", SANDBOX), "no sandbox unless asked for");
  options.isSandboxed = true;
  qemuArguments(list, options, true);
  expect(has("-sandbox", SANDBOX), "QEMU confines itself");
  expectEqual(i64(list.pointers[list.count]!), 0n);
  options.hasDebugger = true;
  qemuArguments(list, options, false);
  expect(has("-accel", "tcg") && has("-gdb", "tcp:127.0.0.1:1234"), "TCG and the debugger, for this host only");
}

function exportsBecomeDevices(): void {
  const options: QemuOptions = zeroed();
  fillOptions(options);
  noMounts.count = 2;
  const first = noMounts.mounts[0];
  first.kind = ModuleMountKind.Export;
  first.host = "/a,b";
  first.isReadOnly = true;
  noMounts.mounts[1].kind = ModuleMountKind.Link;
  qemuArguments(list, options, false);
  noMounts.count = 0;
  expect(
    has("-fsdev", "local,security_model=none,multidevs=remap,id=m00,path=/a,,b,readonly=on"),
    "a comma is doubled",
  );
  expect(has("-device", "virtio-9p-device,fsdev=m00,mount_tag=m00"), "a device for it");
}

function listIsBounded(): void {
  argumentsInit(list);
  for (let i: u32 = 0; i < 400; i += 1) argumentsAdd(list, "x");
  expect(list.isFull && list.count === 308, "at most 308 arguments");
  argumentsInit(list);
  for (let i: u32 = 0; i < 300; i += 1) argumentsAdd(list, `${i}: ${MANY_BYTES}`);
  expect(list.isFull, "and a bounded text");
}

const MANY_BYTES =
  "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789";

export function argumentTests(): void {
  test("qemu: options become arguments", optionsBecomeArguments);
  test("qemu: exports become devices", exportsBecomeDevices);
  test("qemu: the argument list is bounded", listIsBounded);
}

/**
 * QEMU's command line, as a pure function of the options.
 *
 * The machine is microvm (QEMU's docs/system/i386/microvm.rst): no PCI, no ACPI, no legacy devices, a firmware of ours (firmware.ts),
 * which enters the image through PVH. Everything that a guest of ours does not use is off, each for its start-up time. The channel is
 * port 1 of a virtio-serial device, whose other end is an inherited socket; firmware, kernel and module come from memfds, so no file
 * needs cleaning up.
 * A kernel that dies before it has a channel says why on the serial port, which leads to QEMU's stderr, and ends the machine through
 * UHYVE_PORT_ABORT.
 *
 * Tried with QEMU 7.2; `acpi=off` makes it announce its virtio-mmio slots on the kernel's command line.
 */

import { ModuleMountKind } from "../../abi/boot-info.ts";
import { CHANNEL_CONSOLE_PORT } from "../../abi/channel.ts";
import { UHYVE_PORT_ABORT } from "../../abi/uhyve.ts";
import { exportName, type MountList } from "../mounts.ts";
import type { QemuOptions } from "./options.ts";

/** Descriptors that QEMU inherits. */
export const QEMU_CHANNEL_FD = 3;
export const QEMU_KERNEL_FD = 4;
export const QEMU_MODULE_FD = 5;
export const QEMU_GATE_FD = 6;
export const QEMU_FIRMWARE_FD = 7;
export const QEMU_INHERITED_FDS = 8;

const MAX_ARGUMENTS = 308;
const TEXT_BYTES = 0x1_0000;
const MACHINE =
  "microvm,x-option-roms=off,pit=off,pic=off,rtc=off,isa-serial=on,acpi=off,usb=off,graphics=off,dump-guest-core=off";
/** No old calls, no other user, no other program, no priorities: nothing that a machine of ours makes QEMU do. */
const SANDBOX = "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny";
/** What the device isa-debug-exit makes of the 1 that a dying kernel writes to UHYVE_PORT_ABORT: (1 << 1) | 1. */
export const QEMU_GUEST_ABORTED = 3;

/** NUL-terminated strings in one buffer and the array of pointers that execve wants. */
export class ArgumentList {
  pointers!: FixedArray<u64, 309>;
  count!: u32;
  text!: Bytes<0x10000>;
  textBytes!: u32;
  /** Something did not fit: the list must not be used. */
  isFull!: bool;
}

/** Empties the list. */
export function argumentsInit(list: ArgumentList): void {
  list.count = 0;
  list.textBytes = 0;
  list.isFull = false;
  list.pointers[0] = 0n;
}

/** Appends a copy of `argument`. */
export function argumentsAdd(list: ArgumentList, argument: string): void {
  const needed = argument.length + 1;
  if (list.isFull || list.count === MAX_ARGUMENTS || needed > TEXT_BYTES - list.textBytes) {
    list.isFull = true;
    return;
  }
  const place = elements(list.text).add(list.textBytes);
  copyBytes(place, argument.data, u64(argument.length));
  place[argument.length] = 0;
  list.pointers[list.count] = u64(virtAddr(place));
  list.count += 1;
  list.pointers[list.count] = 0n;
  list.textBytes += needed;
}

/** Makes the last argument longer. */
function argumentsAppend(list: ArgumentList, text: string): void {
  if (list.isFull || text.length > TEXT_BYTES - list.textBytes) {
    list.isFull = true;
    return;
  }
  // Over the NUL.
  const place = elements(list.text).add(list.textBytes - 1);
  copyBytes(place, text.data, u64(text.length));
  place[text.length] = 0;
  list.textBytes += text.length;
}

function appendEscaped(list: ArgumentList, text: string): void {
  for (let i: u32 = 0; i < text.length; i += 1) {
    argumentsAppend(list, text.slice(i, i + 1));
    if (text.byteAt(i) === 44) argumentsAppend(list, ",");
  }
}

/** QEMU's arguments, program name first. */
export function qemuArguments(list: ArgumentList, options: QemuOptions, useKvm: bool): void {
  argumentsInit(list);
  argumentsAdd(list, options.program);
  addGate(list);
  addMachine(list, options, useKvm);
  addImage(list);
  addChannel(list);
  addExports(list, options.mounts);
  addLastWords(list);
  if (options.hasDebugger) addPair(list, "-gdb", "tcp:127.0.0.1:1234");
}

/**
 * A configuration file that is an empty pipe: QEMU reads to its end before it looks at any other file, so it waits there, some ten
 * milliseconds after its start, until the proxy has filled the module and closes the pipe.
 */
function addGate(list: ArgumentList): void {
  addPair(list, "-readconfig", `/proc/self/fd/${u32(QEMU_GATE_FD)}`);
}

function addMachine(list: ArgumentList, options: QemuOptions, useKvm: bool): void {
  argumentsAdd(list, "-nodefaults");
  argumentsAdd(list, "-no-user-config");
  // A triple fault resets: with this it ends QEMU instead of starting the guest again.
  argumentsAdd(list, "-no-reboot");
  if (options.isSandboxed) addPair(list, "-sandbox", SANDBOX);
  addPair(list, "-display", "none");
  addPair(list, "-machine", MACHINE);
  addPair(list, "-accel", useKvm ? "kvm" : "tcg");
  // KVM keeps QEMU's default model: `host` aborts where KVM refuses to set some of the host's registers.
  if (!useKvm) addPair(list, "-cpu", "max");
  addPair(list, "-smp", `${options.cpuCount}`);
  addPair(list, "-m", `${options.memoryBytes / 1024n}k`);
}

function addImage(list: ArgumentList): void {
  addPair(list, "-bios", `/proc/self/fd/${u32(QEMU_FIRMWARE_FD)}`);
  addPair(list, "-kernel", `/proc/self/fd/${u32(QEMU_KERNEL_FD)}`);
  addPair(list, "-initrd", `/proc/self/fd/${u32(QEMU_MODULE_FD)}`);
}

function addChannel(list: ArgumentList): void {
  addPair(list, "-global", "virtio-mmio.force-legacy=false");
  addPair(list, "-device", "virtio-serial-device,max_ports=2");
  addPair(list, "-chardev", `socket,id=channel,fd=${u32(QEMU_CHANNEL_FD)}`);
  addPair(list, "-device", `virtserialport,chardev=channel,nr=${u32(CHANNEL_CONSOLE_PORT)}`);
}

/** A device for each: QEMU's own file server (docs/system: -fsdev local). Options are separated by commas, a comma in a path is doubled. */
function addExports(list: ArgumentList, mounts: MountList): void {
  for (let i: u32 = 0; i < mounts.count; i += 1) {
    const mount = mounts.mounts[i];
    if (mount.kind !== ModuleMountKind.Export) continue;
    addPair(list, "-fsdev", `local,security_model=none,multidevs=remap,id=${exportName(i)},path=`);
    appendEscaped(list, mount.host);
    if (mount.isReadOnly) argumentsAppend(list, ",readonly=on");
    addPair(list, "-device", `virtio-9p-device,fsdev=${exportName(i)},mount_tag=${exportName(i)}`);
  }
}

function addLastWords(list: ArgumentList): void {
  addPair(list, "-chardev", "file,id=words,path=/proc/self/fd/2");
  addPair(list, "-serial", "chardev:words");
  addPair(list, "-device", `isa-debug-exit,iobase=${u32(UHYVE_PORT_ABORT)},iosize=4`);
}

function addPair(list: ArgumentList, option: string, value: string): void {
  argumentsAdd(list, option);
  argumentsAdd(list, value);
}

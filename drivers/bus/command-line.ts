/**
 * Devices that the kernel's command line announces: `virtio_mmio.device=<size>@<address>:<irq>[:<id>]`, the format of Linux
 * (Documentation/admin-guide/kernel-parameters, virtio_mmio.device), which QEMU's microvm appends for every transport in use.
 *
 * Pure: text in, numbers out; tested on the host. The alternative, probing the addresses that one QEMU version happens to use,
 * would read whatever else lies there on another machine.
 */

import { EINVAL } from "../../abi/errno.ts";

export class MmioDeviceEntry {
  address!: PhysAddr;
  bytes!: u64;
  irq!: u32;
}

const PREFIX = "virtio_mmio.device=";
const SPACE = 0x20;
const MAX_DIGITS = 16;

/** A position in a text. */
class Cursor {
  text!: string;
  index!: u32;
}

/**
 * Finds the first announcement at or behind byte `start`. The index behind it, to go on from, or -1 if there is none; malformed
 * entries are skipped.
 */
export function nextMmioDevice(commandLine: string, start: u32, entry: MmioDeviceEntry): i64 {
  const cursor: Cursor = { text: commandLine, index: start };
  while (cursor.index < commandLine.length) {
    skipSpaces(cursor);
    if (takeText(cursor, PREFIX) && takeEntry(cursor, entry) === 0n) return i64(cursor.index);
    skipWord(cursor);
  }
  return -1n;
}

function takeEntry(cursor: Cursor, entry: MmioDeviceEntry): i64 {
  const irq: u64 = 0n;
  const address: u64 = 0n;
  if (!takeNumber(cursor, addressOf(entry.bytes))) return i64(-EINVAL);
  takeSizeSuffix(cursor, entry);
  if (!takeText(cursor, "@") || !takeNumber(cursor, addressOf(address))) return i64(-EINVAL);
  if (!takeText(cursor, ":") || !takeNumber(cursor, addressOf(irq))) return i64(-EINVAL);
  if (irq > 0xffn || address === 0n || (address & 0xfn) !== 0n) return i64(-EINVAL);
  entry.address = PhysAddr(address);
  entry.irq = u32(irq);
  return 0n;
}

/** `512`, `0x200` or `4K`: Linux's memparse. */
function takeNumber(cursor: Cursor, result: Ptr<u64>): bool {
  const isHex = takeText(cursor, "0x");
  const base: u64 = isHex ? 16n : 10n;
  let value: u64 = 0n;
  let digits: u32 = 0;
  while (cursor.index < cursor.text.length && digits < MAX_DIGITS) {
    const digit = digitValue(cursor.text.byteAt(cursor.index));
    if (digit >= base) break;
    value = value * base + digit;
    digits += 1;
    cursor.index += 1;
  }
  result.value = value;
  return digits > 0;
}

/** 0..15, or 255 for what is no digit. */
function digitValue(byte: u8): u64 {
  const lower = byte | 0x20;
  if (byte >= 0x30 && byte <= 0x39) return u64(byte - 0x30);
  if (lower >= 0x61 && lower <= 0x66) return u64(lower - 0x61) + 10n;
  return 255n;
}

function takeSizeSuffix(cursor: Cursor, entry: MmioDeviceEntry): void {
  if (takeText(cursor, "K") || takeText(cursor, "k")) entry.bytes = entry.bytes * 1024n;
  else if (takeText(cursor, "M")) entry.bytes = entry.bytes * 0x10_0000n;
}

function takeText(cursor: Cursor, expected: string): bool {
  if (cursor.text.length - cursor.index < expected.length) return false;
  const end = cursor.index + expected.length;
  if (cursor.text.slice(cursor.index, end) !== expected) return false;
  cursor.index = end;
  return true;
}

function skipSpaces(cursor: Cursor): void {
  while (cursor.index < cursor.text.length && cursor.text.byteAt(cursor.index) === SPACE) cursor.index += 1;
}

function skipWord(cursor: Cursor): void {
  while (cursor.index < cursor.text.length && cursor.text.byteAt(cursor.index) !== SPACE) cursor.index += 1;
}

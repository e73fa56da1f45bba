/** Announcements of virtio-mmio devices on the kernel's command line. */

import { expectEqual, test } from "../../../compiler/std/testing.ts";
import { type MmioDeviceEntry, nextMmioDevice } from "../command-line.ts";

function findsAll(): void {
  const line = "console=ttyS0 virtio_mmio.device=512@0xfeb00e00:12 x virtio_mmio.device=4K@0xFEB00C00:11:3";
  const entry: MmioDeviceEntry = zeroed();
  const first = nextMmioDevice(line, 0, entry);
  expectEqual(i64(u64(entry.address)), 0xfeb0_0e00n);
  expectEqual(i64(entry.bytes), 512n);
  expectEqual(i64(entry.irq), 12n);
  const second = nextMmioDevice(line, u32(first), entry);
  expectEqual(i64(u64(entry.address)), 0xfeb0_0c00n);
  expectEqual(i64(entry.bytes), 4096n);
  expectEqual(i64(entry.irq), 11n);
  expectEqual(nextMmioDevice(line, u32(second), entry), -1n);
}

function countOf(line: string): i64 {
  const entry: MmioDeviceEntry = zeroed();
  let count: i64 = 0n;
  let position = nextMmioDevice(line, 0, entry);
  while (position >= 0n) {
    count += 1n;
    position = nextMmioDevice(line, u32(position), entry);
  }
  return count;
}

function skipsMalformed(): void {
  expectEqual(countOf(""), 0n);
  expectEqual(countOf("   "), 0n);
  expectEqual(countOf("virtio_mmio.device="), 0n);
  expectEqual(countOf("virtio_mmio.device=512"), 0n);
  expectEqual(countOf("virtio_mmio.device=512@"), 0n);
  expectEqual(countOf("virtio_mmio.device=512@0x:5"), 0n);
  expectEqual(countOf("virtio_mmio.device=512@0xfeb00000:"), 0n);
  expectEqual(countOf("virtio_mmio.device=512@0xfeb00001:5"), 0n);
  expectEqual(countOf("virtio_mmio.device=512@0xfeb00000:300"), 0n);
  expectEqual(countOf("virtio_mmio.device=512@0:5 virtio_mmio.device=512@0x1000:5"), 1n);
  expectEqual(countOf("xvirtio_mmio.device=512@0x1000:5"), 0n);
}

export function commandLineTests(): void {
  test("command line: all announced devices are found", findsAll);
  test("command line: malformed announcements are skipped", skipsMalformed);
}

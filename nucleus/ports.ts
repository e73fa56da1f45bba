/**
 * Port input and output, allowed in ring 3 by the I/O bitmap of the task-state segment.
 *
 * On uhyve every access is an exit to the monitor (about 26 µs on hosts without hardware nesting): batch.
 */

export function outb(port: u16, value: u8): void {
  // SAFETY: ports are devices, not memory; "memory" because the device may read what was stored before.
  asm`outb %al, %dx ${input("al", value)} ${input("dx", port)} ${clobber("memory")}`;
}

export function outw(port: u16, value: u16): void {
  // SAFETY: as outb.
  asm`outw %ax, %dx ${input("ax", value)} ${input("dx", port)} ${clobber("memory")}`;
}

export function outl(port: u16, value: u32): void {
  // SAFETY: as outb.
  asm`outl %eax, %dx ${input("eax", value)} ${input("dx", port)} ${clobber("memory")}`;
}

export function inb(port: u16): u8 {
  // SAFETY: as outb; the device may have written memory before it answers.
  return asm<u8>`inb %dx, %al ${output("al")} ${input("dx", port)} ${clobber("memory")}`;
}

export function inw(port: u16): u16 {
  // SAFETY: as inb.
  return asm<u16>`inw %dx, %ax ${output("ax")} ${input("dx", port)} ${clobber("memory")}`;
}

export function inl(port: u16): u32 {
  // SAFETY: as inb.
  return asm<u32>`inl %dx, %eax ${output("eax")} ${input("dx", port)} ${clobber("memory")}`;
}

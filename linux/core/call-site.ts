/**
 * System-call sites that can become jumps, and the machine code that they jump to (DESIGN D5).
 *
 * A site is `mov $nr,%eax; syscall` (b8 imm32 0f 05). Its mov becomes `jmp thunk`; the `syscall` stays where it is, so code that jumps
 * to it still traps. Nothing is written below the application's stack pointer (a `call` would overwrite the red zone):
 *
 *     site   e9 rel32        jmp  thunk
 *            0f 05           syscall                      only reached by jumps from elsewhere
 *
 *     thunk  49 89 e3        mov  %rsp,%r11               31 bytes of 32
 *            65 48 8b 24 25  mov  %gs:kernelStackTop,%rsp
 *            b8 imm32        mov  $nr,%eax
 *            ff 15 rel32     call *slot(%rip)             the library OS; returns with r11 as it was
 *            4c 89 dc        mov  %r11,%rsp
 *            e9 rel32        jmp  site + 7
 *
 * A call whose answer never changes (getpid) has a thunk of two instructions: `mov $answer,%eax; jmp site + 7`.
 *
 * Pure: bytes in, bytes out. linux/call-sites.ts applies it to memory.
 */

export const SITE_BYTES = 7n;
/** How many bytes before the mov are looked at. */
export const SITE_CONTEXT_BYTES = 6n;
export const JUMP_BYTES = 5n;
export const THUNK_BYTES = 32n;

const MOV_EAX_IMM32 = 0xb8;
const JMP_REL32 = 0xe9;

/**
 * Whether `code`, SITE_CONTEXT_BYTES before the mov and then the site, is `mov $number,%eax; syscall` and nothing else.
 *
 * The bytes alone cannot prove where an instruction starts. The register's value at the trap excludes nearly everything; what is left
 * are longer instructions that end in the byte b8 and a 32-bit number equal to it, and these are refused.
 */
export function isCallSite(code: Slice<u8>, number: u32): bool {
  if (code.length !== SITE_CONTEXT_BYTES + SITE_BYTES) {
    return false;
  }
  const start = u32(SITE_CONTEXT_BYTES);
  if (code[start] !== MOV_EAX_IMM32 || code[start + 5] !== 0x0f || code[start + 6] !== 0x05) {
    return false;
  }
  let immediate: u32 = 0;
  for (let i: u32 = 0; i < 4; i++) {
    immediate |= u32(code[start + 1 + i]) << (8 * i);
  }
  return immediate === number && !isInsideInstruction(code, start);
}

/** Writes `jmp target` for the address `from`; false if it is out of reach. */
export function encodeJump(out: Slice<u8>, from: u64, target: u64): bool {
  if (!inReach(from + JUMP_BYTES, target)) {
    return false;
  }
  out[0] = JMP_REL32;
  putU32(out, 1n, u32.wrap(target - (from + JUMP_BYTES)));
  return true;
}

/** Writes a thunk for the site at `site`. `slot` holds the address of the library OS's entry; false if anything is out of reach. */
export function encodeThunk(out: Slice<u8>, thunk: u64, site: u64, number: u32, slot: u64, stackTopOffset: u32): bool {
  const callEnd = thunk + 23n;
  if (out.length < THUNK_BYTES || !inReach(callEnd, slot)) {
    return false;
  }
  fillBytes(out.data, 0xcc, THUNK_BYTES);
  put3(out, 0n, 0x49, 0x89, 0xe3);
  put3(out, 3n, 0x65, 0x48, 0x8b);
  out[6] = 0x24;
  out[7] = 0x25;
  putU32(out, 8n, stackTopOffset);
  out[12] = MOV_EAX_IMM32;
  putU32(out, 13n, number);
  out[17] = 0xff;
  out[18] = 0x15;
  putU32(out, 19n, u32.wrap(slot - callEnd));
  put3(out, 23n, 0x4c, 0x89, 0xdc);
  return encodeJump(out.subslice(26n, 31n), thunk + 26n, site + SITE_BYTES);
}

/** Writes a thunk that answers `answer` without entering the library OS. */
export function encodeConstantThunk(out: Slice<u8>, thunk: u64, site: u64, answer: u32): bool {
  if (out.length < THUNK_BYTES) {
    return false;
  }
  fillBytes(out.data, 0xcc, THUNK_BYTES);
  out[0] = MOV_EAX_IMM32;
  putU32(out, 1n, answer);
  return encodeJump(out.subslice(5n, 10n), thunk + 5n, site + SITE_BYTES);
}

function isInsideInstruction(code: Slice<u8>, start: u32): bool {
  const before = code[start - 1];
  const second = code[start - 2];
  // A prefix: REX makes it another register or a 64-bit immediate, 66 a 16-bit one; the others are as good as never there.
  if ((before & 0xf0) === 0x40 || before === 0x66 || before === 0x67) {
    return true;
  }
  if (before === 0xf0 || before === 0xf2 || before === 0xf3 || before === 0x0f) {
    return true;
  }
  // lea disp32(base) with ModRM b8, or with SIB b8. Other instructions would have read memory at disp32 + rax = 2 * number.
  if (before === 0x8d || (second === 0x8d && (before & 0xc7) === 0x84)) {
    return true;
  }
  return endsInDisplacement(code, start) || isMovabs(code, start);
}

/** `op imm32, disp8(...)` or `disp32(...)` whose displacement ends in b8: opcodes 69, 81, c7, f7. */
function endsInDisplacement(code: Slice<u8>, start: u32): bool {
  for (let back: u32 = 2; back <= 6; back++) {
    const opcode = code[start - back];
    if (opcode === 0x69 || opcode === 0x81 || opcode === 0xc7 || opcode === 0xf7) {
      const modrm = code[start - back + 1];
      const mod = modrm >> 6;
      const sibBytes: u32 = (modrm & 7) === 4 && mod !== 3 ? 1 : 0;
      const isRipRelative = mod === 0 && (modrm & 7) === 5;
      const displacementBytes: u32 = mod === 1 ? 1 : mod === 2 || isRipRelative ? 4 : 0;
      // opcode, ModRM, SIB and displacement, the last byte of which is the b8 at `start`.
      if (displacementBytes !== 0 && 2 + sibBytes + displacementBytes === back + 1) {
        return true;
      }
    }
  }
  return false;
}

/** `movabs $imm64,%reg` whose fourth immediate byte is the b8. */
function isMovabs(code: Slice<u8>, start: u32): bool {
  const opcode = code[start - 4];
  const rex = code[start - 5];
  return (opcode & 0xf8) === 0xb8 && (rex & 0xf8) === 0x48;
}

/** Whether `target - next` fits 32 signed bits. */
function inReach(next: u64, target: u64): bool {
  return target - next + 0x8000_0000n <= 0xffff_ffffn;
}

function putU32(out: Slice<u8>, offset: u64, value: u32): void {
  for (let i: u32 = 0; i < 4; i++) {
    setAt(out, offset + u64(i), u8((value >> (8 * i)) & 0xff));
  }
}

function put3(out: Slice<u8>, offset: u64, a: u8, b: u8, c: u8): void {
  setAt(out, offset, a);
  setAt(out, offset + 1n, b);
  setAt(out, offset + 2n, c);
}

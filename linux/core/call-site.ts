/**
 * System-call sites that can become jumps, and the machine code that they jump to (DESIGN D5; docs/decisions/0005-call-sites-become-jumps.md).
 *
 * The instruction before `syscall` (0f 05) moves to a thunk, and a jump takes its place. The `syscall` itself stays where it is, so
 * code that jumps to it still traps. Nothing is written below the application's stack pointer: a `call` would overwrite the red zone.
 *
 *     site   e9 rel32        jmp  thunk                    instead of, for instance, b8 27 00 00 00  mov $39,%eax
 *            0f 05           syscall                       only reached by jumps from elsewhere
 *
 *     thunk  ...             the instruction that was there
 *            49 89 e3        mov  %rsp,%r11
 *            65 48 8b 24 25  mov  %gs:kernelStackTop,%rsp
 *            ff 15 rel32     call *slot(%rip)              the library OS; returns with r11 as it was
 *            4c 89 dc        mov  %r11,%rsp
 *            e9 rel32        jmp  site + 7
 *
 * A shorter instruction leaves no room for a jump of five bytes. Its jump reaches over the `syscall` and what follows, and the thunk is placed so
 * far away that the upper bytes of rel32 *are* what stands there: some 81 MiB behind the site after three bytes, between 240 and 256 MiB after
 * four, and after two, of which libc's read is one, where the next instruction says (48: 1,152 MiB).
 *
 *     site   e9 lo hi 0f 05  jmp  site + 5 + 0x050f'hilo   instead of 48 89 de     mov %rbx,%rsi; 0f 05  syscall
 *     site   e9 lo mi hi 0f  jmp  site + 5 + 0x0f'himilo   instead of 40 80 f6 81  xor $0x81,%sil; 0f 05  syscall
 *     site   e9 lo 0f 05 48  jmp  site + 5 + 0x48050f'lo   instead of 31 c0  xor %eax,%eax; 0f 05  syscall; 48 3d ...  cmp $...,%rax
 *
 * A call whose answer never changes (getpid) has a thunk without a call: `mov $answer,%eax; jmp back`.
 *
 * This file tells sites; call-thunk.ts makes the jumps and thunks. Pure: bytes in, bytes out. linux/call-sites.ts applies both to memory.
 */

import { FUTEX_PRIVATE_FLAG } from "../../abi/linux-process.ts";
import { SYS_futex } from "../../abi/linux-syscalls.ts";

export const SYSCALL_BYTES = 2n;
/** What is looked at: the `syscall` and so many bytes before it. */
export const SITE_CONTEXT_BYTES = 14n;
export const SITE_BYTES = SITE_CONTEXT_BYTES + SYSCALL_BYTES;
/** The shortest that is moved. */
export const SHORTEST_BYTES = 2n;

export const MOV_R32_IMM32 = 0xb8;
export const JMP_REL32 = 0xe9;
const RAX = 0;
const RCX = 1;
const RSP = 4;
const RSI = 6;
const R9 = 9;
const R11 = 11;

/** General registers by their numbers in machine code, as the application had them at the `syscall`. */
export type Registers = FixedArray<u64, 16>;

/** Words of the application's memory that the moved instruction may have loaded. */
export class SiteWords {
  /** At rsp + 8. */
  onStack!: u64;
  /** At the address that besideAddress gives. */
  beside!: u64;
}

/**
 * How long the instruction before the `syscall` is, if it can move to a thunk; 0n otherwise. `code` is SITE_BYTES long and ends with the
 * `syscall`; `words` is what stands in memory where the instruction may have read.
 *
 * Bytes alone cannot prove where an instruction starts. Each shape sets a register to something that can be compared with what the
 * register holds at the trap, which excludes nearly everything; longer instructions whose end looks like a shape are refused.
 */
export function movableBytes(code: Slice<u8>, registers: Registers, words: SiteWords): u64 {
  const end = u32(SITE_CONTEXT_BYTES);
  if (code.length !== SITE_BYTES || code[end] !== 0x0f || code[end + 1] !== 0x05) {
    return 0n;
  }
  if (isMoveSigned(code, registers)) {
    return 7n;
  }
  const loadBytes = loadLength(code, registers, words.beside);
  if (loadBytes !== 0n) {
    return loadBytes;
  }
  if (isMoveImmediate(code, end - 6, 0x41, registers)) {
    return 6n;
  }
  if (isMoveImmediate(code, end - 5, 0, registers)) {
    return 5n;
  }
  if (isLoadOfStackWord(code, registers, words.onStack) || isStackAddress(code, registers)) {
    return 5n;
  }
  if (isPrivateFutex(code, registers)) {
    return 4n;
  }
  if (isRegisterMove(code, registers)) {
    return 3n;
  }
  return isShortMove(code, registers) ? 2n : 0n;
}

/** Whether what stands before the `syscall` looks like `mov disp32(%rip),%r`, so that the word there matters. */
export function needsWordBeside(code: Slice<u8>): bool {
  return isLoadBeside(code.subslice(0n, SITE_CONTEXT_BYTES));
}

/** What `mov disp32(%rip),%r` before a `syscall` at `end` would read; the last four bytes are its displacement. */
export function besideAddress(code: Slice<u8>, end: u64): u64 {
  return end + signExtended(read32(code, u32(SITE_CONTEXT_BYTES) - 4));
}

/**
 * Whether the instruction of `bytes` bytes before the `syscall` begins with the last byte of another site's jump: what stands there is part of
 * that jump's displacement, and may not change any more.
 */
export function isEndOfJump(code: Slice<u8>, bytes: u64): bool {
  const start = u32(SITE_CONTEXT_BYTES - bytes);
  return code[start - 4] === JMP_REL32 && code[start - 2] === 0x0f && code[start - 1] === 0x05;
}

/** The number in `mov $number,%eax`, if the instruction of `bytes` bytes before the `syscall` is that; U64 maximum otherwise. */
export function callNumber(code: Slice<u8>, bytes: u64): u64 {
  const start = u32(SITE_CONTEXT_BYTES - bytes);
  return bytes === 5n && code[start] === MOV_R32_IMM32 ? u64(read32(code, start + 1)) : u64.MAX;
}

/** `mov $imm32,%r32` at `start`, behind the prefix `rex` for r8 to r15, or none (0). */
function isMoveImmediate(code: Slice<u8>, start: u32, rex: u8, registers: Registers): bool {
  const opcodeAt: u32 = rex === 0 ? start : start + 1;
  const opcode = code[opcodeAt];
  if ((opcode & 0xf8) !== MOV_R32_IMM32 || (rex !== 0 && code[start] !== rex)) {
    return false;
  }
  const register: u32 = u32(opcode & 7) + (rex === 0 ? 0 : 8);
  if (!isMovable(register) || registers[register] !== u64(read32(code, opcodeAt + 1))) {
    return false;
  }
  return rex === 0 ? !isInsideInstruction(code, start) : !hasPrefix(code[start - 1]);
}

/** `mov $imm32,%r64`: 48 c7 c0+r imm32, sign-extended. */
function isMoveSigned(code: Slice<u8>, registers: Registers): bool {
  const start = u32(SITE_CONTEXT_BYTES) - 7;
  if (code[start] !== 0x48 || code[start + 1] !== 0xc7 || (code[start + 2] & 0xf8) !== 0xc0) {
    return false;
  }
  const register = u32(code[start + 2] & 7);
  const value = signExtended(read32(code, start + 3));
  return isMovable(register) && registers[register] === value && !hasPrefix(code[start - 1]);
}

/** `mov disp32(%rip),%r32` (libgomp's futex calls) or its form with a REX prefix: six or seven bytes; 0n if it is none. */
function loadLength(code: Slice<u8>, registers: Registers, word: u64): u64 {
  const start = u32(SITE_CONTEXT_BYTES) - 6;
  if (!isLoadBeside(code.subslice(u64(start), SITE_CONTEXT_BYTES))) {
    return 0n;
  }
  const rex = code[start - 1];
  const isLong = (rex & 0xf3) === 0x40;
  const register: u32 = u32((code[start + 1] >> 3) & 7) + (isLong && (rex & 4) !== 0 ? 8 : 0);
  const value = isLong && (rex & 8) !== 0 ? word : word & 0xffff_ffffn;
  if (!isMovable(register) || registers[register] !== value) {
    return 0n;
  }
  if (isLong) {
    return hasPrefix(code[start - 2]) ? 0n : 7n;
  }
  return hasPrefix(rex) ? 0n : 6n;
}

/** Whether it ends like `mov disp32(%rip),%r`: 8b, ModRM 00 reg 101, displacement. */
export function isLoadBeside(instruction: Slice<u8>): bool {
  const length = u32(instruction.length);
  return length >= 6 && instruction[length - 6] === 0x8b && (instruction[length - 5] & 0xc7) === 0x05;
}

/** `mov 8(%rsp),%r9`: how libc's syscall(2) ends. */
function isLoadOfStackWord(code: Slice<u8>, registers: Registers, stackWord: u64): bool {
  const start = u32(SITE_CONTEXT_BYTES) - 5;
  const isLoad = code[start] === 0x4c && code[start + 1] === 0x8b && code[start + 2] === 0x4c;
  const isOfStack = code[start + 3] === 0x24 && code[start + 4] === 8;
  return isLoad && isOfStack && registers[R9] === stackWord && !hasPrefix(code[start - 1]);
}

/** `lea disp8(%rsp),%r64`: REX.W 8d, ModRM 01 reg 100, SIB 24. */
function isStackAddress(code: Slice<u8>, registers: Registers): bool {
  const start = u32(SITE_CONTEXT_BYTES) - 5;
  const rex = code[start];
  if ((rex !== 0x48 && rex !== 0x4c) || code[start + 1] !== 0x8d) {
    return false;
  }
  if ((code[start + 2] & 0xc7) !== 0x44 || code[start + 3] !== 0x24) {
    return false;
  }
  const register: u32 = u32((code[start + 2] >> 3) & 7) + (rex === 0x4c ? 8 : 0);
  const address = registers[RSP] + u64.wrap(i64(i8.wrap(code[start + 4])));
  return isMovable(register) && registers[register] === address && !hasPrefix(code[start - 1]);
}

/** `mov %r,%r` with a REX prefix: three bytes, 64 or 32 bits wide. */
function isRegisterMove(code: Slice<u8>, registers: Registers): bool {
  const start = u32(SITE_CONTEXT_BYTES) - 3;
  const rex = code[start];
  const modrm = code[start + 2];
  const isStore = code[start + 1] === 0x89;
  if ((rex & 0xf2) !== 0x40 || (!isStore && code[start + 1] !== 0x8b) || modrm >> 6 !== 3) {
    return false;
  }
  const reg: u32 = u32((modrm >> 3) & 7) + ((rex & 4) !== 0 ? 8 : 0);
  const rm: u32 = u32(modrm & 7) + ((rex & 1) !== 0 ? 8 : 0);
  const target = isStore ? rm : reg;
  const source = isStore ? reg : rm;
  const value = (rex & 8) !== 0 ? registers[source] : registers[source] & 0xffff_ffffn;
  const before = code[start - 1];
  // lea or mov whose ModRM is what looks like a prefix, and the rest its SIB and displacement.
  const isAddress = (before === 0x8d || before === 0x8b) && (rex & 0xf7) === 0x44;
  const isPlain = isMovable(target) && source !== RCX && source !== R11 && !isAddress;
  return isPlain && registers[target] === value && !hasPrefix(before);
}

/** `mov %r32,%r32` or `xor %r32,%r32` of the same register, without a prefix: two bytes. */
function isShortMove(code: Slice<u8>, registers: Registers): bool {
  const start = u32(SITE_CONTEXT_BYTES) - 2;
  const opcode = code[start];
  const modrm = code[start + 1];
  const reg = u32((modrm >> 3) & 7);
  const rm = u32(modrm & 7);
  if (modrm >> 6 !== 3 || hasPrefix(code[start - 1]) || isEndOfAddress(code, start)) {
    return false;
  }
  if (opcode === 0x31 || opcode === 0x33) {
    return reg === rm && isMovable(reg) && registers[reg] === 0n;
  }
  const target = opcode === 0x89 ? rm : reg;
  const source = opcode === 0x89 ? reg : rm;
  // A move to itself cannot be told by what the register holds.
  const isMove = (opcode === 0x89 || opcode === 0x8b) && isMovable(target) && source !== RCX && source !== target;
  return isMove && registers[target] === (registers[source] & 0xffff_ffffn);
}

/**
 * Whether the two bytes at `start` may be the end of a longer instruction: SIB and disp8 (`lea -1(%rbx,%rsi),%rsi` ends in 33 ff), ModRM and
 * imm8, or the upper half of the disp32 of a lea or mov.
 */
function isEndOfAddress(code: Slice<u8>, start: u32): bool {
  const before = code[start - 1];
  const hasImmediate = before === 0x6b || before === 0x80 || before === 0x83;
  if ((before & 0xc7) === 0x44 || hasImmediate) {
    return true;
  }
  const modrm = code[start - 3];
  const isWide = (modrm & 0xc7) === 0x05 || modrm >> 6 === 2;
  return (
    (isWide && isLeaOrMove(code[start - 4])) || ((code[start - 4] & 0xc7) === 0x84 && isLeaOrMove(code[start - 5]))
  );
}

function isLeaOrMove(opcode: u8): bool {
  return opcode === 0x8d || opcode === 0x8b;
}

/** `xor $imm8,%sil` before futex(2), as libc makes its operation: the flag for private ones, which it has turned or not. */
function isPrivateFutex(code: Slice<u8>, registers: Registers): bool {
  const start = u32(SITE_CONTEXT_BYTES) - 4;
  const isXor = code[start] === 0x40 && code[start + 1] === 0x80 && code[start + 2] === 0xf6;
  const turned = u64(code[start + 3]);
  const isResult = registers[RSI] === turned || registers[RSI] === (turned ^ u64(FUTEX_PRIVATE_FLAG));
  return isXor && registers[RAX] === u64(SYS_futex) && isResult && !hasPrefix(code[start - 1]);
}

/** What the `syscall` leaves as it was, so that it can be compared; rsp is never set by a program in passing. */
function isMovable(register: u32): bool {
  return register !== RCX && register !== R11 && register !== RSP;
}

/** A byte that, as a prefix or the first byte of an opcode, would change the instruction behind it. */
function hasPrefix(before: u8): bool {
  const isRex = (before & 0xf0) === 0x40;
  const isSize = before === 0x66 || before === 0x67;
  return isRex || isSize || before === 0xf0 || before === 0xf2 || before === 0xf3 || before === 0x0f;
}

/** Whether the opcode byte and the number behind it may be the end of a longer instruction. */
function isInsideInstruction(code: Slice<u8>, start: u32): bool {
  const before = code[start - 1];
  const second = code[start - 2];
  if (hasPrefix(before)) {
    return true;
  }
  // lea disp32(base): the opcode byte is its ModRM or SIB. Other instructions would have read memory near 2 * number.
  if (before === 0x8d || (second === 0x8d && (before & 0xc7) === 0x84)) {
    return true;
  }
  return endsInDisplacement(code, start) || isMovabs(code, start);
}

/** `op imm32, disp8(...)` or `disp32(...)` whose displacement ends in the opcode byte: opcodes 69, 81, c7, f7. */
function endsInDisplacement(code: Slice<u8>, start: u32): bool {
  for (let back: u32 = 2; back <= 6; back++) {
    const opcode = code[start - back];
    if (opcode === 0x69 || opcode === 0x81 || opcode === 0xc7 || opcode === 0xf7) {
      const modrm = code[start - back + 1];
      const mod = modrm >> 6;
      const sibBytes: u32 = (modrm & 7) === 4 && mod !== 3 ? 1 : 0;
      const isRipRelative = mod === 0 && (modrm & 7) === 5;
      const displacementBytes: u32 = mod === 1 ? 1 : mod === 2 || isRipRelative ? 4 : 0;
      // opcode, ModRM, SIB and displacement, the last byte of which is the one at `start`.
      if (displacementBytes !== 0 && 2 + sibBytes + displacementBytes === back + 1) {
        return true;
      }
    }
  }
  return false;
}

/** `movabs $imm64,%reg` whose fourth immediate byte is the opcode byte. */
function isMovabs(code: Slice<u8>, start: u32): bool {
  const opcode = code[start - 4];
  const rex = code[start - 5];
  return (opcode & 0xf8) === 0xb8 && (rex & 0xf8) === 0x48;
}

export function read32(code: Slice<u8>, offset: u32): u32 {
  let value: u32 = 0;
  for (let i: u32 = 0; i < 4; i++) {
    value |= u32(code[offset + i]) << (8 * i);
  }
  return value;
}

export function signExtended(value: u32): u64 {
  return u64.wrap(i64(i32.wrap(value)));
}

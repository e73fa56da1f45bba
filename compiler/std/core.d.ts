/**
 * What both profiles of bare TypeScript can name: integers, pointers, layouts, atomics, assembly, assertions.
 *
 * `prelude.d.ts` adds strings and arrays without a heap (kernel, host programs); `app.d.ts` adds JavaScript's strings, arrays,
 * maps and console (applications). The compiler `btsc` gives each declaration its meaning; `docs/bare-typescript.md` is the
 * manual with an example for each.
 *
 * Integers are *flavoured* numbers: `number & { [tag]?: "u32" }`. A literal assigns freely, another flavour does not, and
 * 64-bit integers are flavoured `bigint`s, so tsc itself refuses to mix 32 and 64 bits. Widths, signs and ranges of
 * arithmetic are checked by btsc, which keeps its own type for every expression.
 */

// --- What tsc requires of any library ---------------------------------------------------------------------------------

interface Object {}
interface Function {}
interface CallableFunction extends Function {}
interface NewableFunction extends Function {}
interface IArguments {}
interface Number {}
interface Boolean {}
interface RegExp {}
interface BigInt {}
interface Symbol {}
interface SymbolConstructor {
  readonly dispose: unique symbol;
  readonly iterator: unique symbol;
}
declare const Symbol: SymbolConstructor;
interface Disposable {
  [Symbol.dispose](): void;
}
interface IteratorYieldResult<T> {
  done?: false;
  value: T;
}
interface IteratorReturnResult<T> {
  done: true;
  value: T;
}
type IteratorResult<T, R = any> = IteratorYieldResult<T> | IteratorReturnResult<R>;
interface Iterator<T, R = any, N = any> {
  next(...args: [] | [N]): IteratorResult<T, R>;
}
interface Iterable<T, R = any, N = any> {
  [Symbol.iterator](): Iterator<T, R, N>;
}
interface IterableIterator<T, R = any, N = any> extends Iterator<T, R, N> {
  [Symbol.iterator](): IterableIterator<T, R, N>;
}
interface TemplateStringsArray {
  readonly [index: number]: string;
  readonly raw: readonly string[];
}
interface DecoratorMetadataObject {}
interface ClassDecoratorContext<C = any> {
  readonly kind: "class";
}
interface ClassFieldDecoratorContext<This = unknown, V = unknown> {
  readonly kind: "field";
}
interface ClassMethodDecoratorContext<This = unknown, V = any> {
  readonly kind: "method";
}
type Partial<T> = { [P in keyof T]?: T[P] };
type Readonly<T> = { readonly [P in keyof T]: T[P] };
type Parameters<T extends (...args: any) => any> = T extends (...args: infer P) => any ? P : never;
type ReturnType<T extends (...args: any) => any> = T extends (...args: any) => infer R ? R : any;

// --- Integers -----------------------------------------------------------------------------------------------------------

declare const tag: unique symbol;
type Flavor<B, N extends string> = B & { readonly [tag]?: N };
type u8 = Flavor<number, "u8">;
type u16 = Flavor<number, "u16">;
type u32 = Flavor<number, "u32">;
type i8 = Flavor<number, "i8">;
type i16 = Flavor<number, "i16">;
type i32 = Flavor<number, "i32">;
type f32 = Flavor<number, "f32">;
/** `number` without a flavour is `f64`, as in JavaScript. */
type f64 = number;
type u64 = Flavor<bigint, "u64">;
type i64 = Flavor<bigint, "i64">;
type usize = u64;
type isize = i64;
type bool = boolean;
type Int = number | bigint;

/** A physical address of the machine the code runs on. */
type PhysAddr = Flavor<bigint, "PhysAddr">;
/** A virtual address as a number; `pointerAt` makes it a pointer. */
type VirtAddr = Flavor<bigint, "VirtAddr">;
/** A guest-physical address as a monitor sees it: never dereferenced, only translated. */
type GuestPhys = Flavor<bigint, "GuestPhys">;

/**
 * `u32(x)` converts and expects the value to fit (`--checked` panics if it does not; otherwise the low bits are kept);
 * `u32.wrap(x)` keeps the low bits on purpose. From floating point: truncation towards zero, saturating, NaN gives 0.
 */
interface Conversion<T> {
  (value: Int | bool): T;
  wrap(value: Int): T;
}
declare const u8: Conversion<u8> & { readonly MAX: 0xff };
declare const u16: Conversion<u16> & { readonly MAX: 0xffff };
declare const u32: Conversion<u32> & { readonly MAX: 0xffff_ffff };
declare const i8: Conversion<i8> & { readonly MIN: -0x80; readonly MAX: 0x7f };
declare const i16: Conversion<i16> & { readonly MIN: -0x8000; readonly MAX: 0x7fff };
declare const i32: Conversion<i32> & { readonly MIN: -0x8000_0000; readonly MAX: 0x7fff_ffff };
declare const u64: Conversion<u64> & { readonly MAX: 0xffff_ffff_ffff_ffffn };
declare const i64: Conversion<i64> & { readonly MIN: -0x8000_0000_0000_0000n; readonly MAX: 0x7fff_ffff_ffff_ffffn };
declare const usize: Conversion<usize> & { readonly MAX: 0xffff_ffff_ffff_ffffn };
declare const isize: Conversion<isize>;
declare const f32: (value: Int) => f32;
declare const f64: (value: Int) => f64;
declare const PhysAddr: (value: bigint) => PhysAddr;
declare const VirtAddr: (value: bigint) => VirtAddr;
declare const GuestPhys: (value: bigint) => GuestPhys;

// --- Memory -------------------------------------------------------------------------------------------------------------

interface PtrOps<T> {
  [index: number]: T;
  /** The pointer `count` elements further (may be negative). */
  add(count: Int): Ptr<T>;
  readonly [tag]?: ["ptr", T];
}
/**
 * A pointer to one or more `T`. For a class it is the object plus pointer operations; for a scalar `value` is the pointee.
 * `Ptr<T> | null` must be tested before use (tsc checks it).
 */
type Ptr<T> = [T] extends [Int | boolean | string | ((...args: any) => any) | null]
  ? { value: T } & PtrOps<T>
  : T & PtrOps<T>;
/** `N` elements in place (a struct field, a static, a local). Never copied implicitly. */
interface FixedArray<T, N extends number> extends Iterable<T> {
  readonly length: N;
  [index: number]: T;
}
type Bytes<N extends number> = FixedArray<u8, N>;
/** Pointer and length, passed by value; indexing is checked in `--checked` builds. */
interface Slice<T> extends Iterable<T> {
  readonly length: usize;
  readonly data: Ptr<T>;
  [index: number]: T;
  /** Elements `[start, end)`; `start <= end <= length` is the caller's duty (checked in `--checked` builds). */
  subslice(start: usize, end: usize): Slice<T>;
}
/** Indexing with a 64-bit index: `at(buffer, i)` is `buffer[i]` for `bigint` indices, as a place. */
declare function at<T>(array: Slice<T> | PtrOps<T> | FixedArray<T, number>, index: u64): T;
/** Stores to the element at a 64-bit index. */
declare function setAt<T>(array: Slice<T> | PtrOps<T> | FixedArray<T, number>, index: u64, value: T): void;

/** C's `&place`: a variable, field, element, or a referenced struct. */
declare function addressOf<T>(place: T): Ptr<T>;
/** The first element of an in-place array. */
declare function elements<T, N extends number>(array: FixedArray<T, N>): Ptr<T>;
declare function pointerAt<T>(address: VirtAddr | u64): Ptr<T>;
declare function virtAddr(pointer: object | Ptr<any> | null): VirtAddr;
declare function castPtr<T>(pointer: object | Ptr<any>): Ptr<T>;
declare function functionAddress(f: (...args: any[]) => any): VirtAddr;
/** The function at an address, with the type `F`. */
declare function functionAt<F>(address: VirtAddr | u64): F;
declare function sliceOf<T>(first: Ptr<T>, length: usize): Slice<T>;
/** The bytes of a string or of a struct. */
declare function bytesOf(value: string | object): Slice<u8>;
declare function stringOf(first: Ptr<u8>, length: Int): string;
declare function sizeOf<T>(): u32;
declare function alignOf<T>(): u32;
declare function offsetOf<T>(field: keyof T): u32;

/** Overwrites a whole struct or in-place array with another: the one explicit copy. */
declare function copy<T extends object>(destination: T, source: T): void;
/** Fills a struct or in-place array with zero bytes. */
declare function zero<T extends object>(place: T): void;
declare function copyBytes(destination: Ptr<u8>, source: Ptr<u8>, count: usize): void;
/** Like `copyBytes`, for areas that may overlap. */
declare function moveBytes(destination: Ptr<u8>, source: Ptr<u8>, count: usize): void;
declare function fillBytes(destination: Ptr<u8>, value: u8, count: usize): void;
/** Negative, 0 or positive, as C's memcmp. */
declare function compareBytes(a: Ptr<u8>, b: Ptr<u8>, count: usize): i32;

/** Static storage, all bytes zero: `const cpus: FixedArray<Cpu, 64> = zeroed();` */
declare function zeroed<T>(): T;
declare function fixedArray<T, N extends number>(...values: T[]): FixedArray<T, N>;
/** A table with named holes: every index not listed holds `fallback`. */
declare function sparseArray<T, N extends number>(fallback: T, entries: { [index: number]: T }): FixedArray<T, N>;
/** The bytes of a file (path relative to the build folder), linked into read-only data, page-aligned. */
declare function embedFile(path: string): Slice<u8>;

// --- Layout -------------------------------------------------------------------------------------------------------------

type ClassDecorator = (c: abstract new (...args: any[]) => unknown, context: ClassDecoratorContext) => void;
type FieldDecorator = (value: undefined, context: ClassFieldDecoratorContext) => void;
/** Fields in order with C's alignment rules; `size` is asserted at compile time. */
declare function struct(size?: number, options?: { packed?: true; align?: number }): ClassDecorator;
/** All fields at offset 0. */
declare function union(size?: number): ClassDecorator;
/** A block of device registers: every field has `@at` and is `Ro`, `Wo` or `Rw`. */
declare function mmio(size: number): ClassDecorator;
/** The byte offset of a field; btsc asserts it (struct) or places it (mmio). */
declare function at(offset: number): FieldDecorator;
/** Bits `[low, low + width)` of the storage unit that the neighbouring `@bits` fields of the same type share. */
declare function bits(low: number, width: number): FieldDecorator;

interface Ro<T> {
  read(): T;
}
interface Wo<T> {
  write(value: T): void;
}
interface Rw<T> extends Ro<T>, Wo<T> {}

/** Memory orders as C11 defines them. */
declare enum Order {
  Relaxed = 0,
  Acquire = 2,
  Release = 3,
  AcqRel = 4,
  SeqCst = 5,
}
/** An integer, bool or pointer accessed atomically only. The order defaults to `SeqCst`. */
interface Atomic<T> {
  load(order?: Order): T;
  store(value: T, order?: Order): void;
  exchange(value: T, order?: Order): T;
  /** Stores `desired` if the cell holds `expected`; whether it did. */
  compareExchange(expected: T, desired: T, order?: Order): bool;
  fetchAdd(value: T, order?: Order): T;
  fetchSub(value: T, order?: Order): T;
  fetchAnd(value: T, order?: Order): T;
  fetchOr(value: T, order?: Order): T;
  fetchXor(value: T, order?: Order): T;
}
declare function fence(order: Order): void;
/** Keeps the compiler, not the processor, from moving memory accesses across. */
declare function compilerBarrier(): void;
declare function readVolatile<T>(place: Ptr<T>): T;
declare function writeVolatile<T>(place: Ptr<T>, value: T): void;

// --- Machine ------------------------------------------------------------------------------------------------------------

/**
 * Inline assembly (AT&T syntax). An operand with the constraint "r", "m" or "i" prints where it stands; one that names a
 * register ("rax", "edx", ...) prints nothing: it pins the value there. `clobber` prints nothing. The result is the value of
 * the one `output`. In a `@naked` function only `imm`, `symbol` and `percpu` may appear.
 */
declare function asm<R = void>(text: TemplateStringsArray, ...operands: readonly AsmOperand[]): R;
interface AsmOperand {
  readonly asmOperand: true;
}
type AsmRegister =
  | "rax"
  | "rbx"
  | "rcx"
  | "rdx"
  | "rsi"
  | "rdi"
  | "rbp"
  | "r8"
  | "r9"
  | "r10"
  | "r11"
  | "r12"
  | "r13"
  | "r14"
  | "r15"
  | "eax"
  | "ebx"
  | "ecx"
  | "edx"
  | "esi"
  | "edi"
  | "ax"
  | "al"
  | "dx"
  | "cl";
type AsmConstraint = AsmRegister | "r" | "m" | "q" | "x";
declare function output(constraint: AsmConstraint): AsmOperand;
declare function outputTo<T>(constraint: AsmConstraint, place: T): AsmOperand;
declare function input(constraint: AsmConstraint | "i", value: Int | bool | Ptr<any> | object | null): AsmOperand;
declare function inout<T>(constraint: AsmConstraint, place: T): AsmOperand;
declare function clobber(...names: (AsmRegister | "memory" | "cc" | string)[]): AsmOperand;
/** A compile-time constant, printed as a number without `$`. */
declare function imm(value: Int): AsmOperand;
/** The symbol of a function or static variable. */
declare function symbol(place: unknown): AsmOperand;
/** `%gs:OFFSET` of a `@percpu` variable. */
declare function percpu(place: unknown): AsmOperand;
/** The byte offset of a `@percpu` variable (or a field of one) from the per-CPU base, a compile-time constant. */
declare function percpuOffset(place: unknown): u32;
/** The number of bytes of per-CPU storage of this program. Its first 8 bytes hold its own address. */
declare function percpuSize(): u32;

// --- Control ------------------------------------------------------------------------------------------------------------

declare function staticAssert(condition: bool, why: string): void;
/** Panics with file and line if false; stays in every build. */
declare function assert(condition: bool, why?: string): asserts condition;
declare function panic(why: string): never;
declare function unreachable(): never;
declare function likely(condition: bool): bool;
declare function unlikely(condition: bool): bool;
/** Two's complement and bit tricks; results as GCC's builtins, 0 gives the width. */
declare function countLeadingZeros(value: u32): u32;
declare function countLeadingZeros(value: u64): u32;
declare function countTrailingZeros(value: u32): u32;
declare function countTrailingZeros(value: u64): u32;
declare function popCount(value: u32): u32;
declare function popCount(value: u64): u32;
declare function byteSwap16(value: u16): u16;
declare function byteSwap32(value: u32): u32;
declare function byteSwap64(value: u64): u64;
/** The IEEE 754 representation of a double, and back. */
declare function bitsOfF64(value: f64): u64;
declare function f64OfBits(bits: u64): f64;
/** IEEE 754 square root, correctly rounded (one instruction). */
declare function squareRoot(value: f64): f64;
/** The high 64 bits of the 128-bit product. */
declare function mulHigh(a: u64, b: u64): u64;
/** `a * b >> shift` with a 128-bit product (0 <= shift < 128). */
declare function mulShift(a: u64, b: u64, shift: u32): u64;
/** `a + b`, `a - b`, `a * b` stored to `result`; true if the value did not fit. */
declare function addOverflows<T extends Int>(a: T, b: T, result: Ptr<T>): bool;
declare function subOverflows<T extends Int>(a: T, b: T, result: Ptr<T>): bool;
declare function mulOverflows<T extends Int>(a: T, b: T, result: Ptr<T>): bool;

/**
 * In a template literal: hexadecimal with `0x`; `padded` with leading zeros to `digits`. A template literal with
 * substitutions is formatted into a buffer of the calling function, sized at compile time; a string substitution
 * contributes at most 256 bytes.
 */
declare function hex(value: Int): string;
declare function padded(value: Int, digits: number): string;
/** A character by its code, in a template literal. */
declare function char(code: u8): string;

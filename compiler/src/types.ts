// The compiler's own types.
//
// tsc's types cannot carry widths through arithmetic (`u8 + u8` is a `number` to it), so btsc computes a BType for every
// expression bottom-up and takes declared types from the type *nodes* of the source. Nullability is tsc's business: a
// nullable pointer and a pointer are the same BType except for `--checked`, which tests where tsc was overruled.
//
// Scalars are values. Class instances and in-place arrays are *places*: a variable, parameter or result of such a type is
// a C pointer (`storageType`), a field or element of it lies inside.

import type ts from "typescript";

export interface IntType {
  readonly kind: "int";
  readonly name: string;
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed: boolean;
  /** `bigint` to tsc. */
  readonly big: boolean;
  /** PhysAddr and its like: unsigned 64-bit types that mix only with u64. */
  readonly address: boolean;
}
export interface FloatType {
  readonly kind: "float";
  readonly bits: 32 | 64;
}
export interface EnumType {
  readonly kind: "enum";
  readonly name: string;
  readonly decl: ts.EnumDeclaration;
  readonly under: IntType;
  readonly members: ReadonlyMap<string, bigint>;
}
export interface PtrType {
  readonly kind: "ptr";
  readonly to: BType;
  readonly nullable: boolean;
}
export interface ArrayType {
  readonly kind: "array";
  readonly element: BType;
  readonly length: number;
}
export interface SliceType {
  readonly kind: "slice";
  readonly element: BType;
}
export interface FnType {
  readonly kind: "fn";
  readonly params: readonly BType[];
  readonly result: BType;
  readonly nullable: boolean;
}
export interface ClassType {
  readonly kind: "class";
  readonly cls: ClassInfo;
}
export interface AtomicType {
  readonly kind: "atomic";
  readonly of: BType;
}
export interface CellType {
  readonly kind: "cell";
  readonly mode: "ro" | "wo" | "rw";
  readonly of: BType;
}
/** A number or bigint literal that has not met a type yet. `big` says which of the two it is to tsc. */
export interface UntypedType {
  readonly kind: "untyped";
  readonly big: boolean;
}
/** A literal size: the argument of an `N extends number` parameter. */
export interface SizeType {
  readonly kind: "size";
  readonly value: number;
}
/** Types of a profile that the bare compiler does not know (the application profile's arrays, maps, ...). */
export interface ProfileType {
  readonly kind: "profile";
  readonly name: string;
  readonly args: readonly BType[];
  /** The C type that holds a value. */
  readonly cName: string;
  /** Where a value is not a pointer: its size and alignment, and the class whose C structure it is. */
  readonly size?: number;
  readonly align?: number;
  readonly holds?: ClassType;
}
export interface SimpleType {
  readonly kind: "bool" | "void" | "never" | "string" | "null" | "error";
}
export type BType =
  | IntType
  | FloatType
  | EnumType
  | PtrType
  | ArrayType
  | SliceType
  | FnType
  | ClassType
  | AtomicType
  | CellType
  | UntypedType
  | SizeType
  | ProfileType
  | SimpleType;

/** What type parameters stand for inside one instance of a generic. */
export type TypeEnv = ReadonlyMap<ts.Symbol, BType>;

export interface BitRange {
  readonly low: number;
  readonly width: number;
  /** The C member that holds the bits. */
  readonly unit: string;
}
export interface Field {
  readonly name: string;
  readonly cName: string;
  readonly type: BType;
  readonly offset: number;
  readonly bits?: BitRange | undefined;
  readonly node: ts.PropertyDeclaration;
}
export interface ClassInfo {
  readonly key: string;
  readonly name: string;
  readonly cName: string;
  readonly decl: ts.ClassDeclaration;
  readonly args: readonly BType[];
  readonly env: TypeEnv;
  form: "struct" | "union" | "mmio";
  packed: boolean;
  size: number;
  align: number;
  fields: Field[];
  state: "new" | "busy" | "done" | "broken";
}

const int = (name: string, bits: 8 | 16 | 32 | 64, signed: boolean, big: boolean, address = false): IntType => ({
  kind: "int",
  name,
  bits,
  signed,
  big,
  address,
});

export const U8 = int("u8", 8, false, false);
export const U16 = int("u16", 16, false, false);
export const U32 = int("u32", 32, false, false);
export const I8 = int("i8", 8, true, false);
export const I16 = int("i16", 16, true, false);
export const I32 = int("i32", 32, true, false);
export const U64 = int("u64", 64, false, true);
export const I64 = int("i64", 64, true, true);
export const PHYS_ADDR = int("PhysAddr", 64, false, true, true);
export const VIRT_ADDR = int("VirtAddr", 64, false, true, true);
export const GUEST_PHYS = int("GuestPhys", 64, false, true, true);
export const F32: FloatType = { kind: "float", bits: 32 };
export const F64: FloatType = { kind: "float", bits: 64 };
export const BOOL: SimpleType = { kind: "bool" };
export const VOID: SimpleType = { kind: "void" };
export const NEVER: SimpleType = { kind: "never" };
export const STRING: SimpleType = { kind: "string" };
export const NULL: SimpleType = { kind: "null" };
export const ERROR: SimpleType = { kind: "error" };

export const INT_TYPES: ReadonlyMap<string, IntType> = new Map(
  [U8, U16, U32, I8, I16, I32, U64, I64, PHYS_ADDR, VIRT_ADDR, GUEST_PHYS].map((t) => [t.name, t]),
)
  .set("usize", U64)
  .set("isize", I64);

/** The scalar types of the prelude by the name that a program writes. */
export const NAMED_TYPES: ReadonlyMap<string, BType> = new Map<string, BType>([
  ...INT_TYPES,
  ["f32", F32],
  ["f64", F64],
  ["bool", BOOL],
]);

export const ptrTo = (to: BType, nullable = false): PtrType => ({ kind: "ptr", to, nullable });

export function minOf(t: IntType): bigint {
  return t.signed ? -(1n << BigInt(t.bits - 1)) : 0n;
}

export function maxOf(t: IntType): bigint {
  return (1n << BigInt(t.signed ? t.bits - 1 : t.bits)) - 1n;
}

export function wrapTo(t: IntType, value: bigint): bigint {
  return t.signed ? BigInt.asIntN(t.bits, value) : BigInt.asUintN(t.bits, value);
}

/** One string per type; equal strings mean equal types. */
export function typeKey(t: BType): string {
  switch (t.kind) {
    case "int":
      return t.name;
    case "float":
      return `f${t.bits}`;
    case "enum":
      return `enum:${t.decl.getSourceFile().fileName}:${t.decl.pos}`;
    case "ptr":
      return `*${typeKey(t.to)}`;
    case "array":
      return `[${t.length}]${typeKey(t.element)}`;
    case "slice":
      return `[]${typeKey(t.element)}`;
    case "fn":
      return `(${t.params.map(typeKey).join(",")})=>${typeKey(t.result)}`;
    case "class":
      return t.cls.key;
    case "atomic":
      return `Atomic<${typeKey(t.of)}>`;
    case "cell":
      return `${t.mode}<${typeKey(t.of)}>`;
    case "size":
      return `#${t.value}`;
    case "untyped":
      return t.big ? "untyped bigint" : "untyped number";
    case "profile":
      return `${t.name}<${t.args.map(typeKey).join(",")}>`;
    default:
      return t.kind;
  }
}

export function sameType(a: BType, b: BType): boolean {
  return a === b || typeKey(a) === typeKey(b);
}

/** The type as a message to the programmer shows it. */
export function typeName(t: BType): string {
  switch (t.kind) {
    case "int":
      return t.name;
    case "float":
      return `f${t.bits}`;
    case "enum":
      return t.name;
    case "ptr":
      return t.nullable ? `Ptr<${typeName(t.to)}> | null` : `Ptr<${typeName(t.to)}>`;
    case "array":
      return `FixedArray<${typeName(t.element)}, ${t.length}>`;
    case "slice":
      return `Slice<${typeName(t.element)}>`;
    case "fn":
      return `(${t.params.map((p, i) => `p${i}: ${typeName(p)}`).join(", ")}) => ${typeName(t.result)}`;
    case "class":
      return t.cls.args.length > 0 ? `${t.cls.name}<${t.cls.args.map(typeName).join(", ")}>` : t.cls.name;
    case "atomic":
      return `Atomic<${typeName(t.of)}>`;
    case "cell":
      return `${t.mode === "ro" ? "Ro" : t.mode === "wo" ? "Wo" : "Rw"}<${typeName(t.of)}>`;
    case "size":
      return String(t.value);
    case "untyped":
      return t.big ? "bigint constant" : "number constant";
    case "profile":
      return t.args.length > 0 ? `${t.name}<${t.args.map(typeName).join(", ")}>` : t.name;
    default:
      return t.kind;
  }
}

/** The type as a part of a C identifier. */
export function mangle(t: BType): string {
  switch (t.kind) {
    case "ptr":
      return `p_${mangle(t.to)}`;
    case "array":
      return `a${t.length}_${mangle(t.element)}`;
    case "slice":
      return `slice_${mangle(t.element)}`;
    case "fn":
      return `fn_${[...t.params, t.result].map(mangle).join("_")}`;
    case "class":
      return t.cls.cName;
    case "atomic":
      return `atomic_${mangle(t.of)}`;
    case "cell":
      return `${t.mode}_${mangle(t.of)}`;
    case "enum":
      return t.name;
    case "size":
      return String(t.value).replace("-", "m");
    case "profile":
      return [t.name, ...t.args.map(mangle)].join("_");
    default:
      return typeName(t).replace(/[^A-Za-z0-9]+/g, "_");
  }
}

export const isPlaceType = (t: BType): t is ClassType | ArrayType | AtomicType | CellType =>
  t.kind === "class" || t.kind === "array" || t.kind === "atomic" || t.kind === "cell";

/** What a variable, parameter or result of the type holds: places are passed by reference. */
export function storageType(t: BType): BType {
  return isPlaceType(t) ? ptrTo(t) : t;
}

/** The integer that an integer or enum is to arithmetic. */
export function intOf(t: BType): IntType | undefined {
  return t.kind === "int" ? t : t.kind === "enum" ? t.under : undefined;
}

/** Whether every value of `from` is one of `to`, so that the conversion may stay implicit. */
export function widens(from: IntType, to: IntType): boolean {
  if (from === to) return true;
  if (from.address || to.address || from.big !== to.big) return false;
  return minOf(to) <= minOf(from) && maxOf(from) <= maxOf(to);
}

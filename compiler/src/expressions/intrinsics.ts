// The functions of the prelude: memory, layout, machine and control.

import fs from "node:fs";
import path from "node:path";
import ts from "typescript";
import { cast, checkReference, coerce, convert, convertToFloat } from "../coerce.ts";
import { constantOf, constantVal } from "../constants.ts";
import { cType } from "../c-types.ts";
import { fail, symbolOf } from "../context.ts";
import { staticOf } from "../declarations.ts";
import { capture, emit, type Fx, indented, replay } from "../function-context.ts";
import { layoutOf, sizeAlign } from "../layout.ts";
import { resolveType } from "../type-nodes.ts";
import {
  BOOL,
  type BType,
  F32,
  F64,
  I32,
  INT_TYPES,
  type IntType,
  intOf,
  isPlaceType,
  NEVER,
  ptrTo,
  sameType,
  type SliceType,
  STRING,
  typeName,
  U16,
  U32,
  U64,
  U8,
  VIRT_ADDR,
  VOID,
  wrapTo,
} from "../types.ts";
import { addressC, boolVal, deref, effectsOf, inOrder, LOW, makeVal, MEMORY, named, PRIMARY, rvalue, stored, UNARY, type Val, wrap } from "../values.ts";
import { expression, value } from "./expression.ts";
import { formatted } from "./format.ts";
import { localAggregate, stripped } from "./literals.ts";
import { element, objectOperand } from "./members.ts";
import { argument, orderC } from "./methods.ts";
import { condition } from "./operators.ts";
import { assignC } from "./assignment.ts";

export type Intrinsic = (fx: Fx, node: ts.CallExpression, expected: BType | undefined) => Val;

const arg = argument;

function typeArgument(fx: Fx, node: ts.CallExpression, expected?: BType): BType {
  const given = node.typeArguments?.[0];
  if (given) return resolveType(fx.cx, given, fx.env);
  return expected ?? fail(fx.cx, node, 1113, `Write the type argument: ${node.expression.getText()}<T>(...).`);
}

export function convertCall(fx: Fx, node: ts.CallExpression, name: string, wraps: boolean): Val {
  const type = INT_TYPES.get(name) as IntType;
  const v = rvalue(fx, expression(fx, arg(fx, node, 0), ts.isConditionalExpression(stripped(arg(fx, node, 0))) ? type : undefined));
  return convert(fx, node, v, type, wraps);
}

const values = (fx: Fx, node: ts.CallExpression, types: readonly BType[]): Val[] =>
  inOrder(fx, types.map((t, i) => () => value(fx, arg(fx, node, i), t)));

const effectful = (c: string, type: BType, parts: readonly Val[], prec = PRIMARY): Val => {
  const e = effectsOf(parts);
  return makeVal(c, type, { prec, reads: e.reads | MEMORY, effects: e.effects | MEMORY });
};

const pure = (name: string, params: readonly BType[], result: BType): Intrinsic => (fx, node) => {
  const parts = values(fx, node, params);
  return makeVal(`${name}(${parts.map((p) => p.c).join(", ")})`, result, effectsOf(parts));
};

/** The place that an expression names, also where its value would be folded to a constant. */
function placeOf(fx: Fx, node: ts.Expression): Val {
  if (ts.isIdentifier(node)) {
    const symbol = symbolOf(fx.cx, node);
    const decl = symbol?.valueDeclaration;
    if (symbol && !fx.locals.has(symbol) && decl && ts.isVariableDeclaration(decl) && ts.isSourceFile(decl.parent.parent.parent)) {
      const item = staticOf(fx.cx, decl, node);
      if (item.perCpuOffset === undefined) return makeVal(item.cName, item.type, { place: true, link: true, symbol: item.cName });
    }
  }
  return expression(fx, node);
}

function addressOf(fx: Fx, node: ts.CallExpression): Val {
  const at = arg(fx, node, 0);
  const v = placeOf(fx, at);
  if (v.type.kind === "fn" && !v.place) return fail(fx.cx, at, 1106, "A function value is a pointer already; functionAddress(f) is its address.");
  if (!v.place) return fail(fx.cx, at, 1106, "Only a variable, field or element has an address.");
  checkReference(fx, at, v);
  const c = addressC(fx, v);
  return makeVal(c, ptrTo(v.type), { prec: UNARY, reads: v.reads, effects: v.effects, link: v.link && v.perCpu === undefined, onStack: v.onStack, scope: v.scope });
}

function elements(fx: Fx, node: ts.CallExpression): Val {
  const at = arg(fx, node, 0);
  const given = placeOf(fx, at);
  const v = given.type.kind === "ptr" && given.type.to.kind === "array" ? deref(rvalue(fx, given), given.type.to) : given;
  if (v.type.kind !== "array") return fail(fx.cx, at, 1101, `A '${typeName(v.type)}' is not an in-place array.`);
  checkReference(fx, at, v);
  const type = ptrTo(v.type.element);
  if (v.perCpu !== undefined) return makeVal(`(${cType(fx.cx.types, type)})${addressC(fx, v)}`, type, { prec: UNARY, reads: v.reads, effects: v.effects });
  return makeVal(`&${wrap(v, PRIMARY)}[0]`, type, { prec: UNARY, reads: v.reads, effects: v.effects, link: v.link, onStack: v.onStack, scope: v.scope });
}

/** A pointer, reference or function as a C pointer value. */
function pointerArgument(fx: Fx, node: ts.Expression): Val {
  const v = expression(fx, node);
  if (isPlaceType(v.type)) return stored(fx, v);
  const p = rvalue(fx, v);
  if (!["ptr", "fn", "null"].includes(p.type.kind)) return fail(fx.cx, node, 1101, `A '${typeName(p.type)}' is not a pointer.`);
  return p;
}

function pointerAt(fx: Fx, node: ts.CallExpression, expected: BType | undefined): Val {
  const to = typeArgument(fx, node, expected?.kind === "ptr" ? expected.to : undefined);
  const v = rvalue(fx, expression(fx, arg(fx, node, 0), U64));
  const address = v.type.kind === "untyped" ? coerce(fx, node, v, U64) : v;
  const int = intOf(address.type);
  if (!int || int.bits !== 64 || int.signed) return fail(fx.cx, node, 1101, `An address is a VirtAddr or u64, not a '${typeName(v.type)}'.`);
  if (int.name === "PhysAddr" || int.name === "GuestPhys") return fail(fx.cx, node, 1101, `A ${int.name} cannot be dereferenced; translate it to a VirtAddr first.`);
  const type = ptrTo(to);
  return { ...makeVal(`(${cType(fx.cx.types, type)})${wrap(address, UNARY)}`, type, { prec: UNARY }), reads: address.reads, effects: address.effects, link: address.konst !== undefined };
}

function castPtr(fx: Fx, node: ts.CallExpression, expected: BType | undefined): Val {
  const to = typeArgument(fx, node, expected?.kind === "ptr" ? expected.to : undefined);
  const v = pointerArgument(fx, arg(fx, node, 0));
  const type = ptrTo(to);
  return makeVal(`(${cType(fx.cx.types, type)})${wrap(v, UNARY)}`, type, { prec: UNARY, reads: v.reads, effects: v.effects, link: v.link, onStack: v.onStack, scope: v.scope });
}

function sliceOf(fx: Fx, node: ts.CallExpression): Val {
  const [p, n] = inOrder(fx, [() => expression(fx, arg(fx, node, 0)), () => value(fx, arg(fx, node, 1), U64)]) as [Val, Val];
  if (p.type.kind !== "ptr") return fail(fx.cx, arg(fx, node, 0), 1101, `A '${typeName(p.type)}' is not a Ptr<T>.`);
  const type: SliceType = { kind: "slice", element: p.type.to };
  return makeVal(`((${cType(fx.cx.types, type)}){ ${p.c}, ${n.c} })`, type, { prec: PRIMARY, ...effectsOf([p, n]), onStack: p.onStack });
}

function bytesOf(fx: Fx, node: ts.CallExpression): Val {
  const at = arg(fx, node, 0);
  const type: SliceType = { kind: "slice", element: U8 };
  const v = expression(fx, at);
  const name = cType(fx.cx.types, type);
  if (v.type.kind === "string") {
    const s = named(fx, v.konst !== undefined ? { ...v, konst: undefined } : v);
    return makeVal(`((${name}){ ${wrap(s, PRIMARY)}.data, ${wrap(s, PRIMARY)}.length })`, type, { prec: PRIMARY, reads: s.reads, effects: s.effects });
  }
  const place = v.type.kind === "ptr" ? deref(rvalue(fx, v), v.type.to) : v;
  if (place.type.kind !== "class" && place.type.kind !== "array") return fail(fx.cx, at, 1101, `A '${typeName(v.type)}' has no bytes to view.`);
  return makeVal(`((${name}){ (u8 *)${wrap(stored(fx, place), UNARY)}, sizeof(${cType(fx.cx.types, place.type)}) })`, type, { prec: PRIMARY, reads: place.reads, effects: place.effects, onStack: place.onStack });
}

function stringOf(fx: Fx, node: ts.CallExpression): Val {
  const [p, n] = inOrder(fx, [() => value(fx, arg(fx, node, 0), ptrTo(U8)), () => expression(fx, arg(fx, node, 1))]) as [Val, Val];
  const length = n.type.kind === "untyped" ? coerce(fx, node, n, n.type.big ? U64 : U32) : n;
  if (!intOf(length.type)) return fail(fx.cx, node, 1101, "The length is an integer.");
  return makeVal(`((bt_string){ ${p.c}, ${length.c} })`, STRING, { prec: PRIMARY, ...effectsOf([p, n]), onStack: p.onStack });
}

function offsetOf(fx: Fx, node: ts.CallExpression): Val {
  const type = typeArgument(fx, node);
  const name = arg(fx, node, 0);
  if (type.kind !== "class" || !ts.isStringLiteralLike(name)) return fail(fx.cx, node, 1112, 'Write offsetOf<Class>("field").');
  const field = layoutOf(fx.cx, type.cls, node).fields.find((f) => f.name === name.text);
  if (!field) return fail(fx.cx, name, 1111, `'${type.cls.name}' has no field '${name.text}'.`);
  return constantVal(U32, BigInt(field.offset));
}

function placeArguments(fx: Fx, node: ts.CallExpression, count: number): Val[] {
  return inOrder(
    fx,
    Array.from({ length: count }, (_, i) => ({
      make: () => {
        const at = arg(fx, node, i);
        const v = expression(fx, at);
        const place = v.type.kind === "ptr" && isPlaceType(v.type.to) ? deref(rvalue(fx, v), v.type.to) : v;
        if (place.type.kind !== "class" && place.type.kind !== "array") return fail(fx.cx, at, 1101, `A '${typeName(v.type)}' is not an object or in-place array.`);
        checkReference(fx, at, place);
        return place;
      },
    })),
  );
}

function copy(fx: Fx, node: ts.CallExpression): Val {
  const [to, from] = placeArguments(fx, node, 2) as [Val, Val];
  if (!sameType(to.type, from.type)) return fail(fx.cx, node, 1101, `A '${typeName(from.type)}' cannot be copied to a '${typeName(to.type)}'.`);
  const c = to.type.kind === "class" && to.perCpu === undefined && from.perCpu === undefined ? `${to.c} = ${from.c}` : `__builtin_memmove(${addressC(fx, to)}, ${addressC(fx, from)}, sizeof(${cType(fx.cx.types, to.type)}))`;
  return effectful(c, VOID, [to, from], LOW);
}

function zero(fx: Fx, node: ts.CallExpression): Val {
  const [place] = placeArguments(fx, node, 1) as [Val];
  return effectful(`__builtin_memset(${addressC(fx, place)}, 0, sizeof(${cType(fx.cx.types, place.type)}))`, VOID, [place]);
}

function embedFile(fx: Fx, node: ts.CallExpression): Val {
  const name = arg(fx, node, 0);
  if (!ts.isStringLiteralLike(name)) return fail(fx.cx, name, 1110, "The path must be a string literal.");
  const file = path.resolve(fx.cx.options.embedFolder, name.text);
  if (!fs.existsSync(file)) return fail(fx.cx, name, 1601, `Cannot read '${name.text}' in the folder for embedded files (--embed-dir); build it first.`);
  let item = fx.cx.embedded.get(file);
  if (!item) {
    item = { cName: `embedded$${fx.cx.embedded.size}`, file };
    fx.cx.embedded.set(file, item);
  }
  const type: SliceType = { kind: "slice", element: U8 };
  const init = `{ (u8 *)${item.cName}, ${fs.statSync(file).size}ull }`;
  const c = fx.constantOnly ? init : `((${cType(fx.cx.types, type)})${init})`;
  return makeVal(c, type, { link: true });
}

function volatileAccess(fx: Fx, node: ts.CallExpression, isWrite: boolean): Val {
  const holder: { to?: BType } = {};
  const operands = [
    () => {
      const p = rvalue(fx, expression(fx, arg(fx, node, 0)));
      if (p.type.kind !== "ptr" || isPlaceType(p.type.to)) return fail(fx.cx, node, 1101, "A volatile access needs a pointer to a scalar.");
      holder.to = p.type.to;
      return p;
    },
  ];
  if (isWrite) operands.push(() => value(fx, arg(fx, node, 1), holder.to as BType));
  const [p, v] = inOrder(fx, operands) as [Val, Val | undefined];
  const to = holder.to as BType;
  const c = `*(volatile ${cType(fx.cx.types, to)} *)${wrap(p, UNARY)}`;
  return v ? effectful(`${c} = ${v.c}`, VOID, [p, v], LOW) : effectful(c, to, [p], UNARY);
}

function assertCall(fx: Fx, node: ts.CallExpression): Val {
  const c = condition(fx, arg(fx, node, 0));
  if (c.konst === true) return makeVal("", VOID);
  const why = node.arguments[1];
  const message = capture(fx, () => (why ? value(fx, why, STRING).c : 'BT_STR("assertion failed")'));
  // The message is made only when the assertion fails: formatting must cost nothing on the way that matters.
  if (message.lines.length === 0) return effectful(`BT_ASSERT(${c.c}, ${message.value})`, VOID, [c]);
  emit(fx, `if (BT_UNLIKELY(!${wrap(c, UNARY)})) {`);
  replay(fx, message.lines, 1);
  indented(fx, () => emit(fx, `BT_PANIC_STRING(${message.value});`));
  emit(fx, "}");
  return makeVal("", VOID);
}

function panicCall(fx: Fx, node: ts.CallExpression): Val {
  const why = value(fx, arg(fx, node, 0), STRING);
  return effectful(`BT_PANIC_STRING(${why.c})`, NEVER, [why]);
}

function staticAssert(fx: Fx, node: ts.CallExpression): Val {
  const holds = constantOf(fx.cx, arg(fx, node, 0), fx.env);
  const why = node.arguments[1];
  const text = why && ts.isStringLiteralLike(why) ? why.text : "the static assertion does not hold";
  if (holds === false) return fail(fx.cx, arg(fx, node, 0), 1203, `Static assertion failed: ${text}.`);
  if (holds !== true) return fail(fx.cx, arg(fx, node, 0), 1110, "The condition must be a compile-time bool.");
  return makeVal("", VOID);
}

const expect = (name: string): Intrinsic => (fx, node) => {
  const c = condition(fx, arg(fx, node, 0));
  return c.konst !== undefined ? c : { ...boolVal(`${name}(${c.c})`, PRIMARY, [c]) };
};

const bitCount = (name: string, fold: (value: bigint, bits: number) => bigint): Intrinsic => (fx, node) => {
  const v = rvalue(fx, expression(fx, arg(fx, node, 0)));
  const typed = v.type.kind === "untyped" ? coerce(fx, node, v, v.type.big ? U64 : U32) : v;
  const int = intOf(typed.type);
  if (!int) return fail(fx.cx, node, 1101, `A '${typeName(v.type)}' has no bits to count.`);
  const as = int.bits === 64 ? U64 : U32;
  const wide = int.bits === as.bits ? typed : cast(fx, typed, as);
  if (int.signed || int.bits < 32) {
    if (int.signed) return fail(fx.cx, node, 1101, `Bits are counted in u32 and u64, not in '${int.name}'.`);
  }
  if (typeof v.konst === "bigint") return constantVal(U32, fold(BigInt.asUintN(as.bits, v.konst), as.bits));
  return makeVal(`bt_${name}_${as.name}(${wide.c})`, U32, { reads: v.reads, effects: v.effects });
};

const leadingZeros = (value: bigint, bits: number): bigint => BigInt(value === 0n ? bits : bits - value.toString(2).length);
const trailingZeros = (value: bigint, bits: number): bigint => {
  let n = 0;
  while (n < bits && ((value >> BigInt(n)) & 1n) === 0n) n++;
  return BigInt(n);
};
const ones = (value: bigint): bigint => BigInt([...value.toString(2)].filter((d) => d === "1").length);

const floatBits = (fx: Fx, node: ts.CallExpression): Val => {
  const [v] = values(fx, node, [F64]) as [Val];
  return makeVal(`bt_bits_of_f64(${v.c})`, U64, effectsOf([v]));
};

const overflow = (builtin: string): Intrinsic => (fx, node) => {
  const pointer = arg(fx, node, 2);
  const explicit = node.typeArguments?.[0] ? resolveType(fx.cx, node.typeArguments[0], fx.env) : undefined;
  const type = explicit ?? pointeeType(fx, pointer);
  if (!intOf(type)) return fail(fx.cx, node, 1101, `The result is an integer, not a '${typeName(type)}'.`);
  const parts = values(fx, node, [type, type, ptrTo(type)]);
  return effectful(`__builtin_${builtin}_overflow(${parts.map((p) => p.c).join(", ")})`, BOOL, parts);
};

function pointeeType(fx: Fx, node: ts.Expression): BType {
  const { value: v } = capture(fx, () => expression(fx, node));
  return v.type.kind === "ptr" ? v.type.to : fail(fx.cx, node, 1101, "The result is stored through a pointer.");
}

function atCall(fx: Fx, node: ts.CallExpression): Val {
  const [object, index] = inOrder(fx, [
    { make: () => objectOperand(fx, expression(fx, arg(fx, node, 0))), target: true },
    () => expression(fx, arg(fx, node, 1), U64),
  ]) as [Val, Val];
  return element(fx, node, object, index);
}

function setAtCall(fx: Fx, node: ts.CallExpression): Val {
  const holder: { place?: Val } = {};
  const [place, v] = inOrder(fx, [
    { make: () => (holder.place = atCall(fx, node)), target: true },
    () => value(fx, arg(fx, node, 2), (holder.place as Val).type),
  ]) as [Val, Val];
  if (isPlaceType(place.type)) return fail(fx.cx, node, 1105, `This would copy a '${typeName(place.type)}'; write copy(at(a, i), source).`);
  return effectful(assignC(fx, place, v), VOID, [place, v], LOW);
}

function percpuPlace(fx: Fx, node: ts.CallExpression): Val {
  const v = expression(fx, arg(fx, node, 0));
  if (v.perCpuOffset === undefined) return fail(fx.cx, node, 1401, "This is not a @percpu variable, or a fixed part of one.");
  return constantVal(U32, BigInt(v.perCpuOffset));
}

const OPERANDS = ["output", "outputTo", "input", "inout", "clobber", "imm", "symbol", "percpu"];
const operandOnly: Intrinsic = (fx, node) => fail(fx.cx, node, 1401, "Assembly operands stand in asm`...` only.");

function zeroedCall(fx: Fx, node: ts.CallExpression, expected: BType | undefined): Val {
  return localAggregate(fx, node, typeArgument(fx, node, expected));
}

function swap(name: string, type: IntType): Intrinsic {
  return (fx, node) => {
    const [v] = values(fx, node, [type]) as [Val];
    if (typeof v.konst === "bigint") {
      const bytes = v.konst.toString(16).padStart(type.bits / 4, "0").match(/../g) ?? [];
      return constantVal(type, wrapTo(type, BigInt(`0x${bytes.reverse().join("")}`)));
    }
    return makeVal(`${name}(${v.c})`, type, effectsOf([v]));
  };
}

export const INTRINSICS: Record<string, Intrinsic> = {
  ...Object.fromEntries([...INT_TYPES.keys()].map((name): [string, Intrinsic] => [name, (fx, node) => convertCall(fx, node, name, false)])),
  f32: (fx, node) => convertToFloat(fx, node, expression(fx, arg(fx, node, 0)), F32),
  f64: (fx, node) => convertToFloat(fx, node, expression(fx, arg(fx, node, 0)), F64),
  ...Object.fromEntries(OPERANDS.map((name) => [name, operandOnly])),
  hex: formatted,
  padded: formatted,
  char: formatted,
  at: atCall,
  setAt: setAtCall,
  addressOf,
  elements,
  pointerAt,
  castPtr,
  virtAddr: (fx, node) => {
    const v = pointerArgument(fx, arg(fx, node, 0));
    return makeVal(`(u64)${wrap(v, UNARY)}`, VIRT_ADDR, { prec: UNARY, reads: v.reads, effects: v.effects, link: v.link });
  },
  functionAddress: (fx, node) => {
    const v = pointerArgument(fx, arg(fx, node, 0));
    return makeVal(`(u64)${wrap(v, UNARY)}`, VIRT_ADDR, { prec: UNARY, reads: v.reads, effects: v.effects, link: v.link });
  },
  functionAt: (fx, node, expected) => {
    const type = typeArgument(fx, node, expected);
    if (type.kind !== "fn") return fail(fx.cx, node, 1101, `'${typeName(type)}' is not a function type.`);
    const v = rvalue(fx, expression(fx, arg(fx, node, 0)));
    if (intOf(v.type)?.bits !== 64) return fail(fx.cx, node, 1101, "An address is a VirtAddr or u64.");
    return makeVal(`(${cType(fx.cx.types, type)})${wrap(v, UNARY)}`, type, { prec: UNARY, reads: v.reads, effects: v.effects });
  },
  sliceOf,
  bytesOf,
  stringOf,
  sizeOf: (fx, node) => constantVal(U32, BigInt(sizeAlign(fx.cx, typeArgument(fx, node), node).size)),
  alignOf: (fx, node) => constantVal(U32, BigInt(sizeAlign(fx.cx, typeArgument(fx, node), node).align)),
  offsetOf,
  copy,
  zero,
  copyBytes: (fx, node) => {
    const p = values(fx, node, [ptrTo(U8), ptrTo(U8), U64]);
    return effectful(`__builtin_memcpy(${p.map((v) => v.c).join(", ")})`, VOID, p);
  },
  moveBytes: (fx, node) => {
    const p = values(fx, node, [ptrTo(U8), ptrTo(U8), U64]);
    return effectful(`__builtin_memmove(${p.map((v) => v.c).join(", ")})`, VOID, p);
  },
  fillBytes: (fx, node) => {
    const p = values(fx, node, [ptrTo(U8), U8, U64]);
    return effectful(`__builtin_memset(${p.map((v) => v.c).join(", ")})`, VOID, p);
  },
  compareBytes: (fx, node) => {
    const p = values(fx, node, [ptrTo(U8), ptrTo(U8), U64]);
    const e = effectsOf(p);
    return makeVal(`__builtin_memcmp(${p.map((v) => v.c).join(", ")})`, I32, { reads: e.reads | MEMORY, effects: e.effects });
  },
  zeroed: zeroedCall,
  fixedArray: zeroedCallFor("fixedArray"),
  sparseArray: zeroedCallFor("sparseArray"),
  embedFile,
  fence: (fx, node) => effectful(`__atomic_thread_fence(${orderC(fx, arg(fx, node, 0)).name})`, VOID, []),
  compilerBarrier: () => effectful('__asm__ volatile("" ::: "memory")', VOID, []),
  readVolatile: (fx, node) => volatileAccess(fx, node, false),
  writeVolatile: (fx, node) => volatileAccess(fx, node, true),
  percpuOffset: percpuPlace,
  percpuSize: (fx) => constantVal(U32, BigInt(Math.ceil(fx.cx.perCpu.size / 64) * 64)),
  staticAssert,
  assert: assertCall,
  panic: panicCall,
  unreachable: () => effectful('BT_PANIC("unreachable code was reached")', NEVER, []),
  likely: expect("BT_LIKELY"),
  unlikely: expect("BT_UNLIKELY"),
  countLeadingZeros: bitCount("clz", leadingZeros),
  countTrailingZeros: bitCount("ctz", trailingZeros),
  popCount: bitCount("popcount", ones),
  bitsOfF64: floatBits,
  f64OfBits: pure("bt_f64_of_bits", [U64], F64),
  squareRoot: pure("bt_square_root", [F64], F64),
  byteSwap16: swap("__builtin_bswap16", U16),
  byteSwap32: swap("__builtin_bswap32", U32),
  byteSwap64: swap("__builtin_bswap64", U64),
  mulHigh: pure("bt_mul_high", [U64, U64], U64),
  mulShift: pure("bt_mul_shift", [U64, U64, U32], U64),
  addOverflows: overflow("add"),
  subOverflows: overflow("sub"),
  mulOverflows: overflow("mul"),
};

function zeroedCallFor(name: string): Intrinsic {
  return (fx, node, expected) => {
    if (expected?.kind !== "array" && !node.typeArguments) return fail(fx.cx, node, 1002, `The type of ${name}(...) is not known here; annotate the variable.`);
    const given = node.typeArguments?.map((t) => resolveType(fx.cx, t, fx.env));
    const [elementType, length] = given ?? [];
    const type: BType = elementType && length?.kind === "size" ? { kind: "array", element: elementType, length: length.value } : (expected as BType);
    return localAggregate(fx, node, type);
  };
}

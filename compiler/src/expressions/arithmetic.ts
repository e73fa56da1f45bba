// Arithmetic: one type for both operands, results of the operand's width, and constants folded exactly.
//
// C promotes narrow operands to int; results are cast back to their own width, so that u8 + u8 wraps at 256. Everything
// C leaves undefined (shift counts, division by zero, MIN / -1) is defined here.

import type ts from "typescript";
import { coerce } from "../coerce.ts";
import { constantVal, normalise, untypedVal } from "../constants.ts";
import { fail } from "../context.ts";
import type { Fx } from "../function-context.ts";
import { type BType, F64, type IntType, intOf, sameType, typeName, U64, widens, wrapTo } from "../types.ts";
import { BINARY, type Constant, effectsOf, makeVal, UNARY, type Val, wrap } from "../values.ts";

/** Also used for compound assignments, where `left` is the value read from the target. */
export function arithmeticOp(fx: Fx, node: ts.Node, op: string, l: Val, r: Val): Val {
  const special = fx.cx.profile.binary?.(fx, node, op, l, r);
  if (special) return special;
  if (op === "<<" || op === ">>" || op === ">>>") return shift(fx, node, op, l, r);
  if (isNumber(l.konst) && isNumber(r.konst) && l.type.kind === "untyped" && r.type.kind === "untyped") {
    return untypedVal(foldUntyped(fx, node, op, l.konst, r.konst, l.type.big), l.type.big);
  }
  if (op === "**") return fail(fx.cx, node, 1001, "`**` works on constants only.");
  const { left, right, type } = unify(fx, node, op, l, r);
  if ((op === "/" || op === "%") && right.konst === 0n) return fail(fx.cx, node, 1110, "Division by zero.");
  if (type.kind === "float") return floatOp(fx, node, op, left, right, type);
  const int = intOf(type);
  if (!int) return fail(fx.cx, node, 1103, `'${op}' does not work on '${typeName(type)}'.`);
  if (typeof left.konst === "bigint" && typeof right.konst === "bigint") {
    return {
      ...constantVal(type, foldInt(fx, node, op, left.konst, right.konst, int)),
      derived: addressDerived(op, l, r),
    };
  }
  return { ...integerOp(op, left, right, int, type), derived: addressDerived(op, l, r) };
}

export const isNumber = (k: Constant | undefined): k is bigint | number =>
  typeof k === "bigint" || typeof k === "number";

export function addressDerived(op: string, l: Val, r: Val): boolean {
  const address = intOf(l.type)?.address === true || intOf(r.type)?.address === true;
  return op === "&" && address;
}

export function integerOp(op: string, l: Val, r: Val, int: IntType, type: BType): Val {
  const parts = effectsOf([l, r]);
  const cName = int.address ? "u64" : int.name;
  if (op === "/" || op === "%") return division(op, l, r, int, type);
  const narrow = int.bits < 32;
  if (!narrow) return makeVal(`${wrap(l, UNARY)} ${op} ${wrap(r, UNARY)}`, type, { prec: BINARY, ...parts });
  const widen = op === "*" ? "(u32)" : "";
  return makeVal(`(${cName})(${widen}${wrap(l, UNARY)} ${op} ${wrap(r, UNARY)})`, type, { prec: UNARY, ...parts });
}

export function division(op: string, l: Val, r: Val, int: IntType, type: BType): Val {
  const parts = effectsOf([l, r]);
  const cName = int.address ? "u64" : int.name;
  if (typeof r.konst === "bigint" && r.konst !== 0n && r.konst !== -1n) {
    const c = `${wrap(l, UNARY)} ${op} ${wrap(r, UNARY)}`;
    return int.bits < 32
      ? makeVal(`(${cName})(${c})`, type, { prec: UNARY, ...parts })
      : makeVal(c, type, { prec: BINARY, ...parts });
  }
  const helper = op === "/" ? "BT_DIV" : "BT_REM";
  return makeVal(`${helper}(${cName}, ${l.c}, ${r.c})`, type, { reads: parts.reads, effects: parts.effects });
}

export function floatOp(fx: Fx, node: ts.Node, op: string, l: Val, r: Val, type: BType): Val {
  if (!"+-*/".includes(op)) return fail(fx.cx, node, 1103, `'${op}' does not work on floating-point numbers.`);
  if (isNumber(l.konst) && isNumber(r.konst)) {
    const value = foldFloat(op, Number(l.konst), Number(r.konst));
    return constantVal(type, type.kind === "float" && type.bits === 32 ? Math.fround(value) : value);
  }
  return makeVal(`${wrap(l, UNARY)} ${op} ${wrap(r, UNARY)}`, type, { prec: BINARY, ...effectsOf([l, r]) });
}

export function foldFloat(op: string, a: number, b: number): number {
  return op === "+" ? a + b : op === "-" ? a - b : op === "*" ? a * b : a / b;
}

/** Gives both operands one type. */
export function unify(fx: Fx, node: ts.Node, op: string, l: Val, r: Val): { left: Val; right: Val; type: BType } {
  if (l.type.kind === "untyped" && r.type.kind === "untyped") {
    const type = F64;
    return { left: coerce(fx, node, l, type), right: coerce(fx, node, r, type), type };
  }
  if (l.type.kind === "untyped")
    return {
      left: coerce(fx, node, l, constantPartner(r.type, op)),
      right: r,
      type: resultType(op, constantPartner(r.type, op), r.type),
    };
  if (r.type.kind === "untyped")
    return {
      left: l,
      right: coerce(fx, node, r, constantPartner(l.type, op)),
      type: resultType(op, l.type, constantPartner(l.type, op)),
    };
  if (sameType(l.type, r.type)) return { left: l, right: r, type: resultType(op, l.type, r.type) };
  const a = intOf(l.type);
  const b = intOf(r.type);
  if (a && b) {
    if (a.address && b === U64) return { left: l, right: r, type: resultType(op, a, b) };
    if (b.address && a === U64 && op !== "-") return { left: l, right: r, type: resultType(op, a, b) };
    if (l.derived && b === U64) return { left: l, right: r, type: U64 };
    if (widens(a, b)) return { left: coerce(fx, node, l, r.type.kind === "enum" ? b : r.type), right: r, type: b };
    if (widens(b, a)) return { left: l, right: coerce(fx, node, r, l.type.kind === "enum" ? a : l.type), type: a };
  }
  if (l.type.kind === "float" && r.type.kind === "float")
    return { left: coerce(fx, node, l, F64), right: coerce(fx, node, r, F64), type: F64 };
  return fail(
    fx.cx,
    node,
    1103,
    `'${op}' cannot combine '${typeName(l.type)}' with '${typeName(r.type)}'${numberHint(l, r)}.`,
  );
}

export function numberHint(l: Val, r: Val): string {
  const float = l.type.kind === "float" || r.type.kind === "float";
  return float
    ? "; a variable without annotation that starts as a number literal is an f64: write `let x: u32 = 0`"
    : "; convert one of them";
}

/** The type that a constant takes beside an operand: an offset beside an address. */
export function constantPartner(type: BType, op: string): BType {
  const int = intOf(type);
  return int?.address && "+-*/%&|".includes(op) ? U64 : type;
}

export function resultType(op: string, l: BType, r: BType): BType {
  const a = intOf(l);
  const b = intOf(r);
  if (!a?.address && !b?.address) return l;
  if (op === "/" || op === "%" || op === "*" || op === "^") return U64;
  if (op === "-" && a?.address && b?.address) return U64;
  return a?.address ? l : r;
}

export function shift(fx: Fx, node: ts.Node, op: string, l: Val, r: Val): Val {
  if (l.type.kind === "untyped") {
    if (r.type.kind !== "untyped")
      return fail(fx.cx, node, 1103, "Give the constant that is shifted a type, for example u32(1).");
    if (typeof l.konst !== "bigint" || typeof r.konst !== "bigint" || r.konst < 0n || r.konst > 1000n || op === ">>>") {
      return fail(fx.cx, node, 1110, "A constant shift needs whole numbers, and a count from 0 to 1000.");
    }
    return untypedVal(op === "<<" ? l.konst << r.konst : l.konst >> r.konst, l.type.big);
  }
  const int = intOf(l.type);
  if (!int || (r.type.kind !== "untyped" && !intOf(r.type)))
    return fail(fx.cx, node, 1103, `'${op}' cannot combine '${typeName(l.type)}' with '${typeName(r.type)}'.`);
  if (op === ">>>" && int.signed)
    return fail(fx.cx, node, 1103, "`>>>` works on unsigned integers only; `>>` keeps the sign.");
  const type: BType = int.address ? U64 : int;
  const wide = int.bits === 64;
  const mask = wide ? 63n : 31n;
  const cOp = op === "<<" ? "<<" : ">>";
  let count: string;
  if (typeof r.konst === "bigint") {
    const bits = r.konst & mask;
    if (typeof l.konst === "bigint")
      return constantVal(type, wrapTo(int, cOp === "<<" ? l.konst << bits : l.konst >> bits));
    count = bits.toString();
  } else if (r.konst !== undefined) return fail(fx.cx, node, 1103, "A shift count is an integer.");
  else count = `(${wrap(r, UNARY)} & ${mask})`;
  const parts = effectsOf([l, r]);
  const cName = int.address ? "u64" : int.name;
  if (cOp === ">>") {
    const c = `${wrap(l, UNARY)} >> ${count}`;
    return int.bits < 32
      ? makeVal(`(${cName})(${c})`, type, { prec: UNARY, ...parts })
      : makeVal(c, type, { prec: BINARY, ...parts });
  }
  const unsigned = wide ? "u64" : "u32";
  if (!int.signed && int.bits >= 32) return makeVal(`${wrap(l, UNARY)} << ${count}`, type, { prec: BINARY, ...parts });
  return makeVal(`(${cName})((${unsigned})${wrap(l, UNARY)} << ${count})`, type, { prec: UNARY, ...parts });
}

export function foldInt(fx: Fx, node: ts.Node, op: string, a: bigint, b: bigint, int: IntType): bigint {
  if ((op === "/" || op === "%") && b === 0n) return fail(fx.cx, node, 1110, "Division by zero.");
  return wrapTo(int, foldBig(op, a, b));
}

export function foldBig(op: string, a: bigint, b: bigint): bigint {
  switch (op) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "%":
      return a % b;
    case "&":
      return a & b;
    case "|":
      return a | b;
    case "^":
      return a ^ b;
    default:
      return a ** b;
  }
}

export function foldUntyped(
  fx: Fx,
  node: ts.Node,
  op: string,
  a: bigint | number,
  b: bigint | number,
  big: boolean,
): bigint | number {
  if (typeof a === "bigint" && typeof b === "bigint") {
    if (op === "**" && (b < 0n || b > 4096n)) return fail(fx.cx, node, 1110, "The exponent is out of range.");
    if (op === "%" || op === "/") {
      if (b === 0n)
        return big || op === "%" ? fail(fx.cx, node, 1110, "Division by zero.") : normalise(Number(a) / Number(b));
      if (op === "/" && !big && a % b !== 0n) return Number(a) / Number(b);
    }
    return foldBig(op, a, b);
  }
  if (!"+-*/".includes(op)) return fail(fx.cx, node, 1110, `'${op}' needs whole numbers.`);
  return normalise(foldFloat(op, Number(a), Number(b)));
}

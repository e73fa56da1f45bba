// Operators on numbers, booleans, strings and pointers.
//
// C promotes narrow operands to int; results are cast back to their own width, so that u8 + u8 wraps at 256. Everything
// C leaves undefined (shift counts, division by zero, MIN / -1) is defined here.

import ts from "typescript";
import { constantVal, fits, normalise, untypedVal } from "../constants.ts";
import { coerce } from "../coerce.ts";
import { cType } from "../c-types.ts";
import { checkFloats, fail } from "../context.ts";
import { capture, emit, type Fx, indented, newTemporary, replay } from "../function-context.ts";
import { cDeclare } from "../c-types.ts";
import { BOOL, type BType, F64, I32, type IntType, intOf, isPlaceType, sameType, storageType, typeName, U32, U64, widens, wrapTo } from "../types.ts";
import { BINARY, boolVal, type Constant, effectsOf, inOrder, LOW, makeVal, MEMORY, PRIMARY, rvalue, spill, UNARY, type Val, wrap } from "../values.ts";
import { expression } from "./expression.ts";

export const ARITHMETIC: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.PlusToken, "+"],
  [ts.SyntaxKind.MinusToken, "-"],
  [ts.SyntaxKind.AsteriskToken, "*"],
  [ts.SyntaxKind.SlashToken, "/"],
  [ts.SyntaxKind.PercentToken, "%"],
  [ts.SyntaxKind.AmpersandToken, "&"],
  [ts.SyntaxKind.BarToken, "|"],
  [ts.SyntaxKind.CaretToken, "^"],
  [ts.SyntaxKind.LessThanLessThanToken, "<<"],
  [ts.SyntaxKind.GreaterThanGreaterThanToken, ">>"],
  [ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken, ">>>"],
  [ts.SyntaxKind.AsteriskAsteriskToken, "**"],
]);
const COMPARISON: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.EqualsEqualsEqualsToken, "=="],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, "!="],
  [ts.SyntaxKind.LessThanToken, "<"],
  [ts.SyntaxKind.LessThanEqualsToken, "<="],
  [ts.SyntaxKind.GreaterThanToken, ">"],
  [ts.SyntaxKind.GreaterThanEqualsToken, ">="],
]);

export function binary(fx: Fx, node: ts.BinaryExpression, expected: BType | undefined): Val {
  const kind = node.operatorToken.kind;
  if (kind === ts.SyntaxKind.AmpersandAmpersandToken || kind === ts.SyntaxKind.BarBarToken) return logical(fx, node);
  if (kind === ts.SyntaxKind.QuestionQuestionToken) return coalesce(fx, node, expected);
  if (kind === ts.SyntaxKind.CommaToken) return fail(fx.cx, node, 1001, "The comma operator is not part of bare TypeScript.");
  if (kind === ts.SyntaxKind.EqualsEqualsToken || kind === ts.SyntaxKind.ExclamationEqualsToken) {
    return fail(fx.cx, node.operatorToken, 1001, "Write === or !== instead.");
  }
  const arithmetic = ARITHMETIC.get(kind);
  const comparison = COMPARISON.get(kind);
  if (!arithmetic && !comparison) return fail(fx.cx, node.operatorToken, 1001, `The operator '${node.operatorToken.getText()}' is not part of bare TypeScript.`);
  const hint = expected && (intOf(expected) || expected.kind === "float") ? expected : undefined;
  const isShift = arithmetic === "<<" || arithmetic === ">>" || arithmetic === ">>>";
  const holder: { left?: Val } = {};
  const [l, r] = inOrder(fx, [
    () => (holder.left = expression(fx, node.left, arithmetic ? hint : undefined)),
    () => expression(fx, node.right, isShift ? undefined : rightHint(holder.left as Val, arithmetic ? hint : undefined)),
  ]) as [Val, Val];
  return arithmetic ? arithmeticOp(fx, node, arithmetic, isShift ? shifted(fx, node, l, r, hint) : l, r) : compare(fx, node, comparison as string, l, r);
}

/** What a constant on the right would become. */
function rightHint(left: Val, hint: BType | undefined): BType | undefined {
  const int = intOf(left.type);
  return int ? (int.address ? U64 : int) : left.type.kind === "float" ? left.type : hint;
}

/** A constant shifted by a variable count takes its type from its place, or, for bigints, from a u64 count. */
function shifted(fx: Fx, node: ts.Node, l: Val, r: Val, hint: BType | undefined): Val {
  if (l.type.kind !== "untyped" || r.type.kind === "untyped") return l;
  const type = hint && intOf(hint) ? hint : l.type.big && sameType(r.type, U64) ? U64 : undefined;
  return type ? coerce(fx, node, l, type) : l;
}

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
    return { ...constantVal(type, foldInt(fx, node, op, left.konst, right.konst, int)), derived: addressDerived(op, l, r) };
  }
  return { ...integerOp(op, left, right, int, type), derived: addressDerived(op, l, r) };
}

const isNumber = (k: Constant | undefined): k is bigint | number => typeof k === "bigint" || typeof k === "number";

function addressDerived(op: string, l: Val, r: Val): boolean {
  const address = intOf(l.type)?.address === true || intOf(r.type)?.address === true;
  return op === "&" && address;
}

function integerOp(op: string, l: Val, r: Val, int: IntType, type: BType): Val {
  const parts = effectsOf([l, r]);
  const cName = int.address ? "u64" : int.name;
  if (op === "/" || op === "%") return division(op, l, r, int, type);
  const narrow = int.bits < 32;
  if (!narrow) return makeVal(`${wrap(l, UNARY)} ${op} ${wrap(r, UNARY)}`, type, { prec: BINARY, ...parts });
  const widen = op === "*" ? "(u32)" : "";
  return makeVal(`(${cName})(${widen}${wrap(l, UNARY)} ${op} ${wrap(r, UNARY)})`, type, { prec: UNARY, ...parts });
}

function division(op: string, l: Val, r: Val, int: IntType, type: BType): Val {
  const parts = effectsOf([l, r]);
  const cName = int.address ? "u64" : int.name;
  if (typeof r.konst === "bigint" && r.konst !== 0n && r.konst !== -1n) {
    const c = `${wrap(l, UNARY)} ${op} ${wrap(r, UNARY)}`;
    return int.bits < 32 ? makeVal(`(${cName})(${c})`, type, { prec: UNARY, ...parts }) : makeVal(c, type, { prec: BINARY, ...parts });
  }
  const helper = op === "/" ? "BT_DIV" : "BT_REM";
  return makeVal(`${helper}(${cName}, ${l.c}, ${r.c})`, type, { reads: parts.reads, effects: parts.effects });
}

function floatOp(fx: Fx, node: ts.Node, op: string, l: Val, r: Val, type: BType): Val {
  if (!"+-*/".includes(op)) return fail(fx.cx, node, 1103, `'${op}' does not work on floating-point numbers.`);
  if (isNumber(l.konst) && isNumber(r.konst)) {
    const value = foldFloat(op, Number(l.konst), Number(r.konst));
    return constantVal(type, type.kind === "float" && type.bits === 32 ? Math.fround(value) : value);
  }
  return makeVal(`${wrap(l, UNARY)} ${op} ${wrap(r, UNARY)}`, type, { prec: BINARY, ...effectsOf([l, r]) });
}

function foldFloat(op: string, a: number, b: number): number {
  return op === "+" ? a + b : op === "-" ? a - b : op === "*" ? a * b : a / b;
}

/** Gives both operands one type. */
export function unify(fx: Fx, node: ts.Node, op: string, l: Val, r: Val): { left: Val; right: Val; type: BType } {
  if (l.type.kind === "untyped" && r.type.kind === "untyped") {
    const type = F64;
    return { left: coerce(fx, node, l, type), right: coerce(fx, node, r, type), type };
  }
  if (l.type.kind === "untyped") return { left: coerce(fx, node, l, constantPartner(r.type, op)), right: r, type: resultType(op, constantPartner(r.type, op), r.type) };
  if (r.type.kind === "untyped") return { left: l, right: coerce(fx, node, r, constantPartner(l.type, op)), type: resultType(op, l.type, constantPartner(l.type, op)) };
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
  if (l.type.kind === "float" && r.type.kind === "float") return { left: coerce(fx, node, l, F64), right: coerce(fx, node, r, F64), type: F64 };
  return fail(fx.cx, node, 1103, `'${op}' cannot combine '${typeName(l.type)}' with '${typeName(r.type)}'${numberHint(l, r)}.`);
}

function numberHint(l: Val, r: Val): string {
  const float = l.type.kind === "float" || r.type.kind === "float";
  return float ? "; a variable without annotation that starts as a number literal is an f64: write `let x: u32 = 0`" : "; convert one of them";
}

/** The type that a constant takes beside an operand: an offset beside an address. */
function constantPartner(type: BType, op: string): BType {
  const int = intOf(type);
  return int?.address && "+-*/%&|".includes(op) ? U64 : type;
}

function resultType(op: string, l: BType, r: BType): BType {
  const a = intOf(l);
  const b = intOf(r);
  if (!a?.address && !b?.address) return l;
  if (op === "/" || op === "%" || op === "*" || op === "^") return U64;
  if (op === "-" && a?.address && b?.address) return U64;
  return a?.address ? l : r;
}

function shift(fx: Fx, node: ts.Node, op: string, l: Val, r: Val): Val {
  if (l.type.kind === "untyped") {
    if (r.type.kind !== "untyped") return fail(fx.cx, node, 1103, "Give the constant that is shifted a type, for example u32(1).");
    if (typeof l.konst !== "bigint" || typeof r.konst !== "bigint" || r.konst < 0n || r.konst > 1000n || op === ">>>") {
      return fail(fx.cx, node, 1110, "A constant shift needs whole numbers, and a count from 0 to 1000.");
    }
    return untypedVal(op === "<<" ? l.konst << r.konst : l.konst >> r.konst, l.type.big);
  }
  const int = intOf(l.type);
  if (!int || (r.type.kind !== "untyped" && !intOf(r.type))) return fail(fx.cx, node, 1103, `'${op}' cannot combine '${typeName(l.type)}' with '${typeName(r.type)}'.`);
  if (op === ">>>" && int.signed) return fail(fx.cx, node, 1103, "`>>>` works on unsigned integers only; `>>` keeps the sign.");
  const type: BType = int.address ? U64 : int;
  const wide = int.bits === 64;
  const mask = wide ? 63n : 31n;
  const cOp = op === "<<" ? "<<" : ">>";
  let count: string;
  if (typeof r.konst === "bigint") {
    const bits = r.konst & mask;
    if (typeof l.konst === "bigint") return constantVal(type, wrapTo(int, cOp === "<<" ? l.konst << bits : l.konst >> bits));
    count = bits.toString();
  } else if (r.konst !== undefined) return fail(fx.cx, node, 1103, "A shift count is an integer.");
  else count = `(${wrap(r, UNARY)} & ${mask})`;
  const parts = effectsOf([l, r]);
  const cName = int.address ? "u64" : int.name;
  if (cOp === ">>") {
    const c = `${wrap(l, UNARY)} >> ${count}`;
    return int.bits < 32 ? makeVal(`(${cName})(${c})`, type, { prec: UNARY, ...parts }) : makeVal(c, type, { prec: BINARY, ...parts });
  }
  const unsigned = wide ? "u64" : "u32";
  if (!int.signed && int.bits >= 32) return makeVal(`${wrap(l, UNARY)} << ${count}`, type, { prec: BINARY, ...parts });
  return makeVal(`(${cName})((${unsigned})${wrap(l, UNARY)} << ${count})`, type, { prec: UNARY, ...parts });
}

function foldInt(fx: Fx, node: ts.Node, op: string, a: bigint, b: bigint, int: IntType): bigint {
  if ((op === "/" || op === "%") && b === 0n) return fail(fx.cx, node, 1110, "Division by zero.");
  return wrapTo(int, foldBig(op, a, b));
}

function foldBig(op: string, a: bigint, b: bigint): bigint {
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

function foldUntyped(fx: Fx, node: ts.Node, op: string, a: bigint | number, b: bigint | number, big: boolean): bigint | number {
  if (typeof a === "bigint" && typeof b === "bigint") {
    if (op === "**" && (b < 0n || b > 4096n)) return fail(fx.cx, node, 1110, "The exponent is out of range.");
    if (op === "%" || op === "/") {
      if (b === 0n) return big || op === "%" ? fail(fx.cx, node, 1110, "Division by zero.") : normalise(Number(a) / Number(b));
      if (op === "/" && !big && a % b !== 0n) return Number(a) / Number(b);
    }
    return foldBig(op, a, b);
  }
  if (!"+-*/".includes(op)) return fail(fx.cx, node, 1110, `'${op}' needs whole numbers.`);
  return normalise(foldFloat(op, Number(a), Number(b)));
}

export function compare(fx: Fx, node: ts.Node, op: string, l: Val, r: Val): Val {
  const special = fx.cx.profile.binary?.(fx, node, op, l, r);
  if (special) return special;
  const equality = op === "==" || op === "!=";
  if (isPointerLike(l) || isPointerLike(r)) return comparePointers(fx, node, op, l, r);
  if (l.type.kind === "string" && r.type.kind === "string" && equality) return compareStrings(op, l, r);
  if (l.type.kind === "bool" && r.type.kind === "bool" && equality) {
    if (typeof l.konst === "boolean" && typeof r.konst === "boolean") return constantVal(BOOL, (l.konst === r.konst) === (op === "=="));
    return boolVal(`${wrap(l, UNARY)} ${op} ${wrap(r, UNARY)}`, BINARY, [l, r]);
  }
  if (isNumber(l.konst) && isNumber(r.konst) && l.type.kind === "untyped" && r.type.kind === "untyped") return constantVal(BOOL, fold(op, l.konst, r.konst));
  const { left, right, type } = unifyCompared(fx, node, op, l, r);
  if (!intOf(type) && type.kind !== "float") return fail(fx.cx, node, 1103, `'${op}' does not work on '${typeName(type)}'.`);
  if (isNumber(left.konst) && isNumber(right.konst)) return constantVal(BOOL, fold(op, left.konst, right.konst));
  return boolVal(`${wrap(left, UNARY)} ${op} ${wrap(right, UNARY)}`, BINARY, [left, right]);
}

function unifyCompared(fx: Fx, node: ts.Node, op: string, l: Val, r: Val): { left: Val; right: Val; type: BType } {
  if (l.type.kind === "untyped" && r.type.kind !== "untyped") return { left: coerce(fx, node, l, r.type), right: r, type: r.type };
  if (r.type.kind === "untyped" && l.type.kind !== "untyped") return { left: l, right: coerce(fx, node, r, l.type), type: l.type };
  const a = intOf(l.type);
  const b = intOf(r.type);
  if (a?.address !== b?.address && !l.derived && !r.derived) {
    return fail(fx.cx, node, 1103, `'${op}' cannot compare '${typeName(l.type)}' with '${typeName(r.type)}'; convert one of them.`);
  }
  return unify(fx, node, op, l, r);
}

const fold = (op: string, a: bigint | number, b: bigint | number): boolean => {
  switch (op) {
    case "==":
      return Number(a) === Number(b) && a == b;
    case "!=":
      return a != b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    default:
      return a >= b;
  }
};

const isPointerLike = (v: Val): boolean => ["ptr", "fn", "null", "class", "array"].includes(v.type.kind);

function pointerOperand(fx: Fx, v: Val): Val {
  return v.type.kind === "class" || v.type.kind === "array" ? coerce(fx, fx.node as ts.Node, v, { kind: "ptr", to: v.type, nullable: false }) : v;
}

function comparePointers(fx: Fx, node: ts.Node, op: string, l: Val, r: Val): Val {
  if (op !== "==" && op !== "!=" && !(l.type.kind === "ptr" && r.type.kind === "ptr")) {
    return fail(fx.cx, node, 1103, `'${op}' does not work on '${typeName(l.type)}' and '${typeName(r.type)}'.`);
  }
  const left = pointerOperand(fx, l);
  const right = pointerOperand(fx, r);
  const ok = left.type.kind === "null" || right.type.kind === "null" || sameType(left.type, right.type);
  const pointers = [left, right].every((v) => v.type.kind === "ptr" || v.type.kind === "fn" || v.type.kind === "null");
  if (!ok || !pointers) return fail(fx.cx, node, 1103, `'${op}' cannot compare '${typeName(l.type)}' with '${typeName(r.type)}'.`);
  const text = (v: Val): string => (v.type.kind === "null" ? "NULL" : wrap(v, UNARY));
  return boolVal(`${text(left)} ${op} ${text(right)}`, BINARY, [left, right]);
}

function compareStrings(op: string, l: Val, r: Val): Val {
  if (typeof l.konst === "string" && typeof r.konst === "string") return constantVal(BOOL, (l.konst === r.konst) === (op === "=="));
  const parts = effectsOf([l, r]);
  const c = `${op === "!=" ? "!" : ""}bt_string_equal(${l.c}, ${r.c})`;
  return makeVal(c, BOOL, { prec: op === "!=" ? UNARY : PRIMARY, reads: parts.reads | MEMORY, effects: parts.effects });
}

export function condition(fx: Fx, node: ts.Expression): Val {
  const v = rvalue(fx, expression(fx, node, BOOL));
  if (v.type.kind === "error") return coerce(fx, node, v, BOOL);
  if (v.type.kind !== "bool") {
    const hint = v.type.kind === "ptr" || v.type.kind === "fn" ? "compare it with null" : intOf(v.type) ? "compare it with 0" : "write a comparison";
    return fail(fx.cx, node, 1104, `A '${typeName(v.type)}' is not a condition; ${hint}.`);
  }
  return v;
}

function logical(fx: Fx, node: ts.BinaryExpression): Val {
  const isAnd = node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken;
  const l = condition(fx, node.left);
  const { lines, value: r } = capture(fx, () => condition(fx, node.right));
  if (typeof l.konst === "boolean") {
    if (l.konst !== isAnd) return l;
    replay(fx, lines);
    return r;
  }
  const op = isAnd ? "&&" : "||";
  if (lines.length === 0) return boolVal(`${wrap(l, BINARY)} ${op} ${wrap(r, BINARY)}`, LOW, [l, r]);
  const name = newTemporary(fx);
  emit(fx, `bool ${name} = ${l.c};`);
  emit(fx, `if (${isAnd ? "" : "!"}${name}) {`);
  replay(fx, lines, 1);
  indented(fx, () => emit(fx, `${name} = ${r.c};`));
  emit(fx, "}");
  return makeVal(name, BOOL);
}

export function conditional(fx: Fx, node: ts.ConditionalExpression, expected: BType | undefined): Val {
  const c = condition(fx, node.condition);
  const yes = capture(fx, () => expression(fx, node.whenTrue, expected));
  const no = capture(fx, () => expression(fx, node.whenFalse, expected));
  if (typeof c.konst === "boolean") {
    const chosen = c.konst ? yes : no;
    replay(fx, chosen.lines);
    return chosen.value;
  }
  const type = commonType(fx, node, yes.value, no.value, expected);
  const a = capture(fx, () => coerce(fx, node.whenTrue, yes.value, type));
  const b = capture(fx, () => coerce(fx, node.whenFalse, no.value, type));
  return choose(fx, c, type, [...yes.lines, ...a.lines], a.value, [...no.lines, ...b.lines], b.value);
}

function commonType(fx: Fx, node: ts.Node, a: Val, b: Val, expected: BType | undefined): BType {
  if (expected?.kind === "profile") return expected;
  if (a.type.kind === "never") return b.type;
  if (b.type.kind === "never") return a.type;
  if (a.type.kind === "untyped" && b.type.kind === "untyped") {
    return constantsType(fx, node, a, b, expected);
  }
  if (a.type.kind === "null" && isPlaceType(b.type)) return { kind: "ptr", to: b.type, nullable: true };
  if (b.type.kind === "null" && isPlaceType(a.type)) return { kind: "ptr", to: a.type, nullable: true };
  if (a.type.kind === "untyped" || a.type.kind === "null") return b.type;
  if (b.type.kind === "untyped" || b.type.kind === "null") return a.type;
  if (sameType(a.type, b.type)) return a.type;
  if (expected) return expected;
  const x = intOf(a.type);
  const y = intOf(b.type);
  if (x && y && widens(x, y)) return b.type;
  if (x && y && widens(y, x)) return a.type;
  if (a.type.kind === "ptr" && sameType(a.type.to, b.type)) return a.type;
  if (b.type.kind === "ptr" && sameType(b.type.to, a.type)) return b.type;
  return fail(fx.cx, node, 1103, `The branches have the types '${typeName(a.type)}' and '${typeName(b.type)}'.`);
}

/** The type of two constants, one of which will be chosen at run time. */
function constantsType(fx: Fx, node: ts.Node, a: Val, b: Val, expected: BType | undefined): BType {
  const big = a.type.kind === "untyped" && a.type.big;
  const int = expected ? intOf(expected) : undefined;
  if (expected && ((int && int.big === big) || (expected.kind === "float" && !big))) return expected;
  if (big) return fail(fx.cx, node, 1002, "The constants need a type: annotate the variable.");
  // The operand of a conversion such as u64(c ? 1 : 2).
  const whole = [a.konst, b.konst].filter((k): k is bigint => typeof k === "bigint");
  if (int && whole.length === 2) {
    for (const type of [U32, I32]) if (whole.every((k) => fits(type, k))) return type;
  }
  checkFloats(fx.cx, node);
  return F64;
}

/** `c ? a : b`, with statements for each side where they need some. */
function choose(fx: Fx, c: Val, type: BType, yesLines: Parameters<typeof replay>[1], yes: Val, noLines: Parameters<typeof replay>[1], no: Val): Val {
  const isPlace = type.kind === "class" || type.kind === "array" || type.kind === "atomic" || type.kind === "cell";
  const asValue = (v: Val): Val => (isPlace ? coerce(fx, fx.node as ts.Node, v, { kind: "ptr", to: type, nullable: false }) : v);
  const a = asValue(yes);
  const b = asValue(no);
  const holder = isPlace ? storageType(type) : type;
  let result: Val;
  if (yesLines.length === 0 && noLines.length === 0) {
    result = makeVal(`${wrap(c, BINARY)} ? ${wrap(a, UNARY)} : ${wrap(b, UNARY)}`, holder, { prec: LOW, ...effectsOf([c, a, b]), onStack: a.onStack || b.onStack });
  } else {
    const name = newTemporary(fx);
    emit(fx, `${cDeclare(fx.cx.types, holder, name)};`);
    emit(fx, `if (${c.c}) {`);
    replay(fx, yesLines, 1);
    indented(fx, () => emit(fx, `${name} = ${a.c};`));
    emit(fx, "} else {");
    replay(fx, noLines, 1);
    indented(fx, () => emit(fx, `${name} = ${b.c};`));
    emit(fx, "}");
    result = makeVal(name, holder);
  }
  return isPlace ? coerce(fx, fx.node as ts.Node, result, type) : result;
}

function coalesce(fx: Fx, node: ts.BinaryExpression, expected: BType | undefined): Val {
  const l = rvalue(fx, expression(fx, node.left, expected));
  if (l.type.kind !== "ptr" && l.type.kind !== "fn") return fail(fx.cx, node.left, 1103, "`??` works on pointers that may be null.");
  const first = spill(fx, { ...l, reads: l.reads | MEMORY });
  const right = capture(fx, () => expression(fx, node.right, l.type));
  const test = boolVal(`${wrap(first, UNARY)} != NULL`, BINARY, [first]);
  if (right.value.type.kind === "never") {
    emit(fx, `if (${wrap(first, UNARY)} == NULL) {`);
    replay(fx, right.lines, 1);
    indented(fx, () => emit(fx, `${right.value.c};`));
    emit(fx, "}");
    return { ...first, type: { ...l.type, nullable: false } };
  }
  const r = capture(fx, () => coerce(fx, node.right, right.value, l.type));
  return choose(fx, test, l.type, [], first, [...right.lines, ...r.lines], r.value);
}

/** `- -x` must not become `--x`. */
const operandOf = (sign: string, v: Val): string => (v.c.startsWith(sign) ? `(${v.c})` : wrap(v, UNARY));

export function unary(fx: Fx, node: ts.PrefixUnaryExpression, expected: BType | undefined): Val {
  const op = node.operator;
  if (op === ts.SyntaxKind.ExclamationToken) {
    const v = condition(fx, node.operand);
    if (typeof v.konst === "boolean") return constantVal(BOOL, !v.konst);
    return { ...v, c: `!${wrap(v, UNARY)}`, prec: UNARY };
  }
  const v = rvalue(fx, expression(fx, node.operand, expected));
  const sign = op === ts.SyntaxKind.MinusToken ? "-" : op === ts.SyntaxKind.TildeToken ? "~" : op === ts.SyntaxKind.PlusToken ? "+" : undefined;
  if (!sign) return fail(fx.cx, node, 1001, "The operator is not part of bare TypeScript.");
  if (v.type.kind === "untyped" && isNumber(v.konst)) {
    if (sign === "~" && typeof v.konst !== "bigint") return fail(fx.cx, node, 1110, "`~` needs a whole number.");
    const value = sign === "-" ? (v.konst === 0n && !v.type.big ? 0n : -v.konst) : sign === "~" ? ~(v.konst as bigint) : v.konst;
    return { ...untypedVal(value, v.type.big), complemented: sign === "~" };
  }
  const int = intOf(v.type);
  if (v.type.kind === "float" && sign !== "~") {
    if (isNumber(v.konst)) return constantVal(v.type, sign === "-" ? -Number(v.konst) : Number(v.konst));
    return { ...v, c: sign === "+" ? v.c : `-${operandOf("-", v)}`, prec: UNARY };
  }
  if (!int || int.address) return fail(fx.cx, node, 1103, `'${sign}' does not work on '${typeName(v.type)}'.`);
  if (sign === "+") return v;
  if (typeof v.konst === "bigint") return constantVal(int, wrapTo(int, sign === "-" ? -v.konst : ~v.konst));
  const c = `${sign}${operandOf(sign, v)}`;
  return int.bits < 32 ? { ...v, c: `(${cType(fx.cx.types, int)})${c}`, prec: UNARY, type: int } : { ...v, c, prec: UNARY, type: int };
}

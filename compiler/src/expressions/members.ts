// Members and elements: object.field, pointer.value, array[index].

import ts from "typescript";
import { cast } from "../coerce.ts";
import { constantVal } from "../constants.ts";
import { fail, isPreludeNode, symbolOf } from "../context.ts";
import type { Fx } from "../function-context.ts";
import { fieldOf, sizeAlign } from "../layout.ts";
import { utf8Length } from "../strings.ts";
import { enumType } from "../type-nodes.ts";
import {
  type BType,
  type ClassInfo,
  INT_TYPES,
  intOf,
  isPlaceType,
  maxOf,
  minOf,
  ptrTo,
  typeName,
  U8,
  U32,
  U64,
} from "../types.ts";
import { deref, effectsOf, inOrder, MEMORY, makeVal, PRIMARY, rvalue, UNARY, type Val, wrap } from "../values.ts";
import { expression } from "./expression.ts";

export function propertyAccess(fx: Fx, node: ts.PropertyAccessExpression): Val {
  if (node.questionDotToken)
    return fail(fx.cx, node, 1001, "`?.` is not part of bare TypeScript; test the pointer first.");
  const name = node.name.text;
  const symbol = symbolOf(fx.cx, node);
  const decl = symbol?.valueDeclaration;
  if (decl && ts.isEnumMember(decl)) return enumMember(fx, decl);
  const limit = limitConstant(fx, node, name);
  if (limit) return limit;
  if (decl && ts.isMethodDeclaration(decl) && !isPreludeNode(decl))
    return fail(fx.cx, node, 1111, `The method '${name}' must be called.`);
  const object = expression(fx, node.expression);
  return member(fx, node, object, name);
}

function enumMember(fx: Fx, decl: ts.EnumMember): Val {
  const type = enumType(fx.cx, decl.parent);
  return constantVal(type, type.members.get((decl.name as ts.Identifier).text) ?? 0n);
}

function limitConstant(fx: Fx, node: ts.PropertyAccessExpression, name: string): Val | undefined {
  if (name !== "MIN" && name !== "MAX") return undefined;
  if (!ts.isIdentifier(node.expression)) return undefined;
  const type = INT_TYPES.get(node.expression.text);
  const symbol = symbolOf(fx.cx, node.expression);
  if (!type || !symbol?.declarations?.[0] || !isPreludeNode(symbol.declarations[0])) return undefined;
  return constantVal(type, name === "MIN" ? minOf(type) : maxOf(type));
}

/** `object.name` for every kind of object. */
export function member(fx: Fx, node: ts.PropertyAccessExpression, object: Val, name: string): Val {
  const t = object.type;
  if (t.kind === "class") return field(fx, node, object, t.cls, name);
  if (t.kind === "ptr") {
    const pointer = rvalue(fx, object);
    if (t.to.kind === "class") return field(fx, node, pointee(fx, node, pointer, t.to), t.to.cls, name);
    if (name === "value" && !isPlaceType(t.to)) return pointee(fx, node, pointer, t.to);
    if (t.to.kind === "array") return member(fx, node, pointee(fx, node, pointer, t.to), name);
  }
  if (t.kind === "array" && name === "length") return constantVal(U32, BigInt(t.length));
  if (t.kind === "slice" || t.kind === "string") {
    const v = rvalue(fx, object);
    if (name === "length" && typeof v.konst === "string") return constantVal(U32, BigInt(utf8Length(v.konst)));
    if (name === "length") return t.kind === "slice" ? part(v, "length", U64) : cast(fx, part(v, "length", U64), U32);
    if (name === "data") return part(v, "data", ptrTo(t.kind === "slice" ? t.element : U8));
  }
  const special = fx.cx.profile.member?.(fx, node, object);
  if (special) return special;
  return fail(fx.cx, node.name, 1111, `A '${typeName(t)}' has no member '${name}' in bare TypeScript.`);
}

const part = (v: Val, name: string, type: BType): Val =>
  makeVal(`${wrap(v, PRIMARY)}.${name}`, type, { reads: v.reads, effects: v.effects, onStack: v.onStack });

/** The target of a pointer; `--checked` tests null and alignment. */
export function pointee(fx: Fx, node: ts.Node, pointer: Val, to: BType): Val {
  if (!fx.cx.options.checked || pointer.c.startsWith("&")) return deref(pointer, to);
  const { align } = sizeAlign(fx.cx, to, node);
  return deref({ ...pointer, c: `BT_CHECK_PTR(${pointer.c}, ${align})`, prec: PRIMARY }, to);
}

function field(fx: Fx, node: ts.PropertyAccessExpression, object: Val, cls: ClassInfo, name: string): Val {
  const found = fieldOf(fx.cx, cls, name, node);
  if (!found) return fail(fx.cx, node.name, 1111, `'${cls.name}' has no field '${name}'.`);
  const cName = found.bits ? found.bits.unit : found.cName;
  const natural = sizeAlign(fx.cx, found.type, node).align;
  const c =
    object.pointer !== undefined && object.perCpu === undefined
      ? `${/^\(/.test(object.pointer) || /^[\w$]+(\([^()]*\))?$/.test(object.pointer) || isPostfix(object.pointer) ? object.pointer : `(${object.pointer})`}->${cName}`
      : `${wrap(object, PRIMARY)}.${cName}`;
  return makeVal(c, found.type, {
    place: true,
    placeReads: MEMORY,
    reads: object.reads,
    effects: object.effects,
    link: object.link,
    onStack: object.onStack,
    scope: object.scope,
    bits: found.bits,
    unaligned: object.unaligned || (cls.packed && (cls.align % natural !== 0 || found.offset % natural !== 0)),
    perCpu: object.perCpu !== undefined ? `${object.perCpu}.${cName}` : undefined,
    perCpuOffset: object.perCpuOffset !== undefined ? object.perCpuOffset + found.offset : undefined,
  });
}

/** Whether the C text is a chain of members, indices and calls, to which `->` binds without parentheses. */
function isPostfix(c: string): boolean {
  return /^[A-Za-z_$][\w$]*((->|\.)[\w$]+|\[[^[\]]*\]|\([^()]*\))*$/.test(c);
}

export function elementAccess(fx: Fx, node: ts.ElementAccessExpression): Val {
  const [object, index] = inOrder(fx, [
    { make: () => objectOperand(fx, expression(fx, node.expression)), target: true },
    () => expression(fx, node.argumentExpression),
  ]) as [Val, Val];
  return element(fx, node, object, index);
}

/** Pointers, slices and strings are read when the object of an access is evaluated; in-place arrays are not. */
export function objectOperand(fx: Fx, v: Val): Val {
  return isPlaceType(v.type) ? v : rvalue(fx, v);
}

export function element(fx: Fx, node: ts.Node, object: Val, index: Val): Val {
  const t = object.type;
  if (t.kind === "array") return arrayElement(fx, node, object, t.element, t.length, indexVal(fx, node, index));
  if (t.kind === "ptr" && t.to.kind === "array" && ts.isElementAccessExpression(node)) {
    // Ptr<FixedArray> is the array itself with pointer operations; its elements come first.
    return arrayElement(fx, node, deref(object, t.to), t.to.element, t.to.length, indexVal(fx, node, index));
  }
  if (t.kind === "ptr") {
    const i = signedIndex(fx, node, index);
    return place(`${wrap(checkedPointer(fx, node, object, t.to), PRIMARY)}[${i.c}]`, t.to, [object, i]);
  }
  if (t.kind === "slice") {
    const i = indexVal(fx, node, index);
    if (!fx.cx.options.checked) return place(`${wrap(object, PRIMARY)}.data[${i.c}]`, t.element, [object, i]);
    return place(`BT_SLICE_AT(${object.c}, ${i.c})`, t.element, [object, i]);
  }
  const special = ts.isElementAccessExpression(node) ? fx.cx.profile.element?.(fx, node, object) : undefined;
  if (special) return special;
  return fail(fx.cx, node, 1111, `A '${typeName(t)}' has no elements${t.kind === "string" ? "; use byteAt(i)" : ""}.`);
}

function checkedPointer(fx: Fx, node: ts.Node, pointer: Val, to: BType): Val {
  if (!fx.cx.options.checked) return pointer;
  return { ...pointer, c: `BT_CHECK_PTR(${pointer.c}, ${sizeAlign(fx.cx, to, node).align})`, prec: PRIMARY };
}

const place = (c: string, type: BType, parts: readonly Val[]): Val =>
  makeVal(c, type, {
    place: true,
    placeReads: MEMORY,
    ...effectsOf(parts),
    onStack: parts[0]?.onStack && isPlaceType(parts[0].type),
  });

/** An index: any unsigned integer, or a constant. */
export function indexVal(fx: Fx, node: ts.Node, index: Val): Val {
  const int = intOf(index.type);
  if (index.type.kind === "untyped") {
    if (typeof index.konst !== "bigint" || index.konst < 0n)
      return fail(fx.cx, node, 1102, `The index ${index.konst} is not a natural number.`);
    return constantVal(index.type.big ? U64 : U32, index.konst);
  }
  if (!int || int.signed || int.address) {
    if (index.type.kind === "float")
      return fail(
        fx.cx,
        node,
        1101,
        "An index is an unsigned integer, not an f64: give the variable a type, as in `let i: u32 = 0`.",
      );
    return fail(fx.cx, node, 1101, `An index is an unsigned integer, not a '${typeName(index.type)}'.`);
  }
  return index;
}

function signedIndex(fx: Fx, node: ts.Node, index: Val): Val {
  if (index.type.kind === "untyped" && typeof index.konst === "bigint")
    return makeVal(String(index.konst), U64, { prec: UNARY, konst: index.konst });
  const int = intOf(index.type);
  if (!int || int.address) return fail(fx.cx, node, 1101, `An index is an integer, not a '${typeName(index.type)}'.`);
  return index;
}

function arrayElement(fx: Fx, node: ts.Node, object: Val, type: BType, length: number, index: Val): Val {
  if (typeof index.konst === "bigint" && index.konst >= BigInt(length)) {
    return fail(fx.cx, node, 1102, `The index ${index.konst} lies outside the array of ${length} elements.`);
  }
  const i =
    typeof index.konst === "bigint"
      ? index.konst.toString()
      : fx.cx.options.checked
        ? `BT_INDEX(${index.c}, ${length}u)`
        : index.c;
  const elementSize = object.perCpuOffset !== undefined ? sizeAlign(fx.cx, type, node).size : 0;
  return makeVal(`${wrap(object, PRIMARY)}[${i}]`, type, {
    place: true,
    placeReads: MEMORY,
    ...effectsOf([object, index]),
    link: object.link && index.konst !== undefined,
    onStack: object.onStack,
    scope: object.scope,
    unaligned: object.unaligned,
    perCpu: object.perCpu !== undefined ? `${object.perCpu}[${i}]` : undefined,
    perCpuOffset:
      object.perCpuOffset !== undefined && typeof index.konst === "bigint"
        ? object.perCpuOffset + Number(index.konst) * elementSize
        : undefined,
  });
}

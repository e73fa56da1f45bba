// The functions of the prelude that deal with places, pointers and bytes.

import fs from "node:fs";
import path from "node:path";
import ts from "typescript";
import { cType } from "../c-types.ts";
import { checkReference, coerce } from "../coerce.ts";
import { constantVal } from "../constants.ts";
import { fail, symbolOf } from "../context.ts";
import { staticOf } from "../declarations.ts";
import type { Fx } from "../function-context.ts";
import { layoutOf } from "../layout.ts";
import { resolveType } from "../type-nodes.ts";
import {
  type BType,
  intOf,
  isPlaceType,
  ptrTo,
  type SliceType,
  STRING,
  sameType,
  typeName,
  U8,
  U32,
  U64,
  VOID,
} from "../types.ts";
import {
  addressC,
  deref,
  effectsOf,
  inOrder,
  LOW,
  makeVal,
  named,
  PRIMARY,
  rvalue,
  stored,
  UNARY,
  type Val,
  wrap,
} from "../values.ts";
import { assignC } from "./assignment.ts";
import { expression, value } from "./expression.ts";
import { arg, effectful, type Intrinsic, typeArgument } from "./intrinsic-tools.ts";
import { localAggregate } from "./literals.ts";
import { element, objectOperand } from "./members.ts";

/** The place that an expression names, also where its value would be folded to a constant. */
export function placeOf(fx: Fx, node: ts.Expression): Val {
  if (ts.isIdentifier(node)) {
    const symbol = symbolOf(fx.cx, node);
    const decl = symbol?.valueDeclaration;
    if (
      symbol &&
      !fx.locals.has(symbol) &&
      decl &&
      ts.isVariableDeclaration(decl) &&
      ts.isSourceFile(decl.parent.parent.parent)
    ) {
      const item = staticOf(fx.cx, decl, node);
      if (item.perCpuOffset === undefined)
        return makeVal(item.cName, item.type, { place: true, link: true, symbol: item.cName });
    }
  }
  return expression(fx, node);
}

export function addressOf(fx: Fx, node: ts.CallExpression): Val {
  const at = arg(fx, node, 0);
  const v = placeOf(fx, at);
  if (v.type.kind === "fn" && !v.place)
    return fail(fx.cx, at, 1106, "A function value is a pointer already; functionAddress(f) is its address.");
  if (!v.place) return fail(fx.cx, at, 1106, "Only a variable, field or element has an address.");
  checkReference(fx, at, v);
  const c = addressC(fx, v);
  return makeVal(c, ptrTo(v.type), {
    prec: UNARY,
    reads: v.reads,
    effects: v.effects,
    link: v.link && v.perCpu === undefined,
    onStack: v.onStack,
    scope: v.scope,
  });
}

export function elements(fx: Fx, node: ts.CallExpression): Val {
  const at = arg(fx, node, 0);
  const given = placeOf(fx, at);
  const v =
    given.type.kind === "ptr" && given.type.to.kind === "array" ? deref(rvalue(fx, given), given.type.to) : given;
  if (v.type.kind !== "array") return fail(fx.cx, at, 1101, `A '${typeName(v.type)}' is not an in-place array.`);
  checkReference(fx, at, v);
  const type = ptrTo(v.type.element);
  if (v.perCpu !== undefined)
    return makeVal(`(${cType(fx.cx.types, type)})${addressC(fx, v)}`, type, {
      prec: UNARY,
      reads: v.reads,
      effects: v.effects,
    });
  return makeVal(`&${wrap(v, PRIMARY)}[0]`, type, {
    prec: UNARY,
    reads: v.reads,
    effects: v.effects,
    link: v.link,
    onStack: v.onStack,
    scope: v.scope,
  });
}

/** A pointer, reference or function as a C pointer value. */
export function pointerArgument(fx: Fx, node: ts.Expression): Val {
  const v = expression(fx, node);
  if (isPlaceType(v.type)) return stored(fx, v);
  const p = rvalue(fx, v);
  if (!["ptr", "fn", "null"].includes(p.type.kind))
    return fail(fx.cx, node, 1101, `A '${typeName(p.type)}' is not a pointer.`);
  return p;
}

export function pointerAt(fx: Fx, node: ts.CallExpression, expected: BType | undefined): Val {
  const to = typeArgument(fx, node, expected?.kind === "ptr" ? expected.to : undefined);
  const v = rvalue(fx, expression(fx, arg(fx, node, 0), U64));
  const address = v.type.kind === "untyped" ? coerce(fx, node, v, U64) : v;
  const int = intOf(address.type);
  if (int?.bits !== 64 || int.signed)
    return fail(fx.cx, node, 1101, `An address is a VirtAddr or u64, not a '${typeName(v.type)}'.`);
  if (int.name === "PhysAddr" || int.name === "GuestPhys")
    return fail(fx.cx, node, 1101, `A ${int.name} cannot be dereferenced; translate it to a VirtAddr first.`);
  const type = ptrTo(to);
  return {
    ...makeVal(`(${cType(fx.cx.types, type)})${wrap(address, UNARY)}`, type, { prec: UNARY }),
    reads: address.reads,
    effects: address.effects,
    link: address.konst !== undefined,
  };
}

export function castPtr(fx: Fx, node: ts.CallExpression, expected: BType | undefined): Val {
  const to = typeArgument(fx, node, expected?.kind === "ptr" ? expected.to : undefined);
  const v = pointerArgument(fx, arg(fx, node, 0));
  const type = ptrTo(to);
  return makeVal(`(${cType(fx.cx.types, type)})${wrap(v, UNARY)}`, type, {
    prec: UNARY,
    reads: v.reads,
    effects: v.effects,
    link: v.link,
    onStack: v.onStack,
    scope: v.scope,
  });
}

export function sliceOf(fx: Fx, node: ts.CallExpression): Val {
  const [p, n] = inOrder(fx, [() => expression(fx, arg(fx, node, 0)), () => value(fx, arg(fx, node, 1), U64)]) as [
    Val,
    Val,
  ];
  if (p.type.kind !== "ptr") return fail(fx.cx, arg(fx, node, 0), 1101, `A '${typeName(p.type)}' is not a Ptr<T>.`);
  const type: SliceType = { kind: "slice", element: p.type.to };
  return makeVal(`((${cType(fx.cx.types, type)}){ ${p.c}, ${n.c} })`, type, {
    prec: PRIMARY,
    ...effectsOf([p, n]),
    onStack: p.onStack,
  });
}

export function bytesOf(fx: Fx, node: ts.CallExpression): Val {
  const at = arg(fx, node, 0);
  const type: SliceType = { kind: "slice", element: U8 };
  const v = expression(fx, at);
  const name = cType(fx.cx.types, type);
  if (v.type.kind === "string") {
    const s = named(fx, v.konst !== undefined ? { ...v, konst: undefined } : v);
    return makeVal(`((${name}){ ${wrap(s, PRIMARY)}.data, ${wrap(s, PRIMARY)}.length })`, type, {
      prec: PRIMARY,
      reads: s.reads,
      effects: s.effects,
    });
  }
  const place = v.type.kind === "ptr" ? deref(rvalue(fx, v), v.type.to) : v;
  if (place.type.kind !== "class" && place.type.kind !== "array")
    return fail(fx.cx, at, 1101, `A '${typeName(v.type)}' has no bytes to view.`);
  return makeVal(
    `((${name}){ (u8 *)${wrap(stored(fx, place), UNARY)}, sizeof(${cType(fx.cx.types, place.type)}) })`,
    type,
    { prec: PRIMARY, reads: place.reads, effects: place.effects, onStack: place.onStack },
  );
}

export function stringOf(fx: Fx, node: ts.CallExpression): Val {
  const [p, n] = inOrder(fx, [
    () => value(fx, arg(fx, node, 0), ptrTo(U8)),
    () => expression(fx, arg(fx, node, 1)),
  ]) as [Val, Val];
  const length = n.type.kind === "untyped" ? coerce(fx, node, n, n.type.big ? U64 : U32) : n;
  if (!intOf(length.type)) return fail(fx.cx, node, 1101, "The length is an integer.");
  return makeVal(`((bt_string){ ${p.c}, ${length.c} })`, STRING, {
    prec: PRIMARY,
    ...effectsOf([p, n]),
    onStack: p.onStack,
  });
}

export function offsetOf(fx: Fx, node: ts.CallExpression): Val {
  const type = typeArgument(fx, node);
  const name = arg(fx, node, 0);
  if (type.kind !== "class" || !ts.isStringLiteralLike(name))
    return fail(fx.cx, node, 1112, 'Write offsetOf<Class>("field").');
  const field = layoutOf(fx.cx, type.cls, node).fields.find((f) => f.name === name.text);
  if (!field) return fail(fx.cx, name, 1111, `'${type.cls.name}' has no field '${name.text}'.`);
  return constantVal(U32, BigInt(field.offset));
}

export function placeArguments(fx: Fx, node: ts.CallExpression, count: number): Val[] {
  return inOrder(
    fx,
    Array.from({ length: count }, (_, i) => ({
      make: () => {
        const at = arg(fx, node, i);
        const v = expression(fx, at);
        const place = v.type.kind === "ptr" && isPlaceType(v.type.to) ? deref(rvalue(fx, v), v.type.to) : v;
        if (place.type.kind !== "class" && place.type.kind !== "array")
          return fail(fx.cx, at, 1101, `A '${typeName(v.type)}' is not an object or in-place array.`);
        checkReference(fx, at, place);
        return place;
      },
    })),
  );
}

export function copy(fx: Fx, node: ts.CallExpression): Val {
  const [to, from] = placeArguments(fx, node, 2) as [Val, Val];
  if (!sameType(to.type, from.type))
    return fail(fx.cx, node, 1101, `A '${typeName(from.type)}' cannot be copied to a '${typeName(to.type)}'.`);
  const c =
    to.type.kind === "class" && to.perCpu === undefined && from.perCpu === undefined
      ? `${to.c} = ${from.c}`
      : `__builtin_memmove(${addressC(fx, to)}, ${addressC(fx, from)}, sizeof(${cType(fx.cx.types, to.type)}))`;
  return effectful(c, VOID, [to, from], LOW);
}

export function zero(fx: Fx, node: ts.CallExpression): Val {
  const [place] = placeArguments(fx, node, 1) as [Val];
  return effectful(`__builtin_memset(${addressC(fx, place)}, 0, sizeof(${cType(fx.cx.types, place.type)}))`, VOID, [
    place,
  ]);
}

export function embedFile(fx: Fx, node: ts.CallExpression): Val {
  const name = arg(fx, node, 0);
  if (!ts.isStringLiteralLike(name)) return fail(fx.cx, name, 1110, "The path must be a string literal.");
  const file = path.resolve(fx.cx.options.embedFolder, name.text);
  if (!fs.existsSync(file))
    return fail(
      fx.cx,
      name,
      1601,
      `Cannot read '${name.text}' in the folder for embedded files (--embed-dir); build it first.`,
    );
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

export function volatileAccess(fx: Fx, node: ts.CallExpression, isWrite: boolean): Val {
  const holder: { to?: BType } = {};
  const operands = [
    () => {
      const p = rvalue(fx, expression(fx, arg(fx, node, 0)));
      if (p.type.kind !== "ptr" || isPlaceType(p.type.to))
        return fail(fx.cx, node, 1101, "A volatile access needs a pointer to a scalar.");
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

export function atCall(fx: Fx, node: ts.CallExpression): Val {
  const [object, index] = inOrder(fx, [
    { make: () => objectOperand(fx, expression(fx, arg(fx, node, 0))), target: true },
    () => expression(fx, arg(fx, node, 1), U64),
  ]) as [Val, Val];
  return element(fx, node, object, index);
}

export function setAtCall(fx: Fx, node: ts.CallExpression): Val {
  const holder: { place?: Val } = {};
  const [place, v] = inOrder(fx, [
    { make: () => (holder.place = atCall(fx, node)), target: true },
    () => value(fx, arg(fx, node, 2), (holder.place as Val).type),
  ]) as [Val, Val];
  if (isPlaceType(place.type))
    return fail(fx.cx, node, 1105, `This would copy a '${typeName(place.type)}'; write copy(at(a, i), source).`);
  return effectful(assignC(fx, place, v), VOID, [place, v], LOW);
}

export function zeroedCall(fx: Fx, node: ts.CallExpression, expected: BType | undefined): Val {
  return localAggregate(fx, node, typeArgument(fx, node, expected));
}

export function zeroedCallFor(name: string): Intrinsic {
  return (fx, node, expected) => {
    if (expected?.kind !== "array" && !node.typeArguments)
      return fail(fx.cx, node, 1002, `The type of ${name}(...) is not known here; annotate the variable.`);
    const given = node.typeArguments?.map((t) => resolveType(fx.cx, t, fx.env));
    const [elementType, length] = given ?? [];
    const type: BType =
      elementType && length?.kind === "size"
        ? { kind: "array", element: elementType, length: length.value }
        : (expected as BType);
    return localAggregate(fx, node, type);
  };
}

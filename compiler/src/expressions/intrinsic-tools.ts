// What the functions of the prelude have in common: arguments by type, and results with their effects.

import type ts from "typescript";
import { fail } from "../context.ts";
import type { Fx } from "../function-context.ts";
import { resolveType } from "../type-nodes.ts";
import type { BType } from "../types.ts";
import { effectsOf, inOrder, MEMORY, makeVal, PRIMARY, type Val } from "../values.ts";
import { value } from "./expression.ts";
import { argument } from "./methods.ts";

export type Intrinsic = (fx: Fx, node: ts.CallExpression, expected: BType | undefined) => Val;

export const arg = argument;

export function typeArgument(fx: Fx, node: ts.CallExpression, expected?: BType): BType {
  const given = node.typeArguments?.[0];
  if (given) return resolveType(fx.cx, given, fx.env);
  return expected ?? fail(fx.cx, node, 1113, `Write the type argument: ${node.expression.getText()}<T>(...).`);
}

export const values = (fx: Fx, node: ts.CallExpression, types: readonly BType[]): Val[] =>
  inOrder(
    fx,
    types.map((t, i) => () => value(fx, arg(fx, node, i), t)),
  );

export const effectful = (c: string, type: BType, parts: readonly Val[], prec = PRIMARY): Val => {
  const e = effectsOf(parts);
  return makeVal(c, type, { prec, reads: e.reads | MEMORY, effects: e.effects | MEMORY });
};

export const pure =
  (name: string, params: readonly BType[], result: BType): Intrinsic =>
  (fx, node) => {
    const parts = values(fx, node, params);
    return makeVal(`${name}(${parts.map((p) => p.c).join(", ")})`, result, effectsOf(parts));
  };

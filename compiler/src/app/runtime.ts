// The runtime of applications is bare TypeScript in compiler/std/app/, compiled together with the program: only what the
// program uses is emitted. Here its functions and classes are found by name and called.

import fs from "node:fs";
import path from "node:path";
import ts from "typescript";
import { coerce } from "../coerce.ts";
import type { Cx, FunctionInstance } from "../context.ts";
import type { Fx } from "../function-context.ts";
import { functionInstance, instanceSuffix } from "../functions.ts";
import { parameterSymbols } from "../generics.ts";
import { STD_FOLDER } from "../program.ts";
import { classInstance } from "../type-nodes.ts";
import type { BType, ClassInfo } from "../types.ts";
import { LOCAL, MEMORY, makeVal, stored, type Val } from "../values.ts";

export const APP_FOLDER = path.join(STD_FOLDER, "app");

export const RUNTIME_MODULES: readonly string[] = fs
  .readdirSync(APP_FOLDER)
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
  .map((name) => path.join(APP_FOLDER, name));

export const isRuntimeFile = (file: ts.SourceFile): boolean => path.dirname(path.resolve(file.fileName)) === APP_FOLDER;

interface Index {
  readonly functions: Map<string, ts.FunctionDeclaration>;
  readonly classes: Map<string, ts.ClassDeclaration>;
}
const indexes = new WeakMap<Cx, Index>();

function indexOf(cx: Cx): Index {
  const known = indexes.get(cx);
  if (known) return known;
  const index: Index = { functions: new Map(), classes: new Map() };
  for (const file of cx.modules) {
    if (!isRuntimeFile(file)) continue;
    for (const s of file.statements) {
      const exported =
        ts.canHaveModifiers(s) && ts.getModifiers(s)?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword);
      if (!exported) continue;
      if (ts.isFunctionDeclaration(s) && s.name) index.functions.set(s.name.text, s);
      if (ts.isClassDeclaration(s) && s.name) index.classes.set(s.name.text, s);
    }
  }
  indexes.set(cx, index);
  return index;
}

export function runtimeClass(cx: Cx, name: string, args: readonly BType[]): ClassInfo {
  const decl = indexOf(cx).classes.get(name);
  if (!decl) throw new Error(`the runtime has no class ${name}`);
  return classInstance(cx, decl, args, decl);
}

export const findRuntime = (cx: Cx, name: string): ts.FunctionDeclaration | undefined =>
  indexOf(cx).functions.get(name);

export function runtimeFunction(cx: Cx, name: string, typeArgs: readonly BType[] = []): FunctionInstance {
  const decl = findRuntime(cx, name);
  if (!decl) throw new Error(`the runtime has no function ${name}`);
  const env = new Map(parameterSymbols(cx, decl).map((s, i): [ts.Symbol, BType] => [s, typeArgs[i] as BType]));
  return functionInstance(cx, decl, env, name, instanceSuffix(typeArgs), undefined);
}

/** A call of a runtime function. `args` are evaluated already; they are converted to the parameter types. */
export function callRuntime(
  fx: Fx,
  node: ts.Node,
  name: string,
  args: readonly Val[],
  typeArgs: readonly BType[] = [],
): Val {
  const f = runtimeFunction(fx.cx, name, typeArgs);
  const parts = args.map((a, i) => {
    const type = f.params[i]?.type as BType;
    // Arrays, maps and typed arrays are references to classes of the runtime; the names differ, the pointer is the same.
    return type.kind === "class" && a.type.kind === "profile" ? a : stored(fx, coerce(fx, node, a, type));
  });
  const local = parts.some((a) => (a.effects & LOCAL) !== 0);
  return makeVal(`${f.cName}(${parts.map((a) => a.c).join(", ")})`, f.result, {
    reads: LOCAL | MEMORY,
    effects: local ? LOCAL | MEMORY : MEMORY,
  });
}

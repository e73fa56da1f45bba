// Module-level declarations: functions as values, static variables and their initialisers.

import ts from "typescript";
import { attributesOf } from "./attributes.ts";
import { cDeclare } from "./c-types.ts";
import { type Cx, declarationSymbol, fail, type Static } from "./context.ts";
import { Recover } from "./diagnostics.ts";
import { expression, value } from "./expressions/expression.ts";
import { aggregate, aggregateType, stripped } from "./expressions/literals.ts";
import { type Fx, newFx } from "./function-context.ts";
import { functionInstance, instanceType } from "./functions.ts";
import { sizeAlign } from "./layout.ts";
import { resolveType } from "./type-nodes.ts";
import { type BType, typeName } from "./types.ts";
import { makeVal, type Val } from "./values.ts";

export function functionValue(fx: Fx, node: ts.Node, decl: ts.FunctionDeclaration): Val {
  const f = plainFunction(fx.cx, decl, node);
  return makeVal(f.cName, instanceType(f), { link: true, symbol: f.cName });
}

export function plainFunction(cx: Cx, decl: ts.FunctionDeclaration, node: ts.Node) {
  if (decl.typeParameters)
    return fail(cx, node, 1113, "A generic function has no address: call it, or wrap it in a function.");
  return functionInstance(cx, decl, new Map(), decl.name?.text ?? "anonymous", "", undefined);
}

/** The storage of a module-level variable, made on first use. */
export function staticOf(cx: Cx, decl: ts.VariableDeclaration, node: ts.Node): Static {
  const name = ts.isIdentifier(decl.name)
    ? decl.name.text
    : fail(cx, decl.name, 1001, "Destructuring is not part of bare TypeScript.");
  const symbol = declarationSymbol(cx, decl);
  const known = cx.statics.get(symbol);
  if (known) return known;
  const attributes = attributesOf(cx.diagnostics, decl);
  const type = cx.profile.staticType?.(cx, decl) ?? staticType(cx, decl, node);
  const cName = attributes.exported ?? attributes.extern ?? cx.names.global(name, decl);
  if (attributes.exported !== undefined && !cx.names.claim(cName, decl))
    fail(cx, decl, 1003, `The symbol '${cName}' is exported twice.`);
  const item: Static = {
    cName: attributes.extern !== undefined ? cx.names.global(name, decl) : cName,
    decl,
    attributes,
    type,
    perCpuOffset: attributes.percpu ? perCpuPlace(cx, type, decl) : undefined,
    used: false,
    text: "",
  };
  cx.statics.set(symbol, item);
  if (attributes.percpu) cx.perCpu.statics.push(item);
  cx.staticQueue.push(item);
  return item;
}

function perCpuPlace(cx: Cx, type: BType, node: ts.Node): number {
  if (cx.options.target === "vdso") return fail(cx, node, 1501, "Per-CPU variables do not exist in a vDSO.");
  const { size, align } = sizeAlign(cx, type, node);
  const offset = Math.ceil(cx.perCpu.size / align) * align;
  cx.perCpu.size = offset + size;
  return offset;
}

/** Every per-CPU variable of the program gets its offset before any code is compiled: assembly needs the numbers. */
export function layOutPerCpu(cx: Cx): void {
  for (const file of cx.modules) {
    for (const statement of file.statements) {
      if (!ts.isVariableStatement(statement)) continue;
      for (const decl of statement.declarationList.declarations) {
        if (!attributesOf(cx.diagnostics, decl).percpu) continue;
        try {
          staticOf(cx, decl, decl);
        } catch (error) {
          if (!(error instanceof Recover)) throw error;
        }
      }
    }
  }
}

function staticType(cx: Cx, decl: ts.VariableDeclaration, node: ts.Node): BType {
  if (decl.type) return resolveType(cx, decl.type, new Map());
  if (!decl.initializer) return fail(cx, decl, 1002, "The variable needs a type.");
  const init = stripped(decl.initializer);
  if (ts.isObjectLiteralExpression(init)) return fail(cx, decl, 1002, "The variable needs a type annotation.");
  const made = aggregateType(newFx(cx, new Map(), undefined), init);
  if (made) return made;
  const v = expression(newFx(cx, new Map(), undefined), decl.initializer);
  if (v.type.kind === "untyped")
    return fail(cx, decl.name, 1002, "A `let` of the module needs a type annotation, for example `let x: u32 = 0`.");
  if (v.type.kind === "void" || v.type.kind === "null" || v.type.kind === "error")
    return fail(cx, node, 1002, "The variable needs a type annotation.");
  return v.type;
}

/** The C definition of a static variable. */
export function compileStatic(cx: Cx, item: Static): void {
  const { decl, attributes, type } = item;
  if (type.kind === "cell" || type.kind === "void" || type.kind === "never")
    fail(cx, decl, 1002, `A variable cannot have the type '${typeName(type)}'.`);
  const fx = newFx(cx, new Map(), undefined);
  fx.node = decl;
  if (attributes.extern !== undefined) {
    item.text = "";
    return;
  }
  const text = cx.profile.staticText?.(cx, item);
  if (text !== undefined) {
    item.text = text;
    return;
  }
  if (!decl.initializer)
    fail(cx, decl, 1301, "A module-level variable needs an initialiser; `zeroed()` is zero bytes.");
  const init = staticInitialiser(fx, decl.initializer as ts.Expression, type);
  if (attributes.percpu && !/^(\{?\s*0[ul]*\s*\}?|false|NULL|0\.0)$/.test(init)) {
    fail(
      cx,
      decl.initializer as ts.Expression,
      1302,
      "Per-CPU variables start as zero: the block of each CPU is cleared memory.",
    );
  }
  item.text = init;
}

/** The C initialiser for a variable of static storage. */
export function staticInitialiser(fx: Fx, node: ts.Expression, type: BType): string {
  const init = aggregate(fx, stripped(node), type);
  if (init) {
    if (fx.lines.length > 0) fail(fx.cx, node, 1301, "The initialiser of a static variable must be constant.");
    return init.c;
  }
  const isPlace = type.kind === "class" || type.kind === "array" || type.kind === "atomic";
  if (isPlace)
    return fail(
      fx.cx,
      node,
      1301,
      `A static '${typeName(type)}' starts as an object literal, zeroed(), fixedArray(...) or sparseArray(...).`,
    );
  const v = value(fx, node, type);
  return constantText(fx, node, v);
}

/** The text of a value inside a static initialiser. */
export function constantText(fx: Fx, node: ts.Node, v: Val): string {
  if (typeof v.konst === "string") return v.c.replace(/^BT_STR\(/, "BT_STR_INIT(");
  if (v.konst !== undefined || v.link) return v.c;
  return fail(fx.cx, node, 1301, "The initialiser of a static variable must be constant.");
}

/** A program of its own has no dynamic symbols: everything is reached without a global offset table. */
export function visibility(cx: Cx): string {
  return `visibility("${cx.options.target === "kernel" || cx.options.target === "app" ? "hidden" : "default"}")`;
}

const LARGE_BYTES = 4096;

/**
 * Large zeroed tables lie behind everything small, in the order of their sizes where the linker sorts by name: most are used in part or
 * never, and what a start touches lies close together, on few pages. Linkers take `.bss.*` for zeroed memory.
 */
function sectionBySize(cx: Cx, item: Static): string | undefined {
  if (item.attributes.threadlocal || !/^\{*0\}*$/.test(item.text)) return undefined;
  const { size } = sizeAlign(cx, item.type, item.decl);
  return size < LARGE_BYTES ? undefined : `.bss.large.${String(size).padStart(10, "0")}`;
}

export function staticDeclaration(cx: Cx, item: Static): string {
  const { attributes } = item;
  if (attributes.extern !== undefined)
    return `extern __attribute__((${visibility(cx)})) ${cDeclare(cx.types, item.type, item.cName)} __asm__("${attributes.extern}");`;
  const parts = [attributes.exported !== undefined ? "" : "static "];
  if (attributes.threadlocal) parts.push("__thread ");
  const marks: string[] = [];
  if (attributes.exported !== undefined) marks.push(visibility(cx));
  const section = attributes.section ?? sectionBySize(cx, item);
  if (section !== undefined) marks.push(`section("${section}")`);
  if (attributes.align !== undefined) marks.push(`aligned(${attributes.align})`);
  if (attributes.weak) marks.push("weak");
  if (attributes.used || item.used) marks.push("used");
  if (marks.length > 0) parts.push(`__attribute__((${marks.join(", ")})) `);
  return `${parts.join("")}${cDeclare(cx.types, item.type, item.cName)}`;
}

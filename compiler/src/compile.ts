// The whole compilation of a program to C: roots, instances, output.

import ts from "typescript";
import { attributesOf } from "./attributes.ts";
import { isConstantDeclaration } from "./constants.ts";
import { type Cx, declarationSymbol, fail, newCx, type Options } from "./context.ts";
import { compileStatic, layOutPerCpu, plainFunction, staticOf } from "./declarations.ts";
import { type Diagnostic, Recover } from "./diagnostics.ts";
import { programText } from "./emit-c.ts";
import { constantOfDeclaration, expression } from "./expressions/expression.ts";
import { newFx } from "./function-context.ts";
import { compileFunction, functionInstance } from "./functions.ts";
import { layoutOf } from "./layout.ts";
import type { Profile } from "./profile.ts";
import { loadProgram } from "./program.ts";
import { classInstance, enumType } from "./type-nodes.ts";

export interface Compiled {
  readonly c: string;
  readonly diagnostics: readonly Diagnostic[];
  /** Every file that the result depends on. */
  readonly inputs: readonly string[];
  /** Those of them that the C compiler reads. */
  readonly embedded: readonly string[];
}

/** A symbol that one module exports may be another's @extern: the exporting declaration has the name. */
function reserveExports(cx: Cx, file: ts.SourceFile): void {
  for (const s of file.statements) {
    const declarations = ts.isVariableStatement(s)
      ? [...s.declarationList.declarations]
      : ts.isFunctionDeclaration(s)
        ? [s]
        : [];
    for (const d of declarations) {
      const name = attributesOf(cx.diagnostics, d).exported;
      if (name !== undefined) cx.names.exported.add(name);
    }
  }
}

/** Runs `body`; an error that it reports does not end the compilation. */
function attempt(body: () => void): void {
  try {
    body();
  } catch (error) {
    if (!(error instanceof Recover)) throw error;
  }
}

/** `everything` compiles also what the program does not reach: what `btsc check` wants. */
export function compileProgram(
  entries: readonly string[],
  options: Options,
  profile: Profile,
  everything: boolean,
): Compiled {
  const loaded = loadProgram([...(profile.modules ?? []), ...entries], profile.declarations);
  const inputs = loaded.program.getSourceFiles().map((f) => f.fileName);
  if (loaded.diagnostics.length > 0) return { c: "", diagnostics: loaded.diagnostics, inputs, embedded: [] };
  const cx = newCx(options, loaded, profile);
  for (const file of cx.modules) {
    checkModule(cx, file);
    reserveExports(cx, file);
  }
  attempt(() => layOutPerCpu(cx));
  for (const file of cx.modules) roots(cx, file, everything || entries.includes(file.fileName), everything);
  attempt(() => cx.profile.roots?.(cx));
  drain(cx);
  for (const cls of [...cx.classes.values()]) attempt(() => void layoutOf(cx, cls, cls.decl));
  drain(cx);
  const list = cx.diagnostics.list;
  list.sort((a, b) => (a.file === b.file ? a.start - b.start : a.file < b.file ? -1 : 1));
  const c = list.length > 0 ? "" : programText(cx);
  const embedded = [...cx.embedded.values()].map((e) => e.file);
  return { c, diagnostics: list, inputs: [...inputs, ...embedded], embedded };
}

function drain(cx: Cx): void {
  for (;;) {
    const item = cx.staticQueue.pop();
    if (item) {
      guarded(cx, item.decl, () => compileStatic(cx, item));
      continue;
    }
    const f = cx.queue.pop();
    if (!f) return;
    guarded(cx, f.decl, () => compileFunction(cx, f));
  }
}

/** A fault of the compiler names the declaration that it fell over, so that the program can be changed and the fault reported. */
function guarded(cx: Cx, node: ts.Declaration, body: () => void): void {
  try {
    attempt(body);
  } catch (error) {
    if (process.env["BTSC_VERBOSE"]) throw error;
    cx.diagnostics.add(
      ts.getNameOfDeclaration(node) ?? node,
      1802,
      `btsc failed here: ${(error as Error).message}. This is a fault of btsc.`,
    );
  }
}

/** Modules hold declarations; anything else has no place to run. */
function checkModule(cx: Cx, file: ts.SourceFile): void {
  for (const s of file.statements) {
    attempt(() => {
      if (ts.isImportDeclaration(s)) return checkImport(cx, s);
      if (ts.isExportDeclaration(s)) {
        if (!s.exportClause) fail(cx, s, 1004, "`export *` is not part of bare TypeScript; name what is exported.");
        return;
      }
      if (ts.isExportAssignment(s)) fail(cx, s, 1004, "Default exports are not part of bare TypeScript.");
      if (ts.isInterfaceDeclaration(s) && !cx.profile.moduleStatements)
        fail(cx, s.name, 1001, "Interfaces are not part of bare TypeScript; use a class or a type alias.");
      if (ts.isModuleDeclaration(s)) fail(cx, s.name, 1001, "Namespaces are not part of bare TypeScript.");
      if (isStaticAssert(s)) {
        expression(newFx(cx, new Map(), undefined), s.expression);
        return;
      }
      const known =
        ts.isInterfaceDeclaration(s) ||
        ts.isFunctionDeclaration(s) ||
        ts.isClassDeclaration(s) ||
        ts.isEnumDeclaration(s) ||
        ts.isTypeAliasDeclaration(s) ||
        ts.isVariableStatement(s) ||
        ts.isEmptyStatement(s);
      if (!known && !cx.profile.moduleStatements) fail(cx, s, 1004, "A module holds declarations only.");
    });
  }
}

const isStaticAssert = (s: ts.Statement): s is ts.ExpressionStatement =>
  ts.isExpressionStatement(s) &&
  ts.isCallExpression(s.expression) &&
  s.expression.expression.getText() === "staticAssert";

function checkImport(cx: Cx, node: ts.ImportDeclaration): void {
  const clause = node.importClause;
  if (!clause) return fail(cx, node, 1004, "An import names what it imports.");
  if (clause.name) fail(cx, clause.name, 1004, "Default imports are not part of bare TypeScript.");
  if (clause.namedBindings && ts.isNamespaceImport(clause.namedBindings))
    fail(cx, clause.namedBindings, 1004, "`import *` is not part of bare TypeScript.");
  const name = (node.moduleSpecifier as ts.StringLiteral).text;
  if (!/^\.\.?\//.test(name) || !name.endsWith(".ts"))
    fail(cx, node.moduleSpecifier, 1004, 'Imports are relative and carry the extension, as in "../abi/errno.ts".');
}

const isExported = (node: ts.Node): boolean =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword) ?? false);

function roots(cx: Cx, file: ts.SourceFile, isEntry: boolean, everything: boolean): void {
  for (const s of file.statements) {
    attempt(() => {
      if (ts.isFunctionDeclaration(s)) {
        const a = attributesOf(cx.diagnostics, s);
        if (s.typeParameters || (!s.body && a.extern === undefined)) return;
        if (a.exported !== undefined || a.used || everything || (isEntry && isExported(s))) plainFunction(cx, s, s);
      } else if (ts.isVariableStatement(s)) {
        for (const d of s.declarationList.declarations) variableRoot(cx, d, isEntry, everything);
      } else if (everything && ts.isClassDeclaration(s) && !s.typeParameters) {
        const cls = classInstance(cx, s, [], s);
        layoutOf(cx, cls, s);
        for (const m of s.members) if (ts.isMethodDeclaration(m) && !m.typeParameters) checkedMethod(cx, cls, m);
      } else if (everything && ts.isEnumDeclaration(s)) enumType(cx, s);
    });
  }
}

function checkedMethod(cx: Cx, cls: ReturnType<typeof classInstance>, m: ts.MethodDeclaration): void {
  const isStatic = m.modifiers?.some((x) => x.kind === ts.SyntaxKind.StaticKeyword) ?? false;
  const name = ts.isIdentifier(m.name) ? m.name.text : "dispose";
  functionInstance(cx, m, isStatic ? new Map() : cls.env, `${cls.cName}_${name}`, "", isStatic ? undefined : cls);
}

function variableRoot(cx: Cx, d: ts.VariableDeclaration, isEntry: boolean, everything: boolean): void {
  const a = attributesOf(cx.diagnostics, d);
  if (a.percpu) return;
  if (a.exported === undefined && !a.used && !everything && !(isEntry && cx.profile.moduleStatements)) return;
  if (a.exported === undefined && isConstantDeclaration(cx, d)) {
    constantOfDeclaration(newFx(cx, new Map(), undefined), declarationSymbol(cx, d), d);
    return;
  }
  staticOf(cx, d, d);
}

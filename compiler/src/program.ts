// Loading a program: the entry file, what it imports, and the prelude, parsed and checked by stock tsc.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { type Diagnostic, fromTypeScript } from "./diagnostics.ts";

export const STD_FOLDER = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../std");
export const RUNTIME_FOLDER = path.resolve(STD_FOLDER, "../runtime");
export const PRELUDE = path.join(STD_FOLDER, "prelude.d.ts");

/** The options of `compiler/std/tsconfig.json`: what an editor uses and what btsc uses must not differ. */
export const TSC_OPTIONS: ts.CompilerOptions = {
  noEmit: true,
  strict: true,
  noLib: true,
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  types: [],
  allowImportingTsExtensions: true,
  exactOptionalPropertyTypes: true,
  noImplicitReturns: true,
  noFallthroughCasesInSwitch: true,
  isolatedModules: true,
};

export interface Loaded {
  readonly program: ts.Program;
  readonly checker: ts.TypeChecker;
  /** The program's own modules, dependencies first. */
  readonly modules: readonly ts.SourceFile[];
  readonly diagnostics: readonly Diagnostic[];
}

/** `declarations` are the ambient files of the profile, the prelude first. */
export function loadProgram(entries: readonly string[], declarations: readonly string[]): Loaded {
  const host = ts.createCompilerHost(TSC_OPTIONS, true);
  const program = ts.createProgram([...declarations, ...entries], TSC_OPTIONS, host);
  const missing = entries.filter((entry) => !fs.existsSync(entry));
  if (missing.length > 0) {
    const text = `Cannot read ${missing.join(", ")}: no such file.`;
    const failure = { file: missing[0] ?? "", start: 0, length: 0, code: "BTS1601", text };
    return { program, checker: program.getTypeChecker(), modules: [], diagnostics: [failure] };
  }
  const found = [
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...program.getSyntacticDiagnostics(),
    ...program.getSemanticDiagnostics(),
  ];
  const modules = program.getSourceFiles().filter((file) => !file.isDeclarationFile);
  const forbidden = modules.flatMap(asynchronous);
  if (forbidden.length > 0) return { program, checker: program.getTypeChecker(), modules, diagnostics: forbidden };
  return {
    program,
    checker: program.getTypeChecker(),
    modules,
    diagnostics: fromTypeScript(ts.sortAndDeduplicateDiagnostics(found) as readonly ts.Diagnostic[]),
  };
}

/** `async` and `await` need library types that do not exist here; tsc would complain about those without a place. */
function asynchronous(file: ts.SourceFile): Diagnostic[] {
  const found: Diagnostic[] = [];
  const visit = (node: ts.Node): void => {
    if (node.kind === ts.SyntaxKind.AsyncKeyword || ts.isAwaitExpression(node)) {
      const name = node.kind === ts.SyntaxKind.AsyncKeyword ? "async" : "await";
      found.push({
        file: file.fileName,
        start: node.getStart(file),
        length: 5,
        code: "BTS1001",
        text: `\`${name}\` is not part of bare TypeScript.`,
        source: file,
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

// The state of one compilation: what has been instantiated, what still waits to be compiled, and the C names given out.

import path from "node:path";
import ts from "typescript";
import type { Attributes } from "./attributes.ts";
import { type CTypeTable, newCTypeTable } from "./c-types.ts";
import { type Code, Diagnostics } from "./diagnostics.ts";
import type { Line } from "./function-context.ts";
import type { Profile } from "./profile.ts";
import type { BType, ClassInfo, TypeEnv } from "./types.ts";
import type { Val } from "./values.ts";

export type Target = "kernel" | "app" | "host" | "vdso";

export interface Options {
  readonly target: Target;
  readonly checked: boolean;
  /** Folder that paths in `#line` and messages are relative to. */
  readonly root: string;
  /** Folder that `embedFile` paths are relative to. */
  readonly embedFolder: string;
  /** The kernel may use SSE registers, and with them floating point. */
  readonly sse?: boolean | undefined;
}

export interface Param {
  readonly name: string;
  readonly cName: string;
  readonly type: BType;
  readonly node: ts.ParameterDeclaration | undefined;
}

/** A function with its type parameters fixed. */
export interface FunctionInstance {
  readonly cName: string;
  readonly name: string;
  readonly decl: ts.FunctionLikeDeclaration;
  readonly env: TypeEnv;
  readonly owner: ClassInfo | undefined;
  readonly attributes: Attributes;
  readonly params: readonly Param[];
  readonly result: BType;
  /** Its symbol appears in assembly text, where the C compiler cannot see it. */
  used: boolean;
  lines: Line[];
}

export interface Static {
  readonly cName: string;
  readonly decl: ts.VariableDeclaration;
  readonly attributes: Attributes;
  readonly type: BType;
  /** Offset in the per-CPU block. */
  readonly perCpuOffset: number | undefined;
  used: boolean;
  text: string;
}

export interface Embedded {
  readonly cName: string;
  readonly file: string;
}

export interface Cx {
  readonly options: Options;
  readonly program: ts.Program;
  readonly checker: ts.TypeChecker;
  readonly modules: readonly ts.SourceFile[];
  readonly diagnostics: Diagnostics;
  readonly profile: Profile;
  readonly types: CTypeTable;
  readonly classes: Map<string, ClassInfo>;
  readonly functions: Map<string, FunctionInstance>;
  readonly statics: Map<ts.Symbol, Static>;
  readonly embedded: Map<string, Embedded>;
  readonly enums: Map<ts.Symbol, BType>;
  readonly constants: Map<ts.Symbol, Val | "busy">;
  /** Whether a const declaration is a compile-time constant, by declaration. */
  readonly constantForm: Map<ts.Node, boolean>;
  readonly queue: FunctionInstance[];
  readonly disposers: Map<string, { readonly cName: string; readonly cls: ClassInfo; readonly method: string }>;
  readonly names: Names;
  perCpu: { readonly statics: Static[]; size: number };
  /** Statics whose initialisers wait to be compiled. */
  readonly staticQueue: Static[];
}

export function newCx(
  options: Options,
  loaded: { program: ts.Program; checker: ts.TypeChecker; modules: readonly ts.SourceFile[] },
  profile: Profile,
): Cx {
  return {
    options,
    program: loaded.program,
    checker: loaded.checker,
    modules: loaded.modules,
    diagnostics: new Diagnostics(),
    profile,
    types: newCTypeTable(),
    classes: new Map(),
    functions: new Map(),
    statics: new Map(),
    embedded: new Map(),
    enums: new Map(),
    constants: new Map(),
    constantForm: new Map(),
    queue: [],
    disposers: new Map(),
    names: new Names(loaded.modules),
    perCpu: { statics: [], size: 8 },
    staticQueue: [],
  };
}

export function fail(cx: Cx, node: ts.Node, code: Code, text: string): never {
  return cx.diagnostics.fail(node, code, text);
}

/** The kernel leaves the SSE registers to applications, so it has no floating point. */
export function checkFloats(cx: Cx, node: ts.Node): void {
  if (cx.options.target === "kernel" && !cx.options.sse) {
    fail(
      cx,
      node,
      1501,
      "The kernel target has no floating point (an unannotated number is an f64): give an integer type, or build with --sse.",
    );
  }
}

export function isPreludeNode(node: ts.Node): boolean {
  return node.getSourceFile().isDeclarationFile;
}

/** The symbol an identifier means, behind imports. */
export function symbolOf(cx: Cx, node: ts.Node): ts.Symbol | undefined {
  let symbol: ts.Symbol | undefined;
  if (ts.isIdentifier(node) && ts.isShorthandPropertyAssignment(node.parent) && node.parent.name === node) {
    symbol = cx.checker.getShorthandAssignmentValueSymbol(node.parent);
  } else {
    symbol = cx.checker.getSymbolAtLocation(node);
  }
  if (symbol && symbol.flags & ts.SymbolFlags.Alias) symbol = cx.checker.getAliasedSymbol(symbol);
  return symbol;
}

export function declarationSymbol(cx: Cx, node: ts.Declaration): ts.Symbol {
  const symbol =
    cx.checker.getSymbolAtLocation(ts.getNameOfDeclaration(node) ?? node) ?? (node as { symbol?: ts.Symbol }).symbol;
  if (!symbol) throw new Error("a declaration without a symbol");
  return symbol;
}

const C_RESERVED = new Set(
  (
    "auto break case char const continue default do double else enum extern float for goto if inline int long register " +
    "restrict return short signed sizeof static struct switch typedef union unsigned void volatile while asm typeof " +
    "linux unix i386 bool true false NULL main u8 u16 u32 u64 i8 i16 i32 i64 f32 f64 self__ environ errno stdin stdout stderr " +
    "_Alignas _Alignof _Atomic _Bool _Complex _Generic _Imaginary _Noreturn _Static_assert _Thread_local alignof alignas"
  ).split(" "),
);

/**
 * C names. A TypeScript name stays as it is where it is unique among the module-level names of the program, so that
 * debuggers, profilers and backtraces show it; otherwise the module's name follows. Locals keep theirs unless they would
 * hide a module-level name in C that they do not hide in TypeScript.
 */
export class Names {
  private readonly taken = new Map<string, ts.Node | undefined>();
  private readonly counts = new Map<string, number>();
  /** Symbols that declarations claim with @export. */
  readonly exported = new Set<string>();

  constructor(modules: readonly ts.SourceFile[]) {
    for (const file of modules)
      for (const name of moduleLevelNames(file)) this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  isModuleLevel(name: string): boolean {
    return this.counts.has(name);
  }

  /** A local's name in C. */
  local(name: string): string {
    const isTaken = C_RESERVED.has(name) || this.counts.has(name) || /^(bt_|bts_|__|slice_|fn_)/.test(name);
    return isTaken ? `${name}$` : name;
  }

  /** A field's or parameter type's name in C: only keywords are in the way. */
  member(name: string): string {
    return C_RESERVED.has(name) ? `${name}_` : name.replace(/[^A-Za-z0-9_$]/g, "_");
  }

  /** A new global name for a declaration, near to `plain`. */
  global(plain: string, node: ts.Node): string {
    const file = node.getSourceFile();
    const stem = path
      .basename(file.fileName)
      .replace(/\.ts$/, "")
      .replace(/[^A-Za-z0-9]+/g, "_");
    const folder = path.basename(path.dirname(file.fileName)).replace(/[^A-Za-z0-9]+/g, "_");
    const first = (this.counts.get(plain) ?? 0) > 1 ? `${plain}__${stem}` : plain;
    for (const name of [first, `${plain}__${stem}`, `${plain}__${folder}_${stem}`]) {
      if (
        !C_RESERVED.has(name) &&
        !this.exported.has(name) &&
        !name.startsWith("bt_") &&
        !name.startsWith("bts_") &&
        this.claim(name, node)
      )
        return name;
    }
    for (let i = 2; ; i++) if (this.claim(`${plain}__${stem}_${i}`, node)) return `${plain}__${stem}_${i}`;
  }

  claim(name: string, node: ts.Node | undefined): boolean {
    if (this.taken.has(name)) return false;
    this.taken.set(name, node);
    return true;
  }
}

function moduleLevelNames(file: ts.SourceFile): string[] {
  const names: string[] = [];
  for (const statement of file.statements) {
    if (ts.isVariableStatement(statement)) {
      for (const d of statement.declarationList.declarations) if (ts.isIdentifier(d.name)) names.push(d.name.text);
    } else if (
      ts.isFunctionDeclaration(statement) ||
      ts.isClassDeclaration(statement) ||
      ts.isEnumDeclaration(statement)
    ) {
      if (statement.name) names.push(statement.name.text);
    }
  }
  return names;
}

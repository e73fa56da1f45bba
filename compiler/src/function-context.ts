// The state of the function that is being compiled, and its output: lines of C, each with the source line it comes from.

import type ts from "typescript";
import { cDeclare } from "./c-types.ts";
import type { Cx, FunctionInstance } from "./context.ts";
import { type BType, storageType, type TypeEnv } from "./types.ts";

export interface Line {
  readonly text: string;
  readonly indent: number;
  /** Where a debugger should show it; undefined for lines that belong to the one before. */
  readonly file: ts.SourceFile | undefined;
  readonly line: number;
}

export interface Local {
  readonly cName: string;
  readonly type: BType;
  /** The variable is the object itself, not a pointer to it (locals of class or array type). */
  readonly inPlace: boolean;
  /** Assigned after its declaration. */
  readonly mutable: boolean;
  /** How deep the block is nested that holds it. */
  readonly depth?: number | undefined;
  /** It refers, from its declaration on, to an object or text on the stack, of a block nested `scope` deep. */
  readonly holds?: { readonly scope: number | undefined } | undefined;
  /** Its address is taken, so that any store may change it. */
  readonly escapes: boolean;
}

export interface Loop {
  readonly label: string | undefined;
  /** C labels to jump to where `continue` or `break` would not reach the right statement; created when first used. */
  continueLabel: string | undefined;
  breakLabel: string | undefined;
  /** `continue` must jump to a label because work follows at the end of the body. */
  readonly continueByGoto: boolean;
  readonly isSwitch: boolean;
}

export interface Fx {
  readonly cx: Cx;
  readonly env: TypeEnv;
  readonly instance: FunctionInstance | undefined;
  readonly locals: Map<ts.Symbol, Local>;
  readonly assigned: ReadonlySet<ts.Symbol>;
  readonly addressed: ReadonlySet<ts.Symbol>;
  lines: Line[];
  /** Declarations that live as long as the function: buffers of template literals. */
  readonly header: Line[];
  readonly loops: Loop[];
  indent: number;
  node: ts.Node | undefined;
  /** The statement whose closing brace comes next. */
  closing: ts.Node | undefined;
  temporaries: number;
  /** True where a value must be a constant: initialisers of statics. */
  readonly constantOnly: boolean;
}

export function newFx(
  cx: Cx,
  env: TypeEnv,
  instance: FunctionInstance | undefined,
  usage: { assigned: ReadonlySet<ts.Symbol>; addressed: ReadonlySet<ts.Symbol> } = {
    assigned: new Set(),
    addressed: new Set(),
  },
): Fx {
  return {
    cx,
    env,
    instance,
    locals: new Map(),
    assigned: usage.assigned,
    addressed: usage.addressed,
    lines: [],
    header: [],
    loops: [],
    indent: 1,
    node: undefined,
    closing: undefined,
    temporaries: 0,
    constantOnly: instance === undefined,
  };
}

function lineOf(fx: Fx): { file: ts.SourceFile | undefined; line: number } {
  if (!fx.node) return { file: undefined, line: 0 };
  const file = fx.node.getSourceFile();
  return { file, line: file.getLineAndCharacterOfPosition(fx.node.getStart(file)).line + 1 };
}

export function emit(fx: Fx, text: string): void {
  const place = fx.closing && text.startsWith("}") ? endLineOf(fx.closing) : lineOf(fx);
  fx.closing = undefined;
  fx.lines.push({ text, indent: fx.indent, ...place });
}

/** The line on which a node ends. */
export function endLineOf(node: ts.Node): { file: ts.SourceFile; line: number } {
  const file = node.getSourceFile();
  return { file, line: file.getLineAndCharacterOfPosition(node.getEnd()).line + 1 };
}

/** Runs `body` and returns the lines it emitted instead of keeping them. */
export function capture<T>(fx: Fx, body: () => T): { lines: Line[]; value: T } {
  const saved = fx.lines;
  fx.lines = [];
  try {
    const value = body();
    return { lines: fx.lines, value };
  } finally {
    fx.lines = saved;
  }
}

export function replay(fx: Fx, lines: readonly Line[], deeper = 0): void {
  for (const line of lines) fx.lines.push(deeper === 0 ? line : { ...line, indent: line.indent + deeper });
}

export function indented(fx: Fx, body: () => void): void {
  fx.indent++;
  try {
    body();
  } finally {
    fx.indent--;
  }
}

export function newTemporary(fx: Fx): string {
  return `t$${++fx.temporaries}`;
}

/** Declares a temporary that holds `c`. */
export function temporary(fx: Fx, type: BType, c: string): string {
  const name = newTemporary(fx);
  emit(fx, `${cDeclare(fx.cx.types, storageType(type), name)} = ${c};`);
  return name;
}

export function headerLine(fx: Fx, text: string): void {
  fx.header.push({ text, indent: 1, file: undefined, line: 0 });
}

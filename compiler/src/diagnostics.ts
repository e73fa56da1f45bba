// Every message of btsc, in tsc's format: `file:line:col - error BTS1234: text.`, the source line and a marker under it.
// The table is the one place where codes are given out; `btsc explain CODE` prints its text.

import path from "node:path";
import ts from "typescript";

export const CODES = {
  1001: "The construct is not part of bare TypeScript.",
  1002: "The type is not part of bare TypeScript, or its use needs an explicit annotation.",
  1003: "A JSDoc tag must be one that the manual lists, with the arguments it lists.",
  1004: "A module may contain declarations only; imports are named and relative.",
  1101: "The value does not have the type that its place needs; convert explicitly, for example u32(x).",
  1102: "The constant does not fit the type.",
  1103: "The operands of an operator must have one type, or one must widen to the other without loss.",
  1104: "A condition must be a bool or compare a pointer with null.",
  1105: "Class instances and arrays are never copied implicitly; use copy(a, b) or zero(a).",
  1106: "Only places (variables, fields, elements) can be assigned or have an address.",
  1107: "The result of the call must be used; write `void f()` to discard it on purpose.",
  1108: "A nested function cannot use variables of the function around it.",
  1109: "A local object must not outlive the function that holds it.",
  1110: "The expression must be a compile-time constant.",
  1111: "The name is not known, or cannot be used as a value.",
  1112: "The call does not match the function.",
  1113: "Type arguments could not be inferred; write them explicitly.",
  1201: "The layout of the class contradicts its decorators.",
  1202: "A class of the bare profile has typed fields and methods only.",
  1203: "The size, offset or condition that the source asserts does not hold.",
  1301: "The initialiser of a static variable must be constant.",
  1302: "Per-CPU variables start as zero.",
  1401: "The assembly operand cannot be used here.",
  1402: "The body of a naked function consists of asm statements with imm, symbol and percpu operands only.",
  1501: "The feature is not available for this target.",
  1601: "The file cannot be read.",
  1602: "Switch cases must not fall through and must be constants of the type of the switched value.",
  1701: "The template cannot be formatted.",
  1801: "The C compiler refused the program; this is a fault of btsc, please report it.",
  1802: "The compiler itself failed on this declaration; please report it.",
} as const;
export type Code = keyof typeof CODES;

export interface Diagnostic {
  readonly file: string;
  readonly start: number;
  readonly length: number;
  readonly code: string;
  readonly text: string;
  readonly source?: ts.SourceFile | undefined;
}

/** Thrown after an error has been recorded; statements and declarations catch it and go on. */
export class Recover extends Error {}

export class Diagnostics {
  readonly list: Diagnostic[] = [];
  private readonly seen = new Set<string>();

  add(node: ts.Node, code: Code, text: string): void {
    const source = node.getSourceFile();
    const start = node.getStart(source);
    const key = `${source.fileName}:${start}:${code}:${text}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.list.push({ file: source.fileName, start, length: node.getEnd() - start, code: `BTS${code}`, text, source });
  }

  fail(node: ts.Node, code: Code, text: string): never {
    this.add(node, code, text);
    throw new Recover(text);
  }
}

const PAINT = { red: 91, grey: 90, cyan: 96, yellow: 93 };

export function formatDiagnostic(d: Diagnostic, root: string, colour: boolean): string {
  const paint = (text: string, name: keyof typeof PAINT): string =>
    colour ? `\x1b[${PAINT[name]}m${text}\x1b[0m` : text;
  const file = path.relative(root, d.file) || d.file;
  if (!d.source) return `${paint("error", "red")} ${paint(`${d.code}:`, "grey")} ${d.text}`;
  const { line, character } = d.source.getLineAndCharacterOfPosition(d.start);
  const lineStart = d.source.getPositionOfLineAndCharacter(line, 0);
  const text = d.source.text.slice(lineStart).split(/\r?\n/, 1)[0] ?? "";
  const shown = text.replace(/\t/g, " ");
  const width = Math.max(1, Math.min(d.length, text.length - character));
  const number = String(line + 1);
  const place = `${paint(file, "cyan")}:${paint(number, "yellow")}:${paint(String(character + 1), "yellow")}`;
  return [
    `${place} - ${paint("error", "red")} ${paint(`${d.code}:`, "grey")} ${d.text}`,
    "",
    `${colour ? `\x1b[7m${number}\x1b[0m` : number} ${shown}`,
    `${" ".repeat(number.length)} ${" ".repeat(character)}${paint("~".repeat(width), "red")}`,
    "",
  ].join("\n");
}

/** Ptr<T> as the program wrote it. */
const pointers = (text: string): string =>
  text
    .replace(/\{ value: ([^;]+); \} & PtrOps<\1>/g, "Ptr<$1>")
    .replace(/(\b[\w$]+(?:<[^<>]*>)?) & PtrOps<\1>/g, "Ptr<$1>");

/** How flavours of numbers are told apart is no concern of the reader: one line, and what to do. */
function flavours(text: string): string {
  const match = /'([^']+)' is not assignable to (?:parameter of )?type '([^']+)'/.exec(text);
  if (!match || !text.includes("[tag]")) return text;
  const first = (text.split("\n")[0] ?? "")
    .replace(/ with 'exactOptionalPropertyTypes: true'.*$/, "")
    .replace(/\.$/, "");
  const to = (match[2] ?? "").replace(/ \| undefined$/, "");
  return /^(u|i|f)\d+$|Addr$|^GuestPhys$/.test(to) ? `${first}; convert with ${to}(...).` : `${first}.`;
}

export function fromTypeScript(list: readonly ts.Diagnostic[]): Diagnostic[] {
  return list.map((d) => ({
    file: d.file?.fileName ?? "",
    start: d.start ?? 0,
    length: d.length ?? 1,
    code: `TS${d.code}`,
    text: flavours(pointers(ts.flattenDiagnosticMessageText(d.messageText, "\n"))),
    source: d.file,
  }));
}

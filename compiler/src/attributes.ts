// JSDoc tags of declarations. Tags change the meaning of a declaration, so a misspelt one must not pass silently.

import ts from "typescript";
import type { Diagnostics } from "./diagnostics.ts";

export interface Attributes {
  exported?: string;
  extern?: string;
  section?: string;
  align?: number;
  naked?: boolean;
  inline?: boolean;
  noinline?: boolean;
  cold?: boolean;
  noreturn?: boolean;
  weak?: boolean;
  used?: boolean;
  percpu?: boolean;
  threadlocal?: boolean;
}

const DOCUMENTATION = new Set([
  "param",
  "returns",
  "return",
  "see",
  "throws",
  "deprecated",
  "example",
  "template",
  "internal",
  "remarks",
  "todo",
  "since",
]);
const FLAGS = new Set(["naked", "inline", "noinline", "cold", "noreturn", "weak", "used", "percpu", "threadlocal"]);

/** Whether nothing but comment decoration precedes the tag in its line. */
function startsLine(tag: ts.JSDocTag): boolean {
  const text = tag.getSourceFile().text;
  const at = tag.getStart();
  const before = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
  return /^\s*(\/\*\*|\*)?\s*$/.test(before);
}

function argumentOf(tag: ts.JSDocTag): string {
  return (ts.getTextOfJSDocComment(tag.comment) ?? "").trim();
}

export function attributesOf(diagnostics: Diagnostics, node: ts.Node): Attributes {
  const found: Attributes = {};
  for (const tag of ts.getJSDocTags(node)) {
    const name = tag.tagName.text;
    const argument = argumentOf(tag);
    const word = argument.split(/\s/)[0] ?? "";
    if (FLAGS.has(name)) {
      found[name as "naked"] = true;
    } else if (name === "export" || name === "extern" || name === "section") {
      if (word === "") diagnostics.add(tag, 1003, `@${name} needs a name.`);
      else if (name === "export") found.exported = word;
      else found[name] = word;
    } else if (name === "align") {
      const value = Number(word);
      if (!(Number.isInteger(value) && value > 0 && (value & (value - 1)) === 0)) {
        diagnostics.add(tag, 1003, `@align needs a power of two, not '${word}'.`);
      } else found.align = value;
    } else if (!DOCUMENTATION.has(name) && startsLine(tag)) {
      diagnostics.add(tag, 1003, `Unknown tag @${name}.`);
    }
  }
  return found;
}

/**
 * The table of system calls as text for the fuzzer in the guest: a line `NUMBER NAME KIND...` for each call.
 *
 * Read from linux/table.ts and abi/linux-syscalls.ts with the compiler's parser, so the fuzzer knows every call as soon as it is declared,
 * and what its arguments are.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** `root` is the repository. */
export function describeSyscalls(root: string): string {
  const numbers = readNumbers(parse(root, "abi/linux-syscalls.ts"));
  const lines: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && ts.isComputedPropertyName(node.name)) {
      lines.push(describeEntry(node, node.name.expression.getText(), numbers));
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(parse(root, "linux/table.ts"));
  return `${lines.join("\n")}\n`;
}

function parse(root: string, path: string): ts.SourceFile {
  return ts.createSourceFile(path, readFileSync(join(root, path), "utf8"), ts.ScriptTarget.Latest, true);
}

function readNumbers(file: ts.SourceFile): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const statement of file.statements.filter(ts.isVariableStatement)) {
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (initializer !== undefined && ts.isNumericLiteral(initializer)) {
        numbers.set(name.getText(), Number(initializer.text));
      }
    }
  }
  return numbers;
}

function describeEntry(entry: ts.PropertyAssignment, constant: string, numbers: ReadonlyMap<string, number>): string {
  const number = numbers.get(constant);
  const fields = ts.isObjectLiteralExpression(entry.initializer) ? [...entry.initializer.properties] : [];
  const field = (wanted: string): ts.Expression | undefined =>
    fields.find(
      (each): each is ts.PropertyAssignment => ts.isPropertyAssignment(each) && each.name.getText() === wanted,
    )?.initializer;
  const name = field("name");
  const kinds = field("kinds");
  if (
    number === undefined ||
    name === undefined ||
    !ts.isStringLiteral(name) ||
    !kinds ||
    !ts.isCallExpression(kinds)
  ) {
    throw new Error(`the entry ${constant} of linux/table.ts has a form that fuzz/guest/table.ts does not know`);
  }
  const words = kinds.arguments.map((kind) => kind.getText().replace(/^K\./, "")).filter((kind) => kind !== "NONE");
  return [number, name.text, ...words].join(" ");
}

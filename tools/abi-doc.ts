/**
 * Writes docs/uhyve-abi.md from the files of abi/ that describe what a guest and its monitor share, so that the document cannot
 * say anything else than the code. `npm run docs` writes it, a test compares it.
 *
 * Offsets follow C's rules for the sizes below, as btsc lays structs out; a size given to `@struct(N)` must agree.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
export const DOCUMENT = join(ROOT, "docs/uhyve-abi.md");
/** In the order in which a reader needs them. */
const SOURCES = ["abi/memory-map.ts", "abi/boot-info.ts", "abi/uhyve.ts", "abi/channel.ts", "abi/ninep.ts"];
/** Structs of these are fields of structs of those; their own documentation is the specification of virtio. */
const LAYOUT_SOURCES = ["abi/virtio.ts"];

const INTRODUCTION = `# The interface between a guest and uhyve

Written by \`npm run docs\` from the files of \`abi/\`, which monitor and guest both import; change those.

A guest is a kernel image (an ELF file whose first bytes at \`KERNEL_BASE\` are an \`ImageHeader\`), and a boot module that holds the
program, its arguments and its environment. The monitor loads both, fills \`BootInfo\`, and starts the first vCPU in ring 3 at
\`entry\`. From then on the two speak frames over the queues of the channel; the guest rings one doorbell port.
`;

const SIZES: Readonly<Record<string, number>> = {
  bool: 1,
  u8: 1,
  i8: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  f32: 4,
  f64: 8,
  u64: 8,
  i64: 8,
  usize: 8,
  PhysAddr: 8,
  VirtAddr: 8,
  GuestPhys: 8,
};

interface Layout {
  readonly size: number;
  readonly align: number;
}

type Layouts = Map<string, Layout>;

export function renderDocument(): string {
  const layouts: Layouts = new Map();
  for (const path of LAYOUT_SOURCES) {
    renderFile(path, parse(path), layouts);
  }
  const sections = SOURCES.map((path) => renderFile(path, parse(path), layouts));
  return `${[INTRODUCTION, ...sections].join("\n")}`;
}

function parse(path: string): ts.SourceFile {
  return ts.createSourceFile(path, readFileSync(join(ROOT, path), "utf8"), ts.ScriptTarget.Latest, true);
}

function renderFile(path: string, file: ts.SourceFile, layouts: Layouts): string {
  const parts = [`## ${path}\n`, renderHeader(file)];
  let constants: string[] = [];
  const flush = () => {
    if (constants.length > 0) {
      parts.push(["| constant | value | |", "|---|---|---|", ...constants, ""].join("\n"));
      constants = [];
    }
  };
  for (const statement of file.statements) {
    if (ts.isVariableStatement(statement)) {
      constants.push(...renderConstants(statement, file));
      continue;
    }
    flush();
    if (ts.isEnumDeclaration(statement)) {
      layouts.set(statement.name.text, { size: 4, align: 4 });
      parts.push(renderEnum(statement));
    } else if (ts.isClassDeclaration(statement) && statement.name) {
      parts.push(renderStruct(statement, statement.name.text, layouts));
    }
  }
  flush();
  return parts.join("\n");
}

/** The comment at the top of a file: its indented lines are drawings, the rest is prose. */
function renderHeader(file: ts.SourceFile): string {
  const [range] = ts.getLeadingCommentRanges(file.text, 0) ?? [];
  const text = range ? file.text.slice(range.pos, range.end) : "";
  const lines = text
    .replace(/^\/\*\*|\*\/$/g, "")
    .split("\n")
    .map((line) => line.replace(/^ \* ?/, "").trimEnd());
  return `${lines.join("\n").trim()}\n`;
}

function renderConstants(statement: ts.VariableStatement, file: ts.SourceFile): string[] {
  return statement.declarationList.declarations.flatMap((declaration) => {
    if (!declaration.initializer) {
      return [];
    }
    const value = declaration.initializer.getText(file);
    const [after] = ts.getTrailingCommentRanges(file.text, statement.end) ?? [];
    const remark = after ? file.text.slice(after.pos, after.end).replace(/^\/\/ ?/, "") : commentOf(statement);
    return [`| \`${declaration.name.getText(file)}\` | \`${value}\` | ${cell(remark)} |`];
  });
}

function renderEnum(declaration: ts.EnumDeclaration): string {
  const rows = declaration.members.map(
    (member) =>
      `| ${member.initializer?.getText() ?? ""} | \`${member.name.getText()}\` | ${cell(commentOf(member))} |`,
  );
  return [
    `### ${declaration.name.text}\n`,
    ...paragraph(commentOf(declaration)),
    "| value | name | |",
    "|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

function renderStruct(declaration: ts.ClassDeclaration, name: string, layouts: Layouts): string {
  let offset = 0;
  let align = 1;
  const rows: string[] = [];
  for (const member of declaration.members) {
    if (!ts.isPropertyDeclaration(member) || !member.type) {
      continue;
    }
    const layout = layoutOf(member.type, layouts);
    offset = roundUp(offset, layout.align);
    align = Math.max(align, layout.align);
    const type = member.type.getText();
    rows.push(
      `| ${offset} | ${layout.size} | \`${member.name.getText()}\` | \`${type}\` | ${cell(commentOf(member))} |`,
    );
    offset += layout.size;
  }
  const size = roundUp(offset, align);
  checkDeclaredSize(declaration, name, size);
  layouts.set(name, { size, align });
  return [
    `### ${name} (${size} bytes)\n`,
    ...paragraph(commentOf(declaration)),
    "| offset | bytes | field | type | |",
    "|---|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

function layoutOf(type: ts.TypeNode, layouts: Layouts): Layout {
  const text = type.getText().replace(/\b(?:Atomic|Ro|Wo|Rw)<(\w+)>/, "$1");
  const array = /^FixedArray<(\w+), (\d+)>$/.exec(text) ?? /^(Bytes)<(\d+)>$/.exec(text);
  const name = array?.[1] === "Bytes" ? "u8" : (array?.[1] ?? text);
  const size = SIZES[name];
  const element = size === undefined ? layouts.get(name) : { size, align: size };
  if (!element) {
    throw new Error(`${type.getSourceFile().fileName}: no size is known for ${text}`);
  }
  return { size: element.size * Number(array?.[2] ?? 1), align: element.align };
}

function checkDeclaredSize(declaration: ts.ClassDeclaration, name: string, size: number): void {
  for (const { expression } of ts.getDecorators(declaration) ?? []) {
    const isStruct = ts.isCallExpression(expression) && expression.expression.getText() === "struct";
    const declared = isStruct ? expression.arguments[0] : undefined;
    if (declared && Number(declared.getText()) !== size) {
      throw new Error(`${name} is declared with ${declared.getText()} bytes, its fields take ${size}`);
    }
  }
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

function commentOf(node: ts.Node): string {
  return (
    ts
      .getJSDocCommentsAndTags(node)
      // The first statement of a file has the comment of the file before its own.
      .filter(({ pos }) => pos > 0)
      .map(({ comment }) => (typeof comment === "string" ? comment : (ts.getTextOfJSDocComment(comment) ?? "")))
      .join(" ")
  );
}

function paragraph(text: string): string[] {
  return text === "" ? [] : [`${text}\n`];
}

function cell(text: string): string {
  return text.replace(/\s+/g, " ").replaceAll("|", "\\|").trim();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  writeFileSync(DOCUMENT, renderDocument());
}

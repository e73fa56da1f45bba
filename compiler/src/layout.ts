// Sizes, alignments and offsets, computed by btsc because constants (imm(offsetOf(...)), array lengths, per-CPU offsets) need
// them before gcc runs. The emitted C asserts every one of them, so the two can never disagree silently.

import ts from "typescript";
import { constantOf } from "./constants.ts";
import { type Cx, fail } from "./context.ts";
import { Recover } from "./diagnostics.ts";
import { resolveType } from "./type-nodes.ts";
import { type BType, type ClassInfo, type Field, intOf, typeKey, typeName } from "./types.ts";

export interface SizeAlign {
  readonly size: number;
  readonly align: number;
}

export function sizeAlign(cx: Cx, t: BType, node: ts.Node): SizeAlign {
  switch (t.kind) {
    case "int":
    case "float":
      return { size: t.bits / 8, align: t.bits / 8 };
    case "enum":
      return { size: 4, align: 4 };
    case "bool":
      return { size: 1, align: 1 };
    case "ptr":
    case "fn":
      return { size: 8, align: 8 };
    case "string":
    case "slice":
      return { size: 16, align: 8 };
    case "array": {
      const element = sizeAlign(cx, t.element, node);
      return { size: element.size * t.length, align: element.align };
    }
    case "atomic":
    case "cell":
      return sizeAlign(cx, t.of, node);
    case "class": {
      const cls = layoutOf(cx, t.cls, node);
      return { size: cls.size, align: cls.align };
    }
    case "profile":
      if (t.holds) return sizeAlign(cx, t.holds, node);
      return { size: t.size ?? 8, align: t.align ?? 8 };
    default:
      return fail(cx, node, 1002, `'${typeName(t)}' has no size.`);
  }
}

const roundUp = (value: number, to: number): number => Math.ceil(value / to) * to;

interface Decorators {
  form: "struct" | "union" | "mmio";
  size: number | undefined;
  packed: boolean;
  align: number | undefined;
}

function decoratorCall(node: ts.Decorator): { name: string; args: readonly ts.Expression[] } {
  const call = ts.isCallExpression(node.expression) ? node.expression : undefined;
  const name = (call?.expression ?? node.expression).getText();
  return { name, args: call?.arguments ?? [] };
}

const numberArgument = (cx: Cx, cls: ClassInfo, node: ts.Expression): number => {
  const value = constantOf(cx, node, cls.env);
  if (typeof value !== "bigint") return fail(cx, node, 1110, "The argument must be an integer constant.");
  return Number(value);
};

function classDecorators(cx: Cx, cls: ClassInfo): Decorators {
  const result: Decorators = { form: "struct", size: undefined, packed: false, align: undefined };
  for (const decorator of ts.getDecorators(cls.decl) ?? []) {
    const { name, args } = decoratorCall(decorator);
    if (name !== "struct" && name !== "union" && name !== "mmio") {
      fail(cx, decorator, 1202, `@${name} is not a decorator of bare TypeScript classes.`);
    }
    result.form = name;
    if (args[0] && args[0].getText() !== "undefined") result.size = numberArgument(cx, cls, args[0]);
    const options = args[1];
    if (!options) continue;
    if (!ts.isObjectLiteralExpression(options)) fail(cx, options, 1202, "The options must be an object literal.");
    for (const p of (options as ts.ObjectLiteralExpression).properties) {
      const key = p.name?.getText();
      if (key === "packed") result.packed = true;
      else if (key === "align" && ts.isPropertyAssignment(p)) result.align = numberArgument(cx, cls, p.initializer);
      else fail(cx, p, 1202, `Unknown option '${key}'.`);
    }
  }
  return result;
}

export interface RawField {
  readonly node: ts.PropertyDeclaration;
  readonly name: string;
  readonly type: BType;
  readonly at: number | undefined;
  readonly bits: { low: number; width: number } | undefined;
}

function rawField(cx: Cx, cls: ClassInfo, node: ts.PropertyDeclaration): RawField {
  if (!ts.isIdentifier(node.name)) return fail(cx, node, 1202, "A field needs a plain name.");
  if (!node.type) return fail(cx, node, 1202, `The field '${node.name.text}' needs a type.`);
  if (node.initializer)
    fail(cx, node, 1202, "Fields have no initialisers: objects start as their literal says, or zero.");
  let at: number | undefined;
  let bits: { low: number; width: number } | undefined;
  for (const decorator of ts.getDecorators(node) ?? []) {
    const { name, args } = decoratorCall(decorator);
    const [a, b] = args;
    if (name === "at" && a) at = numberArgument(cx, cls, a);
    else if (name === "bits" && a && b) bits = { low: numberArgument(cx, cls, a), width: numberArgument(cx, cls, b) };
    else fail(cx, decorator, 1202, `@${name} is not a decorator of fields.`);
  }
  return { node, name: node.name.text, type: resolveType(cx, node.type, cls.env), at, bits };
}

export function layoutOf(cx: Cx, cls: ClassInfo, node: ts.Node): ClassInfo {
  if (cls.state === "done") return cls;
  if (cls.state === "broken") throw new Recover();
  if (cls.state === "busy")
    return fail(cx, node, 1201, `The class '${cls.name}' contains itself; use Ptr<${cls.name}>.`);
  // After an error every use of the class is passed over: one message per fault.
  const errors = cx.diagnostics.list.length;
  try {
    cls.state = "busy";
    layOut(cx, cls);
    cls.state = "done";
    return cls;
  } catch (error) {
    if (cx.diagnostics.list.length > errors) cls.state = "broken";
    throw error;
  }
}

function layOut(cx: Cx, cls: ClassInfo): ClassInfo {
  const fields = cx.profile.fields?.(cx, cls);
  if (fields) {
    placeFields(cx, cls, fields);
    cls.size = roundUp(cls.size, cls.align);
    return cls;
  }
  if (cls.decl.heritageClauses) fail(cx, cls.decl, 1202, "Inheritance is not part of bare TypeScript.");
  const decorators = classDecorators(cx, cls);
  cls.form = decorators.form;
  cls.packed = decorators.packed;
  const raw: RawField[] = [];
  for (const member of cls.decl.members) {
    if (ts.isPropertyDeclaration(member)) {
      if (member.modifiers?.some((m) => m.kind === ts.SyntaxKind.StaticKeyword)) {
        fail(cx, member, 1202, "Static fields are not part of bare TypeScript: use a module-level variable.");
      }
      raw.push(rawField(cx, cls, member));
    } else if (!ts.isMethodDeclaration(member) && !ts.isSemicolonClassElement(member)) {
      fail(cx, member, 1202, "A class of the bare profile has typed fields and methods only.");
    }
  }
  placeFields(cx, cls, raw);
  if (decorators.align !== undefined) cls.align = Math.max(cls.align, decorators.align);
  if (cls.form === "mmio" && decorators.size !== undefined && cls.size > decorators.size) {
    fail(
      cx,
      cls.decl.name ?? cls.decl,
      1203,
      `The registers of '${cls.name}' reach to ${cls.size}, beyond its ${decorators.size} bytes.`,
    );
  }
  if (cls.form === "mmio") cls.size = decorators.size ?? cls.size;
  else cls.size = roundUp(cls.size, cls.align);
  if (decorators.size !== undefined && decorators.size !== cls.size) {
    cx.diagnostics.add(cls.decl.name ?? cls.decl, 1203, `'${cls.name}' has ${cls.size} bytes, not ${decorators.size}.`);
  }
  return cls;
}

/** A run of neighbouring @bits fields that share a storage unit. */
interface Unit {
  readonly name: string;
  readonly key: string;
  readonly offset: number;
  used: bigint;
}

function placeFields(cx: Cx, cls: ClassInfo, raw: readonly RawField[]): void {
  let offset = 0;
  let end = 0;
  let unit: Unit | undefined;
  const names = new Set<string>();
  for (const field of raw) {
    if (names.has(field.name)) fail(cx, field.node, 1201, `The field '${field.name}' is declared twice.`);
    names.add(field.name);
    checkFieldForm(cx, cls, field);
    const { size, align: natural } = sizeAlign(cx, field.type, field.node);
    const align = cls.packed ? 1 : natural;
    const cName = cx.names.member(field.name);
    if (field.bits) {
      const mask = ((1n << BigInt(field.bits.width)) - 1n) << BigInt(field.bits.low);
      if (unit && unit.key === typeKey(field.type) && field.bits.low !== 0 && (unit.used & mask) !== 0n) {
        fail(cx, field.node, 1201, `The bits of '${field.name}' overlap those of a field before it.`);
      }
      if (!unit || unit.key !== typeKey(field.type) || (field.bits.low === 0 && unit.used !== 0n)) {
        offset = roundUp(cls.form === "union" ? 0 : offset, align);
        unit = { name: `${cName}$bits`, key: typeKey(field.type), offset, used: 0n };
        offset += size;
      }
      unit.used |= mask;
      checkAt(cx, field, unit.offset);
      cls.fields.push({ ...placed(field, cName, unit.offset), bits: { ...field.bits, unit: unit.name } });
    } else {
      unit = undefined;
      if (cls.form === "union") offset = 0;
      if (cls.form === "mmio" && field.at !== undefined) {
        if (field.at < offset)
          fail(cx, field.node, 1201, `The register '${field.name}' overlaps the one before, which ends at ${offset}.`);
        offset = field.at;
      }
      offset = roundUp(offset, align);
      checkAt(cx, field, offset);
      cls.fields.push(placed(field, cName, offset));
      offset += size;
    }
    end = Math.max(end, offset);
    cls.align = Math.max(cls.align, align);
  }
  cls.size = end;
}

const placed = (field: RawField, cName: string, offset: number): Field => ({
  name: field.name,
  cName,
  type: field.type,
  offset,
  node: field.node,
});

function checkAt(cx: Cx, field: RawField, offset: number): void {
  if (field.at !== undefined && field.at !== offset) {
    cx.diagnostics.add(field.node.name, 1203, `'${field.name}' lies at offset ${offset}, not ${field.at}.`);
  }
}

function checkFieldForm(cx: Cx, cls: ClassInfo, field: RawField): void {
  const { type, node } = field;
  if (cls.form === "mmio" && (type.kind !== "cell" || field.at === undefined)) {
    fail(cx, node, 1201, "Every field of an @mmio class has @at and is Ro, Wo or Rw.");
  }
  if (cls.form !== "mmio" && type.kind === "cell") fail(cx, node, 1201, "Ro, Wo and Rw belong into @mmio classes.");
  if (["void", "never", "null", "untyped", "size", "error"].includes(type.kind)) {
    fail(cx, node, 1202, `A field cannot have the type '${typeName(type)}'.`);
  }
  if (!field.bits) return;
  const base = intOf(type) ?? (type.kind === "bool" ? { bits: 8, signed: false } : undefined);
  if (!base || base.signed) fail(cx, node, 1201, "@bits fields have an unsigned integer or enum type, or bool.");
  const { low, width } = field.bits;
  if (low < 0 || width < 1 || low + width > base.bits) {
    fail(cx, node, 1201, `Bits [${low}, ${low + width}) do not lie in the ${base.bits} bits of '${typeName(type)}'.`);
  }
}

export function fieldOf(cx: Cx, cls: ClassInfo, name: string, node: ts.Node): Field | undefined {
  return layoutOf(cx, cls, node).fields.find((f) => f.name === name);
}

// C spellings of types: declarators and casts. C declares inside out, so a declaration is built around its name.

import { type BType, type FnType, mangle, type SliceType, storageType, typeKey } from "./types.ts";

/** Names of C types that have to be declared before use, in order of first use. */
export interface CTypeTable {
  readonly slices: Map<string, { readonly name: string; readonly type: SliceType }>;
  readonly functions: Map<string, { readonly name: string; readonly type: FnType }>;
}

export const newCTypeTable = (): CTypeTable => ({ slices: new Map(), functions: new Map() });

function named<T extends SliceType | FnType>(
  table: Map<string, { readonly name: string; readonly type: T }>,
  type: T,
  limit: number,
): string {
  const key = typeKey(type);
  let entry = table.get(key);
  if (!entry) {
    const plain = mangle(type);
    entry = { name: plain.length > limit ? `${type.kind}$${table.size}` : plain, type };
    table.set(key, entry);
  }
  return entry.name;
}

/** `cDeclare(types, FixedArray<u8, 4>, "x")` is `u8 x[4]`. Without a name it is the abstract declarator of a cast. */
export function cDeclare(table: CTypeTable, t: BType, name: string): string {
  const join = (base: string): string =>
    name === "" ? base : name.startsWith("*") ? `${base} ${name}` : `${base} ${name}`;
  switch (t.kind) {
    case "int":
      return join(t.address ? "u64" : t.name);
    case "float":
      return join(`f${t.bits}`);
    case "enum":
      return join(t.under.name);
    case "bool":
      return join("bool");
    case "void":
    case "never":
      return join("void");
    case "string":
      return join("bt_string");
    case "ptr":
      return cDeclare(table, t.to, `*${name}`);
    case "array":
      return cDeclare(table, t.element, `${name.startsWith("*") ? `(${name})` : name}[${t.length}]`);
    case "slice":
      return join(named(table.slices, t, 80));
    case "fn":
      return join(named(table.functions, t, 80));
    case "class":
      return join(t.cls.cName);
    case "atomic":
    case "cell":
      return cDeclare(table, t.of, name);
    case "profile":
      return join(t.cName);
    default:
      throw new Error(`no C type for ${t.kind}`);
  }
}

export const cType = (table: CTypeTable, t: BType): string => cDeclare(table, t, "");

/** `i64 name(u64 a, Desc *b)` */
export function cPrototype(
  table: CTypeTable,
  result: BType,
  name: string,
  params: readonly (readonly [BType, string])[],
): string {
  const list = params.map(([type, param]) => cDeclare(table, storageType(type), param));
  return cDeclare(table, storageType(result), `${name}(${list.length > 0 ? list.join(", ") : "void"})`);
}

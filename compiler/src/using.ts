// `using guard = acquire(lock)`: GCC's cleanup attribute runs the disposer on every way out of the block.

import ts from "typescript";
import { cDeclare } from "./c-types.ts";
import { declarationSymbol, fail } from "./context.ts";
import { expression } from "./expressions/expression.ts";
import { emit, type Fx } from "./function-context.ts";
import { functionInstance } from "./functions.ts";
import { declare } from "./statements.ts";
import { type BType, ptrTo, typeName } from "./types.ts";
import { rvalue, stored } from "./values.ts";

const isDisposeName = (name: ts.PropertyName): boolean =>
  ts.isComputedPropertyName(name) && name.expression.getText() === "Symbol.dispose";

export function usingDeclaration(fx: Fx, d: ts.VariableDeclaration): void {
  if (!ts.isIdentifier(d.name) || !d.initializer) return fail(fx.cx, d, 1001, "Write `using name = ...`.");
  const v = expression(fx, d.initializer);
  const type: BType = v.type.kind === "ptr" ? v.type.to : v.type;
  if (type.kind !== "class")
    return fail(
      fx.cx,
      d,
      1101,
      `A '${typeName(v.type)}' cannot be disposed of; 'using' takes an object with [Symbol.dispose]().`,
    );
  const cls = type.cls;
  const method = cls.decl.members.find(
    (m): m is ts.MethodDeclaration => ts.isMethodDeclaration(m) && isDisposeName(m.name),
  );
  if (!method) return fail(fx.cx, d, 1101, `'${cls.name}' has no [Symbol.dispose]() method.`);
  const f = functionInstance(fx.cx, method, cls.env, `${cls.cName}_dispose`, "", cls);
  let disposer = fx.cx.disposers.get(cls.key);
  if (!disposer) {
    disposer = {
      cName: fx.cx.names.global(`${cls.cName}_dispose_at_exit`, method),
      cls,
      method: f.cName,
    };
    fx.cx.disposers.set(cls.key, disposer);
  }
  const pointer = ptrTo(type, true);
  const symbol = declarationSymbol(fx.cx, d);
  const holder = v.type.kind === "ptr" ? v.type : type;
  const cName = declare(fx, symbol, { type: holder, inPlace: false, mutable: false, escapes: false }, d.name.text);
  const c = v.type.kind === "ptr" ? rvalue(fx, v).c : stored(fx, v).c;
  emit(fx, `__attribute__((cleanup(${disposer.cName}))) ${cDeclare(fx.cx.types, pointer, cName)} = ${c};`);
}

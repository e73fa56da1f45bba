// The seams for a language profile. The bare profile is the compiler itself; the application profile adds strings, arrays,
// maps and the console by implementing these hooks in its own folder (src/app/). Every hook may decline by answering
// undefined (or false), then the bare compiler does what it always does.

import type ts from "typescript";
import type { Cx, FunctionInstance, Param, Static } from "./context.ts";
import type { Fx } from "./function-context.ts";
import type { RawField } from "./layout.ts";
import type { BType, ClassInfo, TypeEnv } from "./types.ts";
import type { Val } from "./values.ts";

export interface Profile {
  readonly name: string;
  /** Ambient declaration files, the prelude first. */
  readonly declarations: readonly string[];
  /** C files of the runtime folder included behind bt.h. */
  readonly headers: readonly string[];
  /** The meaning of a type node. */
  typeNode?(cx: Cx, node: ts.TypeNode, env: TypeEnv): BType | undefined;
  /** The entry file may have statements; they are the program. */
  readonly moduleStatements?: boolean;
  /** Any expression, asked first; `expected` is the type of the place the value goes to, if known. */
  expression?(fx: Fx, node: ts.Expression, expected: BType | undefined): Val | undefined;
  /** `object.name`, where the bare compiler does not know the member. */
  member?(fx: Fx, node: ts.PropertyAccessExpression, object: Val): Val | undefined;
  /** `object[index]`. */
  element?(fx: Fx, node: ts.ElementAccessExpression, object: Val): Val | undefined;
  /** `object.name(...)`. */
  methodCall?(fx: Fx, node: ts.CallExpression, object: Val, name: string, expected: BType | undefined): Val | undefined;
  /** Calls of functions declared in ambient files. */
  ambientCall?(fx: Fx, node: ts.CallExpression, name: string, expected: BType | undefined): Val | undefined;
  /** Operands of types that the bare operators do not take; `op` is C's spelling. */
  binary?(fx: Fx, node: ts.Node, op: string, left: Val, right: Val): Val | undefined;
  /** Implicit conversions into a place. */
  coerce?(fx: Fx, node: ts.Node, value: Val, to: BType): Val | undefined;
  /** The type of `c ? a : b` where the bare compiler finds none. */
  commonType?(fx: Fx, node: ts.Node, a: BType, b: BType): BType | undefined;
  /** A statement, asked first: whether it was compiled. */
  statement?(fx: Fx, node: ts.Statement): boolean;
  /** Modules that are part of every program: the runtime. */
  readonly modules?: readonly string[];
  /** What `new` makes lives in the profile's heap, and a variable or field holds a reference. */
  isReference?(cx: Cx, node: ts.NewExpression): boolean;
  /** The type of a parameter or result that is not annotated, or annotated in a way that the bare compiler does not know. */
  parameterType?(cx: Cx, p: ts.ParameterDeclaration, env: TypeEnv): BType | undefined;
  resultType?(cx: Cx, decl: ts.SignatureDeclaration): BType | undefined;
  /** An argument of a generic function: a function whose parameters get their types from the bindings so far. */
  argument?(
    fx: Fx,
    node: ts.Expression,
    p: ts.ParameterDeclaration,
    env: TypeEnv,
    open: ReadonlySet<ts.Symbol>,
  ): Val | undefined;
  /** What a parameter gets that the call leaves out. */
  missingArgument?(fx: Fx, p: Param): Val | undefined;
  /** The fields of a class that is laid out by the profile. */
  fields?(cx: Cx, cls: ClassInfo): readonly RawField[] | undefined;
  /** Type arguments from a type node and a type that the bare compiler does not know; whether it did. */
  infer?(cx: Cx, node: ts.TypeNode, type: BType, go: (node: ts.TypeNode, type: BType) => void): boolean;
  /** A module-level variable: its type, and its C initialiser unless that is constant. */
  staticType?(cx: Cx, decl: ts.VariableDeclaration): BType | undefined;
  staticText?(cx: Cx, item: Static): string | undefined;
  /** What a read or write of a module-level variable looks like in C. */
  staticAccess?(fx: Fx, node: ts.Identifier, item: Static): string | undefined;
  /** Compiles the body of a function in place of the bare compiler. */
  functionBody?(cx: Cx, f: FunctionInstance): boolean;
  /** Roots besides what the modules export. */
  roots?(cx: Cx): void;
  /** `for (const x of ...)` over a type that the bare compiler does not know. */
  forOf?(fx: Fx, node: ts.ForOfStatement, iterated: Val, label: string | undefined): boolean;
}

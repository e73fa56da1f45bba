/** First lines of scripts, as Linux takes them apart. */

import { expect, test } from "../../compiler/std/testing.ts";
import { SCRIPT_LINE_BYTES, type ScriptLine, scriptLine } from "../core/script-line.ts";

const file: FixedArray<u8, 256> = zeroed();
const line: ScriptLine = zeroed();

function read(text: string): bool {
  zero(file);
  const bytes: u32 = text.length < SCRIPT_LINE_BYTES ? text.length : SCRIPT_LINE_BYTES;
  copyBytes(elements(file), text.data, u64(bytes));
  return scriptLine(sliceOf(elements(file), u64(SCRIPT_LINE_BYTES)), line);
}

function expectLine(text: string, interpreter: string, argument: string): void {
  expect(read(text), "it is a script");
  expect(line.interpreter === interpreter, "the interpreter");
  expect(line.argument === argument, "its argument");
}

function usual(): void {
  expectLine("#!/bin/sh\necho\n", "/bin/sh", "");
  expectLine("#! \t/bin/sh \t\n", "/bin/sh", "");
  expectLine("#!/usr/bin/env -S a b  \nx", "/usr/bin/env", "-S a b");
  expectLine("#!/bin/sh", "/bin/sh", "");
  expectLine("#!sh\targument", "sh", "argument");
  expectLine("#!/bin/sh\r\n", "/bin/sh\r", "");
}

function noScripts(): void {
  expect(!read(""), "empty");
  expect(!read("#"), "one byte");
  expect(!read("#!"), "nothing behind");
  expect(!read("#!\n/bin/sh\n"), "an empty line");
  expect(!read("#! \t \n"), "blanks only");
  expect(!read("\x7fELF"), "something else");
}

/** A NUL ends what it stands in. */
function nuls(): void {
  expectLine("#!/bin/sh\0x y\n", "/bin/sh", "");
  expectLine("#!/bin/sh a\0b\n", "/bin/sh", "a");
  expect(!read("#!\0"), "no name");
}

const HUNDRED = "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789";

function long(): void {
  expect(!read(`#!/${HUNDRED}${HUNDRED}${HUNDRED}\n`), "the interpreter's end is not seen");
  expect(read(`#!/x ${HUNDRED}${HUNDRED}${HUNDRED}\n`), "only the argument is too long");
  expect(line.interpreter === "/x" && line.argument.length === 250, "it is cut");
  expect(read(`#!/${HUNDRED}${HUNDRED}\n`), "a long name");
  expect(line.interpreter.length === 201, "all of it");
}

export function testScriptLine(): void {
  test("script line: interpreter and argument", usual);
  test("script line: what is none", noScripts);
  test("script line: NULs", nuls);
  test("script line: long lines", long);
}

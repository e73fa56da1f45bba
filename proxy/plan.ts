/**
 * `proxy --plan PROGRAM [ARGS...]` and `proxy --kernel`, for `hermit pack`: what the program needs, as it is found out for a run, and the
 * kernel's ELF file, both on stdout.
 *
 *     {"plan":"program","path":"/usr/bin/env"}     the ELF file, without symbolic links
 *     {"plan":"argument","text":"env"}             each argument, in order
 */

import { SYS_write } from "../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";
import { jsonFlush, jsonPut, jsonPutText } from "./json.ts";
import { kernelFile } from "./kernel-file.ts";
import type { Program } from "./program.ts";
import { stringAt } from "./strings.ts";

const STDOUT = 1n;

/** The exit status. */
export function planSay(program: Program, argc: u32, argv: Ptr<u64>): i32 {
  jsonPut('{"plan":"program","path":');
  jsonPutText(stringOf(elements(program.path), u64(program.pathBytes)));
  jsonPut("}\n");
  for (let i: u32 = 0; i < argc; i += 1) {
    jsonPut('{"plan":"argument","text":');
    jsonPutText(stringAt(argv, i));
    jsonPut("}\n");
  }
  jsonFlush();
  return 0;
}

/** The exit status. */
export function kernelSay(): i32 {
  const file = kernelFile();
  let done: u64 = 0n;
  while (done < file.length) {
    const written = linuxCall(SYS_write, STDOUT, callPointer(file.data.add(done)), file.length - done);
    if (written < 0n) return 1;
    done += u64(written);
  }
  return 0;
}

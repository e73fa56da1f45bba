/**
 * What a program can tell of the standard streams that it is started with is what it could tell on Linux: closed ones are closed, a file that is
 * appended to is so, a device is that device, and a pipe without a reader is an error or the end of the program.
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES, type Isle } from "../../apps/tests/manifest.ts";
import { assertEnded, describeRun } from "./expect.ts";
import { environmentOf, unavailable } from "./isles.ts";
import { PROXY, ROOT, run } from "./run.ts";
import { makeScratch } from "./scratch.ts";

/** Node.js gives sockets, which the guest shows as pipes. */
const SOCKET_AS_PIPE = [/ 140000 /g, " 10000 "] as const;
const PROGRAM = join(ROOT, "build/apps/tests/stream-facts-musl");

/** Shell commands in which "$@" is the program. */
const STARTS: readonly string[] = [
  '"$@" <&-',
  '"$@" >&-',
  '"$@" 2>&-',
  '"$@" <&- >&- 2>&-',
  '"$@" < /dev/null > /dev/null',
  '"$@" < /dev/zero > /dev/full 2> /dev/full',
  '"$@" < /tmp > out',
  '"$@" < in >> out 2>&1',
  '"$@" <> in 1< in 0> out',
  ': | "$@" | cat > /dev/null',
  // A reader that has gone when the program begins; `read` waits until its end has been closed.
  'mkfifo gate; { read -r line < gate; "$@" ignored; echo "status $?" >&2; } | { exec <&-; echo > gate; }; rm gate',
  'mkfifo gate; { read -r line < gate; "$@"; echo "status $?" >&2; } | { exec <&-; echo > gate; }; rm gate',
];

for (const isle of ISLES) {
  describe(`facts of standard streams on ${isle}`, { skip: unavailable(isle) ?? false }, () => {
    for (const start of STARTS) {
      test(`${isle}: ${start}`, async () => {
        assert.deepEqual(await factsOf(start, isle), await factsOf(start));
      });
    }
  });
}

async function factsOf(start: string, isle?: Isle) {
  using scratch = makeScratch();
  const command = isle === undefined ? [PROGRAM] : [PROXY, PROGRAM];
  // Standard input would be a socket otherwise, of which Node.js ends each direction at a moment of its own.
  const script = `cd "$0" && exec < /dev/null && echo text > in && ${start}`;
  const env = isle === undefined ? {} : environmentOf(isle);
  const ended = await run("sh", ["-c", script, scratch.folder, ...command, "facts"], { env });
  assertEnded(ended);
  const facts = readFileSync(join(scratch.folder, "facts"), "utf8");
  assert.match(facts, /^the first file was \d\n/, describeRun(ended));
  return {
    facts: facts.replaceAll(...SOCKET_AS_PIPE),
    status: ended.status,
    stderr: ended.stderr.toString().replace(/^x\n/gm, ""),
  };
}

/**
 * Reporter for node:test that says only what a reader needs: each failure in full, each skipped test with its reason, and as
 * the last line `N passed, N failed`, which tools/test.ts adds up. Suites (`describe`) are not counted, their tests are.
 */

import { inspect } from "node:util";

// biome-ignore lint/style/noDefaultExport: node:test takes the reporter from the default export.
export default async function* report(events) {
  let passed = 0;
  let failed = 0;
  for await (const { type, data } of events) {
    const counts = data?.details?.type !== "suite";
    if (type === "test:pass") {
      // A skipped suite runs none of its tests, so it is named itself.
      if (data.skip !== undefined || data.todo !== undefined) {
        yield `  skipped: ${data.name} (${data.skip || data.todo || "no reason given"})\n`;
      } else if (counts) {
        passed += 1;
      }
    } else if (type === "test:fail" && counts) {
      failed += 1;
      yield `  FAILED: ${data.name}  ${place(data)}\n${indent(describe(data.details.error))}\n`;
    } else if (type === "test:stderr" || type === "test:stdout") {
      yield data.message;
    }
  }
  yield `${passed} passed, ${failed} failed\n`;
}

function place({ file, line }) {
  return file ? `${file.replace(`${process.cwd()}/`, "")}${line ? `:${line}` : ""}` : "";
}

function describe(error) {
  const cause = error?.cause ?? error;
  return typeof cause === "string" ? cause : inspect(cause, { depth: 3 });
}

function indent(text) {
  return text.replace(/^/gm, "    ");
}

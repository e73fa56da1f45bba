/** `hermit doctor`: its shape on this host, and what it makes of the proxy's measurements and of a poor host. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { formatReport } from "../src/doctor/doctor.ts";
import { parseProbe } from "../src/doctor/probe.ts";
import { hermit } from "./hermit.ts";

const ROW =
  /^(KVM|guest ring [03]|QEMU|QEMU with KVM|C compiler|musl|C\+\+ compiler|Fortran compiler|Go compiler|CMake|TAP) +(ok|slow|missing|unusable) +\S/;

test("every line is a row with a state, then what will be used and what to install", () => {
  const { status, stdout, stderr } = hermit(["doctor"]);
  assert.equal(stderr, "");
  const [table = "", conclusion = ""] = stdout.split("\n\n");
  for (const line of table.split("\n")) {
    assert.match(line, ROW);
  }
  for (const name of ["KVM", "QEMU", "C compiler", "TAP"]) {
    assert.match(table, new RegExp(`^${name} `, "m"));
  }
  assert.match(
    conclusion,
    /^Will be used: (uhyve|qemu|none) \(.+\)\n(To install: sudo apt-get install|Nothing needs to be)/,
  );
  assert.equal(status, conclusion.startsWith("Will be used: none") ? 1 : 0);
});

test("--json says the same to programs", () => {
  const report = JSON.parse(hermit(["doctor", "--json"]).stdout);
  assert.ok(["uhyve", "qemu", "none"].includes(report.isle));
  assert.equal(typeof report.reason, "string");
  assert.ok(report.rows.length >= 8);
});

test("a missing QEMU is named together with its package", () => {
  const report = JSON.parse(hermit(["doctor", "--json"], { env: { HERMIT_QEMU: "/no/such/qemu" } }).stdout);
  const row = report.rows.find(({ name }: { name: string }) => name === "QEMU");
  assert.deepEqual(row, {
    name: "QEMU",
    state: "missing",
    detail: "/no/such/qemu was not found",
    install: "qemu-system-x86",
  });
});

test("reads the probe line by line and survives what it does not know", () => {
  const text = [
    '{"probe":"kvm","status":"ok","apiVersion":12,"errno":0}',
    "hermit: something else",
    '{"probe":"ring0","status":"ok","iterations":1000,"elapsedNs":1200000}',
    '{"probe":"future","value":1}',
    '{"probe":"ring3","sta',
  ].join("\n");
  assert.deepEqual(parseProbe(text), {
    kvm: { status: "ok", apiVersion: 12, errno: 0 },
    ring0: { status: "ok", iterations: 1000, elapsedNs: 1_200_000 },
  });
});

test("the table is aligned and lists the packages once, in order", () => {
  const text = formatReport({
    rows: [
      { name: "KVM", state: "unusable", detail: "a" },
      { name: "C compiler", state: "missing", detail: "b", install: "gcc" },
      { name: "musl", state: "missing", detail: "c", install: "musl-tools" },
    ],
    isle: "qemu",
    reason: "why",
  });
  assert.equal(
    text,
    `KVM         unusable  a
C compiler  missing   b
musl        missing   c

Will be used: qemu (why)
To install: sudo apt-get install --no-install-recommends gcc musl-tools`,
  );
});

/**
 * Runs one program on uhyve in a machine with KVM inside QEMU's TCG (host.ts), for looking at a single thing:
 *
 *     node --import tsx tools/nested-kvm/main.ts [--smp N] [--memory MIB] [--seconds N] [--script TEXT] [--file PATH ...] [NAME=VALUE...] PROGRAM [ARGS...]
 *
 * NAME=VALUE are environment variables of the proxy. With --script the text is run by a shell instead, where `$proxy` and
 * `$program` are the two files; --file adds others, as /programs/NAME. Output and exit status are the program's.
 */

import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { runNested, shellWord } from "./host.ts";
import { ROOT } from "./packages.ts";

const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    smp: { type: "string", default: "1" },
    memory: { type: "string", default: "2048" },
    seconds: { type: "string", default: "60" },
    script: { type: "string" },
    file: { type: "string", multiple: true, default: [] },
  },
});

const firstWord = positionals.findIndex((word) => !/^[A-Z_]+=/.test(word));
const [program, ...args] = firstWord < 0 ? [] : positionals.slice(firstWord);
if (program === undefined) {
  throw new Error(
    "which program? node --import tsx tools/nested-kvm/main.ts [options] [NAME=VALUE...] PROGRAM [ARGS...]",
  );
}
const place = `programs/${basename(program)}`;
const environment = ["HERMIT_ISLE=uhyve", ...positionals.slice(0, firstWord)];
const command = values.script ?? `exec $proxy $program ${args.map(shellWord).join(" ")}`;
const script = [
  ...environment.map((pair) => `export ${shellWord(pair)}`),
  "proxy=/bin/proxy",
  `program=/${place}`,
  command,
];

await runNested([{ script: script.join("\n"), timeoutSeconds: Number(values.seconds) }], {
  files: new Map([
    ["bin/proxy", join(ROOT, "build/bin/proxy")],
    ...[program, ...values.file].map((path): [string, string] => [`programs/${basename(path)}`, resolve(path)]),
  ]),
  cpuCount: Number(values.smp),
  memoryMib: Number(values.memory),
  onOutcome: (_index, outcome, lastWords) => {
    process.stdout.write(outcome?.stdout ?? "");
    process.stderr.write(outcome?.stderr ?? `nested-kvm: the machine stopped\n${lastWords}\n`);
    process.exitCode = outcome?.status ?? 1;
  },
});

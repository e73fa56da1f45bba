/**
 * What a program takes from the host without asking for it: the time zone, the locale, the certificates of authorities. Every command is run
 * on Linux and in the guest, with the same environment, and must print the same on both streams.
 */

import assert from "node:assert/strict";
import { existsSync, lstatSync, readlinkSync } from "node:fs";
import { describe, test } from "node:test";
import { ISLES } from "../../apps/tests/manifest.ts";
import { assertEnded, describeRun } from "./expect.ts";
import { environmentOf, runOnIsle, unavailable } from "./isles.ts";
import { PROXY, run } from "./run.ts";

interface Command {
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
}

const BERLIN = { TZ: "Europe/Berlin" };
const UTF8 = { LC_ALL: "C.UTF-8" };
const BUSYBOX = "/bin/busybox";
const LOCAL_TIME = "/etc/localtime";
const PYTHON_ZONES = `import time, zoneinfo, datetime
print(time.tzname, time.localtime(0), time.localtime(1720000000).tm_zone)
print(datetime.datetime(2024, 7, 1, tzinfo=zoneinfo.ZoneInfo("Asia/Kathmandu")).utcoffset())`;
const PYTHON_TLS = `import ssl, hashlib, locale
context = ssl.create_default_context()
print(len(context.get_ca_certs()), context.minimum_version, ssl.OPENSSL_VERSION, hashlib.new("sha512", b"x").hexdigest())
print(locale.setlocale(locale.LC_ALL, ""), locale.localeconv()["decimal_point"])`;
const NODE_ZONES = `console.log(Intl.DateTimeFormat().resolvedOptions().timeZone, String(new Date(0)), new Date(1720000000000).toString());
console.log(new Intl.NumberFormat("de").format(1234567.5), ["z", "ä", "a"].sort(new Intl.Collator("de").compare).join());`;
const PERL = `use POSIX qw(strftime setlocale LC_ALL); use utf8; binmode STDOUT, ":utf8";
print strftime("%Y-%m-%d %H:%M:%S %Z", localtime(1720000000)), " ", setlocale(LC_ALL, ""), " ", uc("äöü"), "\\n";`;

const COMMANDS: readonly Command[] = [
  { command: [BUSYBOX, "date", "-d", "@0"], env: BERLIN },
  { command: [BUSYBOX, "date", "-d", "@1720000000"], env: { TZ: ":America/New_York" } },
  { command: [BUSYBOX, "date", "-d", "@1720000000"], env: { TZ: "CET-1CEST,M3.5.0,M10.5.0/3" } },
  { command: [BUSYBOX, "date", "-d", "@1720000000"], env: { TZ: "/usr/share/zoneinfo/Asia/Tokyo" } },
  { command: [BUSYBOX, "date", "-d", "@1720000000"], env: { TZ: "No/Such_Place" } },
  { command: [BUSYBOX, "date", "-d", "@1720000000"], env: {} },
  { command: ["/bin/date", "-d", "@1720000000"], env: { ...BERLIN, ...UTF8 } },
  { command: ["/usr/bin/python3", "-c", PYTHON_ZONES], env: BERLIN },
  { command: ["/usr/bin/python3", "-c", PYTHON_TLS], env: UTF8 },
  { command: ["/usr/bin/perl", "-e", PERL], env: { ...BERLIN, ...UTF8 } },
  {
    command: ["/usr/bin/lua5.4", "-e", 'print(os.date("%c %Z", 1720000000), os.setlocale(""))'],
    env: { ...BERLIN, ...UTF8 },
  },
  { command: ["/usr/bin/node", "-e", NODE_ZONES], env: { TZ: "Asia/Kolkata", LANG: "C.UTF-8" } },
];

for (const isle of ISLES) {
  describe(`time zones, locales and certificates on ${isle}`, { skip: unavailable(isle) ?? false }, () => {
    for (const { command, env } of COMMANDS) {
      const [program, ...args] = command;
      const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
      const skip = existsSync(program) ? false : `there is no ${program}: run tools/setup.sh --all`;
      test(`${isle}: ${settings.join(" ")} ${program} ${args[0]}`, { skip }, async () => {
        const onLinux = await run(program, args, { env });
        const inGuest = await run(PROXY, [...command], {
          env: { ...environmentOf(isle), ...env },
          timeoutSeconds: 100,
        });
        assertEnded(inGuest);
        assert.equal(inGuest.stdout.toString(), onLinux.stdout.toString(), describeRun(inGuest));
        assert.equal(inGuest.stderr.toString(), onLinux.stderr.toString(), describeRun(inGuest));
        assert.equal(inGuest.status, onLinux.status, describeRun(inGuest));
      });
    }
    test(`${isle}: ${LOCAL_TIME} is the host's`, {
      skip: isLocalTimeALink() ? false : "it is no link here",
    }, async () => {
      const inGuest = await runOnIsle(isle, BUSYBOX, ["readlink", LOCAL_TIME]);
      assertEnded(inGuest);
      assert.equal(inGuest.stdout.toString(), `${readlinkSync(LOCAL_TIME)}\n`, describeRun(inGuest));
    });
  });
}

function isLocalTimeALink(): boolean {
  return existsSync(LOCAL_TIME) && lstatSync(LOCAL_TIME).isSymbolicLink();
}

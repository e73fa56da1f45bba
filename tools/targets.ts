/**
 * What the build makes, in the order in which it makes it.
 *
 * The core (vDSO, kernel image, proxy) is listed by hand because its order matters: the kernel embeds the vDSO and the proxy
 * embeds the kernel (`embedFile`, paths relative to the build folder). Examples and test programs are found by listing their
 * folders, so that adding a program is adding a file; only what differs from the default stands in `C_OPTIONS`.
 */

import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";

export type Profile = "kernel" | "app" | "host";
export type Libc = "glibc" | "musl";

export interface BtscTarget {
  readonly kind: "btsc";
  readonly name: string;
  readonly entry: string;
  readonly profile: Profile;
  readonly output: string;
  readonly flags: readonly string[];
}

export interface CTarget {
  readonly kind: "c";
  readonly name: string;
  readonly source: string;
  readonly compiler: "gcc" | "musl-gcc";
  readonly flags: readonly string[];
  readonly libraries: readonly string[];
  readonly output: string;
}

export type Target = BtscTarget | CTarget;

interface COptions {
  readonly flags?: readonly string[];
  /** Which variants to make; both by default. */
  readonly libcs?: readonly Libc[];
}

/** What a program in apps/tests needs beyond `-O2 -static`, by file name. */
const C_OPTIONS: Readonly<Record<string, COptions>> = {
  // musl has no ucontext.
  contexts: { libcs: ["glibc"] },
};

/** No warnings are silenced: these are small programs of ours. `-g` so that a guest's panic and gdb can name their lines. */
const C_FLAGS = ["-O2", "-g", "-std=gnu11", "-Wall", "-Wextra", "-static"] as const;
const C_LIBRARIES = ["-lm"] as const;
const COMPILERS = { glibc: "gcc", musl: "musl-gcc" } as const;
const ALL_LIBCS: readonly Libc[] = ["glibc", "musl"];

const CORE_TARGETS: readonly BtscTarget[] = [
  btscTarget("vdso", "linux/vdso/main.ts", "kernel", "build/kernel/vdso.so"),
  btscTarget("kernel", "kernel/main.ts", "kernel", "build/kernel/hermit.elf"),
  btscTarget("proxy", "proxy/main.ts", "host", "build/bin/proxy"),
];

/** Every target, of the repository at `root`. */
export function listTargets(root: string): Target[] {
  return [...CORE_TARGETS, ...typescriptPrograms(root, "examples"), ...testPrograms(root)];
}

function btscTarget(
  name: string,
  entry: string,
  profile: Profile,
  output: string,
  flags: readonly string[] = [],
): BtscTarget {
  return { kind: "btsc", name, entry, profile, output, flags };
}

function typescriptPrograms(root: string, folder: string): BtscTarget[] {
  return filesIn(root, folder, ".ts").map((file) => {
    const name = basename(file, ".ts");
    return btscTarget(`${folder}/${name}`, file, "app", `build/${folder}/${name}`);
  });
}

function testPrograms(root: string): Target[] {
  const folder = "apps/tests";
  const targets: Target[] = typescriptPrograms(root, folder);
  for (const source of filesIn(root, folder, ".c")) {
    const name = basename(source, ".c");
    const options = C_OPTIONS[name] ?? {};
    for (const libc of options.libcs ?? ALL_LIBCS) {
      targets.push({
        kind: "c",
        name: `${folder}/${name}-${libc}`,
        source,
        compiler: COMPILERS[libc],
        flags: [...C_FLAGS, ...(options.flags ?? [])],
        libraries: C_LIBRARIES,
        output: `build/${folder}/${name}-${libc}`,
      });
    }
  }
  return targets;
}

function filesIn(root: string, folder: string, extension: string): string[] {
  if (!existsSync(join(root, folder))) {
    return [];
  }
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith(extension) && !name.endsWith(".d.ts") && !name.endsWith(".test.ts"))
    .sort()
    .map((name) => `${folder}/${name}`);
}

/**
 * The Linux that plays the host: Debian's kernel for virtual machines and a static busybox, out of their packages.
 *
 * Nothing is installed on this machine: `apt-get download` brings the packages into build/nested-kvm, `dpkg -x` unpacks them there.
 * They stay for the next run; deleting the folder brings newer ones.
 */

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const FOLDER = join(ROOT, "build/nested-kvm");

/** A meta package: it depends on the kernel of the day. */
const KERNEL_PACKAGE = "linux-image-cloud-amd64";
/** In the order in which they must be loaded; kvm-amd because QEMU's TCG emulates AMD's SVM, not Intel's VMX. */
const MODULES = ["virt/lib/irqbypass.ko", "arch/x86/kvm/kvm.ko", "arch/x86/kvm/kvm-amd.ko"];

export interface HostLinux {
  readonly kernel: string;
  /** In loading order. */
  readonly modules: readonly string[];
  readonly busybox: string;
}

/** Downloads and unpacks what is not there yet. */
export function hostLinux(): HostLinux {
  const unpacked = join(FOLDER, "packages");
  if (!existsSync(join(unpacked, "bin/busybox"))) {
    download(kernelPackage(), unpacked);
    download("busybox-static", unpacked);
  }
  const version = single(join(unpacked, "lib/modules"));
  return {
    kernel: join(unpacked, "boot", `vmlinuz-${version}`),
    modules: MODULES.map((path) => join(unpacked, "lib/modules", version, "kernel", path)),
    busybox: join(unpacked, "bin/busybox"),
  };
}

function kernelPackage(): string {
  const depends = text("apt-cache", ["depends", KERNEL_PACKAGE], ROOT);
  const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
  if (name === undefined) {
    throw new Error(`apt-cache knows no kernel behind ${KERNEL_PACKAGE}; run \`apt-get update\``);
  }
  return name;
}

/** Fetches the package's file and unpacks it over what is there. */
function download(name: string, unpacked: string): void {
  const folder = join(FOLDER, "downloads", name);
  mkdirSync(folder, { recursive: true });
  mkdirSync(unpacked, { recursive: true });
  text("apt-get", ["download", name], folder);
  text("dpkg", ["-x", join(folder, single(folder)), unpacked], ROOT);
}

function text(command: string, args: readonly string[], cwd: string): string {
  try {
    return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (cause) {
    throw new Error(`nested KVM needs packages of Debian, and \`${command} ${args.join(" ")}\` failed`, { cause });
  }
}

/** The folder's only entry. */
function single(folder: string): string {
  const [first, ...others] = readdirSync(folder);
  if (first === undefined || others.length > 0) {
    throw new Error(`${folder} should hold exactly one entry; delete ${FOLDER} and try again`);
  }
  return first;
}

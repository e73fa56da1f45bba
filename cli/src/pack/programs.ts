/**
 * Everything that the programs of an image need, gathered in its tree: of the program that is started, of others that it may start (--program),
 * of interpreters that scripts name, and of whatever can be executed in the files and folders of --mount.
 */

import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { UserError } from "../user-error.ts";
import { executableLook } from "./executable.ts";
import { type PlanItem, planObjects, planProgram } from "./plan.ts";
import { Tree } from "./tree.ts";

/** A script in one of these does not need its neighbours. */
const PROGRAM_FOLDERS: ReadonlySet<string> = new Set(
  ["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"].map(realOrSame),
);

export interface PlannedProgram {
  /** The ELF file, without symbolic links. */
  readonly path: string;
  readonly argv: readonly string[];
}

export class Programs {
  readonly tree = new Tree();
  /** Sentences about what was packed and will not run. */
  readonly notes: string[] = [];
  /** Folders and files of this host that --mount names. */
  private mounted: string[] = [];
  private readonly seenMounts = new Set<string>();
  private readonly seenObjects = new Set<string>();
  private readonly seenInterpreters = new Set<string>();

  constructor(private readonly mounts: readonly string[]) {}

  /** The program that the image starts, and what --mount names. */
  addFirst(command: readonly string[]): PlannedProgram {
    const plan = planProgram(this.mounts, command);
    // They come first, in their order.
    this.mounted = plan.flatMap((item) => (item.plan === "mount" ? [item.host] : [])).slice(0, this.mounts.length);
    const first = this.addPlan(plan, command.length - 1);
    for (const file of this.tree.executables().filter((host) => this.isMounted(host))) {
      this.addMounted(file);
    }
    return first;
  }

  /** A program that another one may start. */
  add(program: string): PlannedProgram {
    return this.addPlan(planProgram(this.mounts, [program]), 0);
  }

  /** `given`: how many of the arguments are the user's. */
  private addPlan(plan: readonly PlanItem[], given: number): PlannedProgram {
    const argv = plan.flatMap((item) => (item.plan === "argument" ? [item.text] : []));
    const scripts = argv
      .slice(0, argv.length - given)
      .filter((text) => text.includes("/") && executableLook(text).kind === "script");
    for (const item of plan) {
      const alone = item.plan === "mount" ? scripts.filter((script) => isFolderOf(item.host, script)) : [];
      if (item.plan === "mount" && PROGRAM_FOLDERS.has(item.host) && alone.length > 0 && !this.isMounted(item.host)) {
        alone.forEach((script) => this.tree.addLooked(script));
      } else {
        this.addItem(item);
      }
    }
    const path = programOf(plan);
    this.addObjects(path);
    scripts.forEach((script) => this.addInterpreter(script));
    return { path, argv };
  }

  /** Something that can be executed and is in the tree already, at the guest's path. */
  private addMounted(file: string): void {
    if (executableLook(file).kind === "other") {
      return;
    }
    try {
      const plan = planProgram(this.mounts, [file]);
      for (const item of plan) {
        const isThere =
          item.plan === "mount" ? this.isMounted(item.host) : item.plan === "program" && item.path === realOrSame(file);
        if (!isThere) {
          this.addItem(item);
        }
      }
      this.addObjects(programOf(plan));
      this.addInterpreter(file);
    } catch (error) {
      if (!(error instanceof UserError)) {
        throw error;
      }
      this.notes.push(`${file} will not run in the image: ${error.message}`);
    }
  }

  /** Of a script. */
  private addInterpreter(file: string): void {
    const looked = executableLook(file);
    if (looked.kind === "script" && !this.seenInterpreters.has(looked.interpreter)) {
      this.seenInterpreters.add(looked.interpreter);
      this.add(looked.interpreter);
    }
  }

  private addItem(item: PlanItem): void {
    switch (item.plan) {
      case "program":
      case "library":
        this.tree.addLooked(item.path);
        break;
      case "mount":
        if (!this.seenMounts.has(`${item.host}\0${item.guest}`)) {
          this.seenMounts.add(`${item.host}\0${item.guest}`);
          this.tree.addAt(item.host, item.guest);
        }
        break;
      case "link":
        this.tree.addLink(item.path, item.target);
        break;
      case "argument":
        break;
    }
  }

  /** Modules of a runtime are loaded when they are asked for, and bring libraries that the program itself does not name. */
  private addObjects(program: string): void {
    const objects = this.tree.sharedObjects().filter((object) => !this.seenObjects.has(object));
    objects.forEach((object) => this.seenObjects.add(object));
    for (const library of planObjects(program, objects)) {
      this.tree.addLooked(library);
    }
  }

  private isMounted(host: string): boolean {
    return this.mounted.some((mount) => host === mount || host.startsWith(mount === "/" ? "/" : `${mount}/`));
  }
}

function programOf(plan: readonly PlanItem[]): string {
  const path = plan.find((item) => item.plan === "program")?.path;
  if (path === undefined) {
    throw new Error("the proxy named no program");
  }
  return path;
}

function isFolderOf(folder: string, file: string): boolean {
  return realOrSame(dirname(file)) === folder;
}

function realOrSame(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

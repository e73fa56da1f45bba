/** An initial RAM file system: an archive in the "newc" format of cpio (Linux: Documentation/driver-api/early-userspace/buffer-format.rst). */

const MODE_FOLDER = 0o040755;
const MODE_FILE = 0o100755;
const MAGIC = "070701";

/** Files and the folders that they need, as one archive. Paths are relative; every file is executable. */
export function cpioArchive(files: ReadonlyMap<string, Uint8Array>): Buffer {
  const folders = new Set([...files.keys()].flatMap(foldersOf));
  const parts: Uint8Array[] = [];
  let inode = 1;
  for (const folder of folders) {
    parts.push(...entry(folder, MODE_FOLDER, inode++, new Uint8Array()));
  }
  for (const [path, bytes] of files) {
    parts.push(...entry(path, MODE_FILE, inode++, bytes));
  }
  parts.push(...entry("TRAILER!!!", 0, 0, new Uint8Array()));
  return Buffer.concat(parts);
}

/** "a/b/c" -> "a", "a/b". */
function foldersOf(path: string): string[] {
  const steps = path.split("/").slice(0, -1);
  return steps.map((_, index) => steps.slice(0, index + 1).join("/"));
}

function entry(path: string, mode: number, inode: number, bytes: Uint8Array): Uint8Array[] {
  const name = Buffer.from(`${path}\0`);
  const links = 1;
  const device = [0, 0, 0, 0];
  const fields = [inode, mode, 0, 0, links, 0, bytes.length, ...device, name.length, 0];
  const header = MAGIC + fields.map((field) => field.toString(16).padStart(8, "0")).join("");
  return [Buffer.from(header), name, padding(header.length + name.length), bytes, padding(bytes.length)];
}

/** What is missing to a multiple of four. */
function padding(length: number): Uint8Array {
  return new Uint8Array(-length & 3);
}

/** Strings as the kernel passes them to a program: arrays of pointers to NUL-terminated bytes. */

/** The longest argument that Linux passes (MAX_ARG_STRLEN): a bound for loops. */
const MAX_STRING_BYTES = 0x2_0000;
/** More variables than fit into the argument area. */
const MAX_STRINGS = 0x40_0000;

/** The string that `vector[index]` points to. */
export function stringAt(vector: Ptr<u64>, index: u32): string {
  return stringFrom(pointerAt<u8>(vector[index]));
}

/** The string up to its NUL. */
export function stringFrom(text: Ptr<u8>): string {
  let length: u32 = 0;
  while (length < MAX_STRING_BYTES && text[length] !== 0) length += 1;
  return stringOf(text, length);
}

/** Entries before the NULL that ends a vector. */
export function vectorLength(vector: Ptr<u64>): u32 {
  let count: u32 = 0;
  while (count < MAX_STRINGS && vector[count] !== 0n) count += 1;
  return count;
}

/** The value of a variable, empty if it is not set. */
export function environmentValue(environment: Ptr<u64>, name: string): string {
  for (let i: u32 = 0; i < MAX_STRINGS && environment[i] !== 0n; i += 1) {
    // SAFETY: the kernel ends every entry by a NUL, at which the comparison stops.
    const entry = pointerAt<u8>(environment[i]);
    if (isAssignmentOf(entry, name)) return stringFrom(entry.add(name.length + 1));
  }
  return "";
}

function isAssignmentOf(entry: Ptr<u8>, name: string): bool {
  for (let i: u32 = 0; i < name.length; i += 1) {
    if (entry[i] !== name.byteAt(i)) return false;
  }
  return entry[name.length] === 61;
}

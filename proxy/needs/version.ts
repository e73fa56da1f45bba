/** Versions at the end of names: 3.11 of python3.11. */

/** Where the digits and dots at the end of a name begin. */
export function versionStart(name: string): u32 {
  let start = name.length;
  while (start > 0 && isVersionByte(name.byteAt(start - 1))) start -= 1;
  return start;
}

function isVersionByte(byte: u8): bool {
  return byte === 46 || (byte >= 48 && byte <= 57);
}

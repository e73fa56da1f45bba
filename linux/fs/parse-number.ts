/** The number that a name of /proc is: -1n if it is none. */
export function parseNumber(name: string): i64 {
  if (name.length === 0 || name.length > 10) {
    return -1n;
  }
  let value: i64 = 0n;
  for (let i: u32 = 0; i < name.length; i++) {
    const digit = name.byteAt(i);
    if (digit < 48 || digit > 57) {
      return -1n;
    }
    value = value * 10n + i64(digit - 48);
  }
  return name.length > 1 && name.byteAt(0) === 48 ? -1n : value;
}

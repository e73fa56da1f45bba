/**
 * Times of files: nanoseconds since 1970 in 64 bits without a sign, of which the uppermost stand for the 68 years before 1970. So they reach from
 * 1901 to 2486, which is more than ext4 keeps; what lies outside becomes the nearest time, as on a Linux file system with limits.
 */

const NS_PER_SECOND = 1_000_000_000n;
const EARLIEST_SECONDS = -0x8000_0000n;
const LATEST_SECONDS = 16_299_260_424n;
/** The time of EARLIEST_SECONDS. */
const FIRST_BEFORE = 0xe232_9b00_0000_0000n;

export function fileTime(seconds: i64, nanoseconds: u64): u64 {
  const isLate = seconds > LATEST_SECONDS;
  const within: i64 = isLate ? LATEST_SECONDS : seconds < EARLIEST_SECONDS ? EARLIEST_SECONDS : seconds;
  const rest: u64 = within === seconds ? nanoseconds : 0n;
  return u64.wrap(within) * NS_PER_SECOND + rest;
}

/** Whole seconds, rounded down. */
export function fileTimeSeconds(time: u64): i64 {
  if (time < FIRST_BEFORE) {
    return i64(time / NS_PER_SECOND);
  }
  return (i64.wrap(time) - i64(NS_PER_SECOND - 1n)) / i64(NS_PER_SECOND);
}

/** What is left above the whole seconds. */
export function fileTimeRest(time: u64): u64 {
  return time - u64.wrap(fileTimeSeconds(time)) * NS_PER_SECOND;
}

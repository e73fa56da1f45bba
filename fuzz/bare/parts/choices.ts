/** The fuzzer's input as a sequence of choices. */

const nothing: Bytes<1> = zeroed();
let input: Ptr<u8> = elements(nothing);
let inputBytes: u64 = 0n;
let inputAt: u64 = 0n;

export function choicesBegin(data: Ptr<u8>, bytes: u64): void {
  input = data;
  inputBytes = bytes;
  inputAt = 0n;
}

export function choicesAreLeft(): bool {
  return inputAt < inputBytes;
}

/** The next byte of the input; 0 behind its end. */
export function choose(): u32 {
  if (inputAt >= inputBytes) return 0;
  inputAt += 1n;
  return u32(at(input, inputAt - 1n));
}

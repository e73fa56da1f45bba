/** CRC-32C (RFC 3720, 12.1), which the kernel checks a packed image with: eight bits at a time. */

const POLYNOMIAL = 0x82f6_3b78;
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    value = (value & 1) === 0 ? value >>> 1 : (value >>> 1) ^ POLYNOMIAL;
  }
  return value;
});

export class Crc32c {
  private value = 0xffff_ffff;

  add(bytes: Uint8Array): void {
    let value = this.value;
    for (let index = 0; index < bytes.length; index += 1) {
      // Bytes and table have every index that occurs.
      value = (value >>> 8) ^ (TABLE[(value ^ (bytes[index] as number)) & 0xff] as number);
    }
    this.value = value;
  }

  get sum(): number {
    return ~this.value >>> 0;
  }
}

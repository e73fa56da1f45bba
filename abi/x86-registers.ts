/** Control registers and model-specific registers: Intel SDM volume 3, 2.5 and volume 4; AMD64 APM volume 2, 3.1 and appendix A. */

export const CR0_PE = 0x1n;
export const CR0_MP = 0x2n;
export const CR0_ET = 0x10n;
export const CR0_NE = 0x20n;
export const CR0_WP = 0x1_0000n;
export const CR0_AM = 0x4_0000n;
export const CR0_PG = 0x8000_0000n;

export const CR4_PSE = 0x10n;
export const CR4_PAE = 0x20n;
export const CR4_PGE = 0x80n;
export const CR4_OSFXSR = 0x200n;
export const CR4_OSXMMEXCPT = 0x400n;
export const CR4_FSGSBASE = 0x1_0000n;
export const CR4_OSXSAVE = 0x4_0000n;

export const EFER_SCE = 0x1n;
export const EFER_LME = 0x100n;
export const EFER_LMA = 0x400n;
export const EFER_NXE = 0x800n;

export const MSR_IA32_TSC = 0x10;
export const MSR_STAR = 0xc000_0081;
export const MSR_LSTAR = 0xc000_0082;
export const MSR_SFMASK = 0xc000_0084;

export const RFLAGS_RESERVED_1 = 0x2n;
export const RFLAGS_IF = 0x200n;

/** IA32_APIC_BASE: enabled, and this is the boot processor. */
export const APIC_BASE_BSP = 0x100n;
export const APIC_BASE_ENABLE = 0x800n;

/** XCR0: x87 and SSE, AVX, the three parts of AVX-512. Other parts need more than a bit (MPX is dead, AMX asks for permission). */
export const XCR0_X87_SSE = 0x3n;
export const XCR0_AVX = 0x4n;
export const XCR0_AVX512 = 0xe0n;

/** The boot information as the kernel sees it: filled by whoever started the CPU, before the first instruction. */

import type { BootInfo } from "../abi/boot-info.ts";

export const bootInfo: BootInfo = zeroed();

/** The queue of the file protocol on monitors that take it from the image (ImageHeader.ninepQueue names it to them). */

import type { NinepQueue } from "../../abi/ninep.ts";

/**
 * @export ninepQueue
 * @align 64
 */
export const ninepQueue: NinepQueue = zeroed();

/**
 * TLB shootdown: every CPU forgets translations that were removed or narrowed, before their frames are used for something else.
 *
 * The protocol and why it is right are in core/tlb-generation.ts; here it meets the nucleus. Whoever changes page tables of the
 * application calls tlbInvalidate afterwards. The interrupt handler calls tlbServe; every loop that waits with masked interrupts calls
 * tlbWaitRound, and tlbWaitEnd behind it. Who waits for long is not waited for: on a host with fewer processors than the guest most of
 * those that wait for a lock do not run, and each shootdown would last until the host had run them all.
 *
 * What the other files must hold:
 *  - Between tlbEnterIdle and tlbLeaveIdle, and between tlbWaitRound and tlbWaitEnd, a CPU touches no application memory: handlers of
 *    interrupts run afterwards. The kernel's own mappings (image, direct map, devices, stacks) are never taken away.
 *  - The interrupt that the sender sends ends in tlbServe, even if it came for a request that was served meanwhile.
 *  - Between tlbHold and tlbRelease a CPU answers nobody, so what it has found in the page tables there stays as it is: nobody goes on who
 *    has taken a page away, or a permission. It waits for no lock there that is held around tlbInvalidate (the lock of the space).
 *
 * Imports the nucleus only, because spin locks import this file.
 */

import { bootInfo } from "../../nucleus/boot-info.ts";
import { invalidatePage, loadPageTable } from "../../nucleus/calls.ts";
import { spinPause } from "../../nucleus/cpu.ts";
import { irqRestore, irqSave } from "../../nucleus/irq-mask.ts";
import { cpuIndex } from "../../nucleus/percpu.ts";
import {
  type TlbSend,
  type Translations,
  translationsAnswerOwn,
  translationsAwait,
  translationsEnterIdle,
  translationsEnterWait,
  translationsJoin,
  translationsLeaveIdle,
  translationsRequest,
  translationsServe,
} from "../core/tlb-generation.ts";

/** Up to so many pages are invalidated one by one on the CPU that asks; from there on reloading the table is cheaper. */
export const TLB_FEW_PAGES = 8;

const translations: Translations = zeroed();
let sender: TlbSend | null = null;

/** Forgets all cached translations of this CPU. */
export function flushTranslations(): void {
  loadPageTable(bootInfo.pml4);
}

/** How another CPU is interrupted; set once, by the first CPU, before it starts others. */
export function tlbSetSender(send: TlbSend): void {
  sender = send;
  tlbOnline(cpuIndex);
}

/** The calling CPU `cpu` takes part from now on: called before it may touch application memory. */
export function tlbOnline(cpu: u32): void {
  const wasMasked = irqSave();
  translationsJoin(translations, cpu, flushTranslations);
  irqRestore(wasMasked);
}

/** The calling CPU `cpu` is about to halt; masked. */
export function tlbEnterIdle(cpu: u32): void {
  translationsEnterIdle(translations, cpu);
}

/** The calling CPU `cpu` goes on after a halt; masked. */
export function tlbLeaveIdle(cpu: u32): void {
  translationsLeaveIdle(translations, cpu, flushTranslations);
}

/**
 * Rounds of the wait in which this CPU is; above PATIENT_ROUNDS it does not count as active.
 * @percpu
 */
let waitRounds: u32 = 0;
/** A wait for a lock whose holder runs is shorter: leaving and coming back cost two locked stores. */
const PATIENT_ROUNDS = 128;

/**
 * The CPU is between tlbHold and tlbRelease.
 * @percpu
 */
let isHolding: bool = false;

/**
 * From now on, until tlbRelease, the calling CPU answers no request to forget translations: frames that it finds in entries with PTE_ACCESSED
 * are not given to anybody else, and permissions that it finds last, however long somebody else (a device) needs them. Interrupts are masked.
 */
export function tlbHold(): void {
  isHolding = true;
  // What follows must not be read before. A request that this CPU has answered already was made before the entries are looked at.
  fence(Order.SeqCst);
}

export function tlbRelease(): void {
  fence(Order.SeqCst);
  isHolding = false;
  tlbServe();
}

/** One round of a wait with masked interrupts. */
export function tlbWaitRound(): void {
  spinPause();
  if (isHolding) {
    return;
  }
  tlbServe();
  if (waitRounds < PATIENT_ROUNDS) {
    waitRounds++;
  } else if (waitRounds === PATIENT_ROUNDS && translationsEnterWait(translations, cpuIndex)) {
    waitRounds++;
  }
}

/** What the CPU waited for has come; cheap if it has not waited. Interrupts are masked. */
export function tlbWaitEnd(): void {
  const rounds = waitRounds;
  if (rounds !== 0) {
    waitRounds = 0;
    if (rounds > PATIENT_ROUNDS) {
      translationsLeaveIdle(translations, cpuIndex, flushTranslations);
    }
  }
}

/** Forgets translations if another CPU asked for it; a few instructions otherwise. Interrupts are masked. */
export function tlbServe(): void {
  if (isHolding) {
    return;
  }
  translationsServe(translations, cpuIndex, flushTranslations);
}

/** The same of this CPU alone: where others may go on with what they have cached, at the price of a fault. Interrupts are masked. */
export function tlbInvalidateOwn(addresses: Ptr<u64>, count: u32): void {
  if (count > TLB_FEW_PAGES) {
    flushTranslations();
    return;
  }
  for (let index: u32 = 0; index < count; index++) {
    invalidatePage(VirtAddr(addresses[index]));
  }
}

/** Whether page tables are among what is freed after an invalidation. */
export enum TlbFrees {
  Pages = 0,
  Tables = 1,
}

/**
 * Makes every CPU forget the translations of `count` pages at `addresses`, whose entries were changed before; when it returns, none is
 * cached anywhere. `count` may be more than the addresses given if it is above TLB_FEW_PAGES: then all translations are forgotten.
 * Interrupts are masked.
 */
export function tlbInvalidate(addresses: Ptr<u64>, count: u32, frees: TlbFrees = TlbFrees.Pages): void {
  if (count === 0) {
    return;
  }
  const number = translationsRequest(translations);
  if (count > TLB_FEW_PAGES) {
    tlbServe();
  } else {
    tlbInvalidateOwn(addresses, count);
    if (!translationsAnswerOwn(translations, cpuIndex, number)) {
      tlbServe();
    }
  }
  const send = sender;
  if (send !== null) {
    translationsAwait(translations, cpuIndex, number, frees === TlbFrees.Tables, send, tlbWaitRound);
    tlbWaitEnd();
  }
}

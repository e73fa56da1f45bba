/**
 * Finds the channel's transport and brings it up: what the loader promised, else the first virtio console that the command line
 * announces, else the serial port.
 */

import { ChannelTransport } from "../../abi/boot-info.ts";
import { EIO } from "../../abi/errno.ts";
import { VIRTIO_MMIO_BYTES, VirtioDeviceId, type VirtioMmioRegisters } from "../../abi/virtio.ts";
import { ioapicRoute, irqAllocateVector, irqRegister } from "../../kernel/irq.ts";
import { logInfo, logWarning } from "../../kernel/log/log.ts";
import { mapDevice } from "../../kernel/mm/page-table.ts";
import { bootInfo } from "../../nucleus/boot-info.ts";
import { type MmioDeviceEntry, nextMmioDevice } from "../bus/command-line.ts";
import { kernelCommandLine } from "../bus/start-info.ts";
import { serialInit } from "../serial/uart16550.ts";
import { consoleInit } from "../virtio/console.ts";
import { mmioIdentify, mmioTakeInterrupt } from "../virtio/mmio.ts";
import { presetInit } from "../virtio/preset.ts";
import { channelStart } from "./channel.ts";
import { engineInterrupt } from "./engine.ts";
import { channelPort } from "./port.ts";

/** A command line that announces more is cut. */
const MAX_DEVICES = 64;

/**
 * 0: the channel works. Otherwise a negative errno and output goes to the serial port if there is one. Needs clock, interrupts and
 * threads.
 */
export function channelInit(): i64 {
  channelStart();
  if (bootInfo.channel === ChannelTransport.Preset) {
    presetInit(channelPort, onPresetInterrupt);
    return 0n;
  }
  const result = findConsole();
  if (result < 0n) {
    const serial = serialInit() ? "the serial port" : "nothing";
    logInfo(`channel: no proxy, output goes to ${serial}`);
  }
  return result;
}

function onPresetInterrupt(_vector: u32): void {
  engineInterrupt();
}

function onConsoleInterrupt(_vector: u32): void {
  const registers = channelPort.registers;
  // Acknowledge first: what the device does after that raises a new edge.
  if (registers !== null) void mmioTakeInterrupt(registers);
  engineInterrupt();
}

/** Tries the consoles of the command line in order. */
function findConsole(): i64 {
  const commandLine = kernelCommandLine();
  const entry: MmioDeviceEntry = { address: 0n, bytes: 0n, irq: 0 };
  let position = nextMmioDevice(commandLine, 0, entry);
  for (let count: u32 = 0; position >= 0n && count < MAX_DEVICES; count += 1) {
    if (tryConsole(entry) === 0n) return 0n;
    position = nextMmioDevice(commandLine, u32(position), entry);
  }
  return i64(-EIO);
}

function tryConsole(entry: MmioDeviceEntry): i64 {
  const address = mapDevice(entry.address, u64(VIRTIO_MMIO_BYTES));
  if (address === 0n) return i64(-EIO);
  // SAFETY: mapDevice has mapped VIRTIO_MMIO_BYTES of device registers there.
  const registers = pointerAt<VirtioMmioRegisters>(address);
  if (mmioIdentify(registers) !== u32(VirtioDeviceId.Console)) return i64(-EIO);
  const vector = irqAllocateVector();
  if (vector < 0n) return vector;
  irqRegister(u32(vector), onConsoleInterrupt);
  const routed = ioapicRoute(entry.irq, u32(vector));
  if (routed < 0n) return routed;
  const result = consoleInit(channelPort, registers);
  if (result < 0n) logWarning(`channel: the virtio console at ${entry.address} failed with ${result}`);
  return result;
}

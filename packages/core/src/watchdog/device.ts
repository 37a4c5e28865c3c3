import { constants } from 'node:fs'
import { open, readFile, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Finding } from '../backend.ts'

/** A kernel watchdog: from the moment it is opened it wants to be petted, or it resets the machine. */
export interface Device {
  pet(): Promise<void>
  /** Closes it so that it rests: without the letter, closing would not keep it from firing. One that did not take the letter stays open. */
  disarm(): Promise<void>
  /** Closes it as it is: it fires when its time is over. */
  abandon(): Promise<void>
}

/** Where the kernel tells about watchdogs. */
const tellingFolder = '/sys/class/watchdog'

/** Opens, and so arms, the device. Never waits: a pipe that nobody reads is an error. */
export async function openDevice(path: string): Promise<Device> {
  const handle = await open(path, constants.O_WRONLY | constants.O_NONBLOCK)
  return {
    pet: () => write(handle, '\0'),
    abandon: () => handle.close(),
    async disarm() {
      await write(handle, 'V')
      await handle.close()
    },
  }
}

async function write(handle: FileHandle, text: string): Promise<void> {
  await handle.write(text)
}

/** Whether the device is one that would fire when it is counted on, and rest when it should. Does not open it. */
export async function judgeWatchdog(path: string, timeoutMs: number, telling = tellingFolder): Promise<readonly Finding[]> {
  try {
    const found = await stat(path)
    if (!found.isCharacterDevice() && !found.isFIFO())
      return [finding(`${path} is no watchdog`, 'name the device in node.yaml: watchdog: { device: ... }')]
  } catch {
    return [
      finding(`there is no watchdog ${path}`, 'load its driver (without one of the hardware: modprobe softdog), or correct node.yaml'),
    ]
  }
  // The old name stands for the first one.
  const name = basename(path) === 'watchdog' ? 'watchdog0' : basename(path)
  const [firesAfter, noWayOut] = await Promise.all(['timeout', 'nowayout'].map((what) => numberIn(join(telling, name, what))))
  if (noWayOut === 1)
    return [
      finding(
        `${path} cannot be closed once it is open (nowayout): every stop of movip would reset this machine`,
        'load its driver with nowayout=0',
      ),
    ]
  if (firesAfter === undefined || firesAfter * 1000 === timeoutMs) return []
  return [
    finding(
      `${path} fires after ${firesAfter} s, and node.yaml counts on ${timeoutMs / 1000} s`,
      `wdctl --settimeout ${Math.round(timeoutMs / 1000)} ${path}, or write timeout: ${firesAfter}s`,
    ),
  ]
}

async function numberIn(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return /^\d+\s*$/.test(text) ? Number(text) : undefined
}

function finding(message: string, fix: string): Finding {
  return { severity: 'error', code: 'WATCHDOG', message, fix }
}

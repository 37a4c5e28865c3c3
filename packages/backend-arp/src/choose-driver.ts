import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Logger } from '@movip/core/backend'
import { CliDriver } from './cli-driver.ts'
import { run } from './command.ts'
import type { KernelDriver } from './driver.ts'
import { openSockets } from './ffi.ts'
import { KoffiDriver } from './koffi-driver.ts'

/** The native driver where it works, else the command-line driver. `MOVIP_ARP_DRIVER=koffi` or `cli` decides instead. */
export async function chooseDriver(logger: Logger): Promise<KernelDriver> {
  const wanted = process.env['MOVIP_ARP_DRIVER']
  if (wanted === 'cli') return new CliDriver(logger)
  if (wanted === 'koffi') return new KoffiDriver(openSockets())
  const test = fileURLToPath(new URL(`./self-test${extname(import.meta.filename)}`, import.meta.url))
  const { code, stderr } = await run(process.execPath, [test])
  if (code === 0) return new KoffiDriver(openSockets())
  logger.warn('arp-driver-fallback', {
    driver: 'cli',
    why:
      stderr
        .trim()
        .split('\n')
        .find((line) => line.includes('Error')) ?? `self-test ended with ${code}`,
  })
  return new CliDriver(logger)
}

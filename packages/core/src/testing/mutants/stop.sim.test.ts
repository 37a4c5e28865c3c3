import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished, vi } from 'vitest'

const main = fileURLToPath(new URL('../sim/main.ts', import.meta.url))

/** Processes that run something of this folder. */
function processesOf(folder: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => commandLineOf(pid).includes(join(folder, 'movip-mutant-')))
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    // It ended in the meantime.
    return ''
  }
}

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('planted bugs leave no copy and no process behind when %s ends them', async (signal) => {
  const folder = mkdtempSync(join(tmpdir(), 'movip-stop-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const args = [main, '--mutants', '--seeds', '100000', '--jobs', '2']
  const child = spawn(process.execPath, args, { env: { ...process.env, TMPDIR: folder }, stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const said: string[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => said.push(text))
  const ended = once(child, 'close')
  await vi.waitUntil(() => processesOf(folder).length > 0, { timeout: 60_000 })

  child.kill(signal)

  expect(await ended).toEqual([1, null])
  expect(said.join('')).toBe(`stopped: ${signal}\n`)
  expect(readdirSync(folder)).toEqual([])
  await vi.waitUntil(() => processesOf(folder).length === 0, { timeout: 10_000 })
})

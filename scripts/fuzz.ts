/** `npm run fuzz`: starts the tests that hold the targets asked for, and tells what came of each target. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { follow } from '../packages/core/src/testing/command-line.ts'
import type { FuzzRecord } from '../packages/core/src/testing/fuzz/fuzz.ts'
import { USAGE, readArguments } from './fuzz-arguments.ts'
import type { Request } from './fuzz-arguments.ts'
import { tellOfTargets } from './fuzz-summary.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

async function run(request: Request): Promise<boolean> {
  const { targets, cases, seed } = request
  process.stderr.write(`fuzzing ${targets.join(', ')}: ${cases} cases each, seed ${seed}\n`)
  const folder = mkdtempSync(join(tmpdir(), 'movip-fuzz-'))
  try {
    const records = join(folder, 'records')
    const { succeeded, said } = await runTests(request, records)
    const { lines, ok } = tellOfTargets(targets, readRecords(records), succeeded ? [] : said)
    process.stdout.write(`${lines.join('\n')}\n`)
    return ok && succeeded
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What the targets tell of their progress is passed on; what vitest says is kept for the case that something else than a target fails. */
async function runTests(
  { targets, files, cases, seed }: Request,
  records: string,
): Promise<{ readonly succeeded: boolean; readonly said: readonly string[] }> {
  const env = {
    ...process.env,
    NO_COLOR: '1',
    FUZZ_TARGET: targets.join(','),
    FUZZ_CASES: String(cases),
    FUZZ_SEED: String(seed),
    FUZZ_RECORDS: records,
  }
  const args = [join(root, 'node_modules/.bin/vitest'), 'run', '--project=fuzz', ...files]
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => child.kill(signal))
  const said: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => said.push(line))
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.startsWith('fuzz ')) process.stderr.write(`${line}\n`)
    else said.push(line)
  })
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  return { succeeded: code === 0, said }
}

function readRecords(file: string): readonly FuzzRecord[] {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as FuzzRecord)
}

process.exitCode = await follow(USAGE, readArguments, run)

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const table = new URL('process-table.ts', import.meta.url).href
/** Older than the slack that the table allows for clocks: then puts another program into the same process, as an upgrade does. */
const former = `setTimeout(() => process.execve(process.execPath, [process.execPath, process.argv[2]], process.env), 11_000)`
const later = `
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { isBornAfter, processInFile } from ${JSON.stringify(table)}
const child = spawn('sleep', ['600'])
await once(child, 'spawn')
writeFileSync(process.argv[1] + '.pid', String(child.pid))
const found = await processInFile(process.argv[1] + '.pid')
console.log('bornMs' in found && (await isBornAfter(found, process.argv[1] + '.pid')))
child.kill('SIGKILL')
`

it('a process that began before its file was written is still the one that the file means when this program was put in the place of another', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'movip-table-'))
  try {
    for (const [name, text] of Object.entries({ former, later })) writeFileSync(join(folder, `${name}.mjs`), text)
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'former.mjs'), join(folder, 'later.mjs')])
    expect(stdout).toBe('false\n')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}, 30_000)

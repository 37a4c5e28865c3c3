import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const script = `
import { onSignals } from ${JSON.stringify(fileURLToPath(new URL('./signals.ts', import.meta.url)))}
const signals = onSignals()
setInterval(() => undefined, 1000)
process.stdout.write('ready')
process.stdout.write('asked by ' + await signals.first)
`

it('takes the first signal for a wish and ends at once on the second', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const nextLine = async (): Promise<string> => String(((await once(child.stdout, 'data')) as [Buffer])[0])
  expect(await nextLine()).toBe('ready')
  child.kill('SIGTERM')
  expect(await nextLine()).toBe('asked by SIGTERM')
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([143, null])
})

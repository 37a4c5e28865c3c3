import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { secretsOf } from './endpoint-secrets.ts'

const folder = mkdtempSync(join(tmpdir(), 'movip-secrets-'))
const file = join(folder, 'ddns')
afterAll(() => rmSync(folder, { recursive: true }))
const secret = secretsOf({ ddns: file })

it('a backend gets at a secret by its name, as it is in the file at that moment', async () => {
  writeFileSync(file, 'one\n', { mode: 0o600 })
  await expect(secret('ddns')).resolves.toBe('one')
  writeFileSync(file, 'two\n')
  await expect(secret('ddns')).resolves.toBe('two')
})

it('a secret that others can read is refused, with how to close it', async () => {
  writeFileSync(file, 'one\n')
  chmodSync(file, 0o644)
  await expect(secret('ddns')).rejects.toMatchObject({ code: 'DENIED', fix: `chmod 600 ${file}` })
})

it.each(['other', 'constructor'])('the secret %s, for which node.yaml names no file, is told of with the line to add', async (name) => {
  const fix = `add it there: secrets: { ${name}: /etc/movip/${name} }`
  await expect(secret(name)).rejects.toMatchObject({ code: 'NOT_FOUND', fix })
})

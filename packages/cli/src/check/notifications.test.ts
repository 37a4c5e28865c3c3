import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clusterSpecFromText, nodeConfigFromText } from '@movip/core/config'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkNotifications } from './notifications.ts'

let folder = ''
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'movip-notify-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function codesOf(cluster: string, node = ''): Promise<readonly string[]> {
  const spec = clusterSpecFromText(
    `cluster: shop\nnodes: { a: { site: x, address: 10.0.0.1 } }\nnotify:\n  ops: ${cluster}\n`,
    'cluster.yaml',
    {
      plugins: new Map(),
    },
  )
  const found = await checkNotifications(nodeConfigFromText(`node: a\n${node}`, join(folder, 'node.yaml')), spec)
  return found.map(({ severity, code }) => `${severity} ${code}`)
}

const url = 'https://127.0.0.1/hook'

describe('the check of notifications', () => {
  it('finds nothing where all is there', async () => {
    writeFileSync(join(folder, 'secret'), 's3cret')
    chmodSync(join(folder, 'secret'), 0o600)
    expect(await codesOf(`{ webhook: { url: "${url}" } }`, 'notify: { ops: { secretFile: secret } }')).toEqual([])
    expect(await codesOf('{ mail: { server: 127.0.0.1, from: a@b, to: [a@b] } }')).toEqual([])
  })

  it('finds secrets that are missing, or open to others', async () => {
    expect(await codesOf(`{ webhook: { url: "${url}" } }`, 'notify: { ops: { secretFile: secret } }')).toEqual(['error SECRET_MISSING'])
    writeFileSync(join(folder, 'secret'), 's3cret')
    chmodSync(join(folder, 'secret'), 0o644)
    expect(await codesOf(`{ webhook: { url: "${url}" } }`, 'notify: { ops: { secretFile: secret } }')).toEqual(['error SECRET_EXPOSED'])
  })

  it('finds what does not go together', async () => {
    expect(await codesOf('{ webhook: {} }')).toEqual(['error NOTIFY_NO_URL', 'warning NOTIFY_UNSIGNED'])
    expect(await codesOf(`{ webhook: { url: "${url}" } }`, 'notify: { obs: { urlFile: x } }')).toEqual([
      'warning NOTIFY_UNKNOWN',
      'warning NOTIFY_UNSIGNED',
    ])
    const inTheClear = '{ mail: { server: 127.0.0.1, tls: none, from: a@b, to: [a@b] } }'
    expect(await codesOf(inTheClear, 'notify: { ops: { user: movip, passwordFile: secret } }')).toEqual([
      'error NOTIFY_UNPROTECTED',
      'error SECRET_MISSING',
    ])
  })

  it('finds a file of authorities that is not there, and a name that nobody knows', async () => {
    const mail = `{ mail: { server: nowhere.invalid, ca: ${join(folder, 'ca.pem')}, from: a@b, to: [a@b] } }`
    expect(await codesOf(mail)).toEqual(['error NOTIFY_CA_MISSING', 'warning NOTIFY_UNRESOLVED'])
  })
})

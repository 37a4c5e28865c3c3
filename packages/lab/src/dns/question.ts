import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { inHost } from '../network/host.ts'
import type { DnsPlace } from './server-process.ts'

/** What `dig` hears there about a name: the data of each record; null: no answer, or a refusal. */
export async function answersBy({ host, port, namespace }: DnsPlace, name: string, type: string): Promise<readonly string[] | null> {
  const args = ['+noall', '+answer', '+comments', '+tries=1', '+time=1', `@${host}`, '-p', String(port), name, type]
  const { file, args: all } = namespace === null ? { file: 'dig', args } : inHost(namespace, 'dig', args)
  const out = await promisify(execFile)(file, all).then(
    ({ stdout }) => stdout,
    () => null,
  )
  if (out === null || !/status: (NOERROR|NXDOMAIN)/.test(out)) return null
  return out
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith(';'))
    .map((line) => line.split(/\s+/).slice(4).join(' '))
}

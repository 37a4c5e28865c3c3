/** Asks every authority again and again what a name is, and tells when one of them answers something else. */
import { Resolver } from 'node:dns/promises'
import { argument } from '../probes/loop.ts'
import { nowMs } from '../system/libc.ts'
import type { NameWatchOptions } from './name-watch.ts'

const { name, authorities } = argument<NameWatchOptions>()
const PITCH_MS = 3
const TIMEOUT_MS = 500

const tell = (line: readonly unknown[]): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

function watch(authority: string, index: number): void {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 1 })
  resolver.setServers([authority])
  let known = ''
  const ask = async (): Promise<void> => {
    const answer = await resolver.resolve4(name).then(
      (addresses) => addresses.toSorted().join(', '),
      // A name that is not there is an answer, too.
      (error: { readonly code?: string }) => (error.code === 'ENOTFOUND' || error.code === 'ENODATA' ? '' : known),
    )
    if (answer !== known) tell(['seen', index, nowMs(), answer])
    known = answer
    setTimeout(() => void ask(), PITCH_MS)
  }
  void ask()
}

for (const [index, authority] of authorities.entries()) watch(authority, index)
// Whoever made it is gone.
process.stdin.on('end', () => process.exit(0)).resume()
tell(['ready'])

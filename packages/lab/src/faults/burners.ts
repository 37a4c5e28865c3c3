/** Processes that burn CPU at normal priority. */
import { spawn } from 'node:child_process'
import { inHost } from '../network/host.ts'
import type { Network } from '../network/network.ts'

/** Starts that many busy loops; the returned function ends them. They live in the lab, so its clean-up finds them too. */
export function startBurners(network: Network, count: number): () => void {
  const loop = inHost(network.switch, 'sh', ['-c', 'while :; do :; done'])
  const children = Array.from({ length: count }, () => spawn(loop.file, loop.args, { stdio: 'ignore' }))
  return () => {
    for (const child of children) child.kill('SIGKILL')
  }
}

import { BackendError } from '../backend.ts'
import type { FenceDevice, NodeId } from '../model/index.ts'
import { agentCodes, callAgent, describeAgent } from './agent.ts'
import type { SecretFiles } from './agent.ts'

/** Whom to switch off, and by what. */
export interface Target {
  readonly node: NodeId
  readonly devices: readonly FenceDevice[]
  readonly files: SecretFiles
}

/** Switches a node off by the first of its devices that can, and says by which. Throws `BackendError` when none could. */
export async function fenceNode({ node, devices, files }: Target, signal: AbortSignal): Promise<string> {
  const troubles: string[] = []
  for (const device of devices) {
    signal.throwIfAborted()
    const trouble = await tryDevice(device, files, signal)
    if (trouble === null) return `${device.agent}: ${device.action}`
    troubles.push(`${device.agent}: ${trouble}`)
  }
  const why = devices.length === 0 ? 'the configuration names no way to do so' : troubles.join('; ')
  throw new BackendError(
    'FAILED',
    `${node} could not be fenced: ${why}`,
    `movip goes on trying; once you have seen that ${node} is off: movip fence ${node} --confirmed`,
  )
}

/**
 * null: the node is off. The agent's word is not enough where it can also tell how the node stands; and whatever became of the call, a node
 * that is off is off: a call that took too long may have landed.
 */
async function tryDevice(device: FenceDevice, files: SecretFiles, signal: AbortSignal): Promise<string | null> {
  const limited = (): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(device.timeoutMs)])
  const attempt = async (action: string): Promise<{ readonly code: number | null; readonly words: string }> => {
    const limit = limited()
    try {
      const { code, words } = await callAgent(device, action, files, limit)
      return code === null && limit.aborted ? { code, words: `${action} took longer than ${device.timeoutMs} ms` } : { code, words }
    } catch (error) {
      return { code: null, words: error instanceof Error ? error.message : String(error) }
    }
  }
  const acted = await attempt(device.action)
  if (signal.aborted) return 'the lease ended'
  const isDone = acted.code === agentCodes.ok
  if (isDone && (device.action === 'reboot' || !(await tellsStatus(device, limited())))) return null
  const { code, words } = await attempt('status')
  if (code === agentCodes.off) return null
  if (!isDone) return acted.words
  return code === agentCodes.ok ? `it says that it did, and that the node is still on` : `whether it is off is not known: ${words}`
}

async function tellsStatus(device: FenceDevice, signal: AbortSignal): Promise<boolean> {
  try {
    return (await describeAgent(device, signal)).actions.includes('status')
  } catch {
    // Who cannot even say what it can do is asked, and believed only with an answer.
    return true
  }
}

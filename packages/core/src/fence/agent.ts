import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { BackendError } from '../backend.ts'
import type { Finding } from '../backend.ts'
import { assertPrivate } from '../config/private.ts'
import { nearest } from '../config/nearest.ts'
import type { FenceDevice } from '../model/index.ts'
import { runProgram } from '../programs/run.ts'
import type { Outcome } from '../programs/run.ts'
import { parseMetadata } from '../service/ocf-metadata.ts'
import type { Metadata } from '../service/ocf-metadata.ts'

/** By name: the files of this machine that hold what agents must not be told in `cluster.yaml`. */
export type SecretFiles = Readonly<Record<string, string>>

/** Exit codes of the fence agent API. */
export const agentCodes = { ok: 0, off: 2 } as const

/** Where systems keep fence agents; a daemon's PATH may lack it. */
const agentFolder = '/usr/sbin'

/** Has an agent act. Its parameters go in by its standard input, so that no list of processes shows them. */
export async function callAgent(device: FenceDevice, action: string, files: SecretFiles, signal: AbortSignal): Promise<Outcome> {
  const secrets = await Promise.all(
    Object.entries(device.secrets).map(async ([key, name]) => [key, await readSecret(name, files)] as const),
  )
  const lines = [['action', action], ...Object.entries(device.options), ...secrets].map(([key, value]) => `${key}=${value}\n`)
  return runProgram({ argv: [programOf(device.agent)], input: lines.join(''), signal, life: 'tied' })
}

/** What an agent says of itself. Throws `BackendError`. */
export async function describeAgent({ agent }: Pick<FenceDevice, 'agent'>, signal: AbortSignal): Promise<Metadata> {
  const outcome = await runProgram({ argv: [programOf(agent), '-o', 'metadata'], signal, life: 'tied' })
  const metadata = parseMetadata(outcome.stdout)
  if (metadata !== null) return metadata
  throw new BackendError('FAILED', `${agent} does not describe itself: ${outcome.words}`, `run it by hand: ${agent} -o metadata`)
}

/** What would keep this node from using the device: an agent that is missing, parameters that it does not know, secrets that are not here. */
export async function judgeDevice(device: FenceDevice, files: SecretFiles, signal: AbortSignal): Promise<readonly Finding[]> {
  const { agent } = device
  try {
    const metadata = await describeAgent(device, signal)
    const found = [...judgeParameters(device, metadata), ...(await judgeSecrets(device, files))]
    if (found.length > 0 || !metadata.actions.includes('validate-all')) return found
    const outcome = await callAgent(device, 'validate-all', files, signal)
    if (outcome.code === agentCodes.ok) return []
    return [finding('FENCE_PARAMETER', `${agent} refuses its parameters: ${outcome.words}`, `correct them; by hand: ${agent} -o metadata`)]
  } catch (error) {
    if (!(error instanceof BackendError)) throw error
    const code = error.code === 'INVALID' ? 'FENCE_AGENT_MISSING' : 'FENCE_AGENT'
    return [finding(code, error.message, error.fix)]
  }
}

function judgeParameters({ agent, options, secrets }: FenceDevice, { parameters }: Metadata): readonly Finding[] {
  const known = parameters.map(({ name }) => name)
  const given = [...Object.keys(options), ...Object.keys(secrets)]
  const unknown = given.filter((name) => !known.includes(name))
  const missing = parameters.filter(
    ({ name, required, formerly }) =>
      required && name !== 'action' && !given.includes(name) && (formerly === undefined || !given.includes(formerly)),
  )
  return [
    ...unknown.map((name) => {
      const meant = nearest(name, known)
      return finding(
        'FENCE_PARAMETER',
        `${agent} has no parameter ${name}`,
        meant === null ? `use one of ${known.join(', ')}` : `write ${meant}`,
      )
    }),
    ...missing.map(({ name }) =>
      finding('FENCE_PARAMETER', `${agent} needs the parameter ${name}`, `add it under options: of the fence in cluster.yaml`),
    ),
  ]
}

async function judgeSecrets({ secrets }: FenceDevice, files: SecretFiles): Promise<readonly Finding[]> {
  const found = await Promise.all(
    Object.values(secrets).map(async (name) => {
      try {
        await readSecret(name, files)
        return []
      } catch (error) {
        if (!(error instanceof BackendError)) throw error
        return [finding('FENCE_SECRET', error.message, error.fix)]
      }
    }),
  )
  return found.flat()
}

/** The first line of the file that `node.yaml` has under that name, which nobody but its owner may read. */
async function readSecret(name: string, files: SecretFiles): Promise<string> {
  const file = files[name]
  if (file === undefined) {
    throw new BackendError(
      'NOT_FOUND',
      `node.yaml names no file for the secret ${name}`,
      `add it there: fence: { secrets: { ${name}: /etc/movip/${name} } }`,
    )
  }
  try {
    await assertPrivate(file)
    const handle = await open(file)
    try {
      return (await handle.readFile('utf8')).split(/\r?\n/, 1)[0] ?? ''
    } finally {
      await handle.close()
    }
  } catch (error) {
    const fix = error instanceof Error && 'fix' in error ? String(error.fix) : `make ${file} readable for the user that runs movip`
    throw new BackendError('DENIED', error instanceof Error ? error.message : String(error), fix, { cause: error })
  }
}

function programOf(agent: string): string {
  const usual = `${agentFolder}/${agent}`
  return existsSync(usual) ? usual : agent
}

function finding(code: string, message: string, fix: string): Finding {
  return { severity: 'error', code, message, fix }
}

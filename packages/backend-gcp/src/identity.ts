import { BackendError } from '@movip/core/backend'

/** What this machine is in the cloud. */
export interface Identity {
  readonly project: string
  readonly name: string
  readonly zone: string
  readonly region: string
  /** Of each network interface, the first one first. */
  readonly interfaces: readonly { readonly ip: string; readonly mac: string }[]
}

const ROOT = 'http://169.254.169.254/computeMetadata/v1/'
const TIMEOUT_MS = 1000

/** Asks the instance's metadata. Throws `BackendError` where it does not answer. Never called while a group moves. */
export async function readIdentity(): Promise<Identity> {
  try {
    const [project, name, place, list] = await Promise.all(
      ['project/project-id', 'instance/name', 'instance/zone', 'instance/network-interfaces/'].map(ask),
    )
    const zone = place?.split('/').at(-1) ?? ''
    const indices = (list ?? '').split('\n').flatMap((line) => (/^\d+\/$/.test(line) ? [line] : []))
    const interfaces = await Promise.all(indices.map(interfaceAt))
    return { project: project ?? '', name: name ?? '', zone, region: zone.replace(/-[a-z]$/, ''), interfaces }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new BackendError(
      'UNREACHABLE',
      `the instance metadata does not answer: ${why}`,
      'let this machine reach 169.254.169.254 directly, past every proxy',
      { cause },
    )
  }
}

async function ask(path: string): Promise<string> {
  const response = await fetch(ROOT + path, { headers: { 'Metadata-Flavor': 'Google' }, signal: AbortSignal.timeout(TIMEOUT_MS) })
  if (!response.ok) throw new Error(`it answers ${response.status} for ${path}`)
  return response.text()
}

async function interfaceAt(index: string): Promise<Identity['interfaces'][number]> {
  const at = `instance/network-interfaces/${index}`
  const [ip, mac] = await Promise.all([ask(`${at}ip`), ask(`${at}mac`)])
  return { ip, mac: mac.toLowerCase() }
}

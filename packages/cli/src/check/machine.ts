import { execFile } from 'node:child_process'
import { access, constants, readFile, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import type { Finding } from '@movip/core/backend'
import { assertPrivate, SecretError } from '@movip/core/config'
import type { NatsPlane, NodeConfig } from '@movip/core/config'
import { connectTime } from './network.ts'
import type { ClusterSpec } from './run-checks.ts'

const freeBytesMin = 64 * 1024 * 1024
const capabilities = { CAP_NET_ADMIN: 12n, CAP_NET_RAW: 13n, CAP_SYS_NICE: 23n } as const

/** Whether every secret file is there and closed to others. */
export async function checkSecrets(node: NodeConfig): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const file of secretFiles(node)) {
    try {
      await assertPrivate(file)
    } catch (error) {
      if (!(error instanceof SecretError)) throw error
      findings.push({ severity: 'error', code: error.code, message: error.message, fix: error.fix })
    }
  }
  return findings
}

function secretFiles({ nats, secrets }: NodeConfig): string[] {
  return [...new Set([...nats.flatMap(secretFilesOf), ...Object.values(secrets)])]
}

function secretFilesOf(plane: NatsPlane): string[] {
  const keys = plane.tls?.key === undefined ? [] : [plane.tls.key]
  if (plane.type === 'embedded') return [plane.secretFile, ...keys]
  switch (plane.auth.type) {
    case 'none':
      return keys
    case 'credentials':
      return [plane.auth.file, ...keys]
    case 'nkey':
      return [plane.auth.seedFile, ...keys]
    case 'password':
      return [plane.auth.passwordFile, ...keys]
  }
}

/** Whether the data folder can be used. It is read, not opened as a daemon does: that would begin a new life in it, or found a node. */
export async function checkData(node: NodeConfig, cluster: string | null, running: boolean): Promise<Finding[]> {
  if (running) return []
  const folder = node.data
  const existing = await nearestExisting(folder)
  const info = await stat(existing)
  if (!info.isDirectory()) {
    return [
      {
        severity: 'error',
        code: 'DATA_NOT_A_FOLDER',
        message: `${existing} is a file, not a folder`,
        fix: 'name another data folder in node.yaml',
      },
    ]
  }
  const writable = await access(existing, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  )
  if (!writable) {
    return [
      {
        severity: 'error',
        code: 'DATA_NOT_WRITABLE',
        message: `the data folder ${folder} cannot be written by this user`,
        fix: 'run the check as the user that runs movip (sudo), or change the owner of the folder',
      },
    ]
  }
  const space = await statfs(existing)
  if (space.bavail * space.bsize >= freeBytesMin) return cluster === null ? [] : refusedFolder(folder, { node: node.node, cluster })
  return [
    {
      severity: 'error',
      code: 'DATA_NO_SPACE',
      message: `less than 64 MiB are free for the data folder ${folder}`,
      fix: 'make room, or name a folder on another disk in node.yaml',
    },
  ]
}

async function refusedFolder(folder: string, owner: { readonly node: string; readonly cluster: string }): Promise<Finding[]> {
  const { inspectFolder } = await import('@movip/core')
  const refusal = await inspectFolder(folder, owner)
  return refusal === null ? [] : [{ severity: 'error', code: refusal.code, message: refusal.message, fix: refusal.fix }]
}

async function nearestExisting(folder: string): Promise<string> {
  const found = await access(folder).then(
    () => true,
    () => false,
  )
  return found || dirname(folder) === folder ? folder : nearestExisting(dirname(folder))
}

/** Whether the nats-server can be started, and those of your own answer, plane by plane. */
export async function checkNats({ nats }: NodeConfig, running: boolean): Promise<Finding[]> {
  const hasOwn = nats.some(({ type }) => type === 'embedded')
  const external = await Promise.all(nats.filter((plane) => plane.type === 'external').map((plane) => externalNats(plane, nats.length > 1)))
  return [...(hasOwn && !running ? await embeddedNats() : []), ...external.flat()]
}

/** Where there are other planes, a server that does not answer stops nothing. */
async function externalNats(plane: Extract<NatsPlane, { type: 'external' }>, isSpare: boolean): Promise<Finding[]> {
  const { tryExternalNats } = await import('@movip/core')
  const trouble = await tryExternalNats(plane)
  if (trouble === null) return silentServers(plane.servers)
  const severity = isSpare && trouble.code === 'NATS_UNREACHABLE' ? 'warning' : 'error'
  const where = isSpare ? `plane ${plane.name}: ` : ''
  return [{ severity, code: trouble.code, message: `${where}${trouble.message}`, fix: trouble.fix }]
}

/** One server that answers is enough; the others should all the same. */
async function silentServers(servers: readonly string[]): Promise<Finding[]> {
  const tried = await Promise.all(
    servers.map(async (server) => {
      const { hostname, port } = new URL(server)
      return { server, result: await connectTime(hostname.replace(/^\[|\]$/g, ''), Number(port || 4222)) }
    }),
  )
  return tried
    .filter(({ result }) => typeof result === 'string')
    .map(({ server, result }): Finding => ({
      severity: 'warning',
      code: 'NATS_UNREACHABLE',
      message: `${server} does not answer (${result})`,
      fix: 'correct nats.servers in node.yaml, start the server, or open the way to it',
    }))
}

async function embeddedNats(): Promise<Finding[]> {
  try {
    await promisify(execFile)('nats-server', ['--version'], { timeout: 5000 })
    return []
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    return [
      {
        severity: 'error',
        code: missing ? 'NATS_SERVER_MISSING' : 'NATS_SERVER_BROKEN',
        message: missing
          ? 'the program nats-server is not installed'
          : `nats-server --version failed: ${error instanceof Error ? error.message : String(error)}`,
        fix: 'install it, for example: apt-get install nats-server; or name servers of your own in node.yaml',
      },
    ]
  }
}

/** Whether this process has the rights that the daemon will need, if it is started by the same user. */
export async function checkRights(node: string, spec: ClusterSpec): Promise<Finding[]> {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(await readFile('/proc/self/status', 'utf8'))?.[1] ?? '0'
  const has = (bit: bigint): boolean => (BigInt(`0x${effective}`) & (1n << bit)) !== 0n
  const mine = spec.groups.filter((group) => group.nodes.includes(node))
  const movesAddresses = mine.some((group) => group.endpoints.some((endpoint) => endpoint.backend === 'arp'))
  const isWitness = spec.nodes.some((member) => member.id === node && member.witness)
  const findings: Finding[] = []
  for (const right of ['CAP_NET_ADMIN', 'CAP_NET_RAW'] as const) {
    if (!movesAddresses || has(capabilities[right])) continue
    findings.push({
      severity: 'error',
      code: 'RIGHT_MISSING',
      message: `without ${right} this user cannot move an address`,
      fix: `run movip as root, or with AmbientCapabilities=${right} in its systemd unit`,
    })
  }
  if (!has(capabilities.CAP_SYS_NICE)) {
    findings.push({
      severity: 'warning',
      code: 'RIGHT_MISSING',
      message: 'without CAP_SYS_NICE a busy machine can make the daemon late',
      fix: isWitness
        ? 'a witness works without it on a machine that is not busy; else run movip as root'
        : 'run movip as root, or with AmbientCapabilities=CAP_SYS_NICE in its systemd unit',
    })
  }
  return findings
}

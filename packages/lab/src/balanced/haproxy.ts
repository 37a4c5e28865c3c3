import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Host } from '../network/host.ts'
import { inHost } from '../network/host.ts'
import { pollUntil } from '../wait.ts'
import { HEALTH_PATH, HEALTH_PORT, SERVICE_PORT, TCP_HEALTH_PORT } from './ports.ts'

/** How HAProxy asks its servers, in its own words: `inter`, `rise`, `fall`. */
export interface Asking {
  readonly form: 'http' | 'tcp'
  readonly everyMs: number
  readonly rise: number
  readonly fall: number
}

export interface Haproxy {
  /** Which servers it takes for up. */
  up(): Promise<readonly string[]>
  stop(): void
}

/** Debian's HAProxy on a host of its own, in front of the service of all nodes. */
export async function startHaproxy(host: Host, nodes: readonly Host[], folder: string, asking: Asking): Promise<Haproxy> {
  const socket = join(folder, 'haproxy.sock')
  const file = join(folder, 'haproxy.cfg')
  writeFileSync(file, configuration(host, nodes, socket, asking))
  const { file: program, args } = inHost(host.namespace, 'haproxy', ['-db', '-f', file])
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text))
  const up = async (): Promise<readonly string[]> => {
    const lines = (await asked(socket, 'show stat -1 4 -1')).split('\n')
    const [names = [], ...rows] = lines.map((line) => line.replace(/^# /, '').split(','))
    const [name, status] = [names.indexOf('svname'), names.indexOf('status')]
    return rows.flatMap((row) => (row[status]?.startsWith('UP') === true ? [row[name] ?? ''] : []))
  }
  await pollUntil(() => {
    if (child.exitCode !== null) throw new Error(`HAProxy ended: ${complaint}`)
    return up().then(
      () => true,
      () => false,
    )
  }, 'HAProxy to answer')
  return { up, stop: () => void child.kill('SIGKILL') }
}

/** All of it as HAProxy has it by itself, but for what is asked. */
function configuration({ ipv4 }: Host, nodes: readonly Host[], socket: string, { form, everyMs, rise, fall }: Asking): string {
  const port = form === 'http' ? HEALTH_PORT : TCP_HEALTH_PORT
  return [
    'global',
    `  stats socket ${socket} level user`,
    'defaults',
    '  mode tcp',
    '  timeout connect 500ms',
    '  timeout client 1m',
    '  timeout server 1m',
    'frontend shop',
    `  bind ${ipv4}:${SERVICE_PORT}`,
    '  default_backend nodes',
    'backend nodes',
    ...(form === 'http' ? [`  option httpchk GET ${HEALTH_PATH}`, '  http-check expect status 200'] : []),
    `  default-server check port ${port} inter ${everyMs}ms rise ${rise} fall ${fall}`,
    ...nodes.map((node) => `  server ${node.name} ${node.ipv4}:${SERVICE_PORT}`),
    '',
  ].join('\n')
}

function asked(path: string, question: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(path, () => void socket.write(`${question}\n`))
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text))
    socket.on('error', reject).on('end', () => resolve(answer))
  })
}

/** PostgreSQL of the system on every node of the lab, run by the program of the example, and a client that writes through the VIP. */
import { spawn } from 'node:child_process'
import { chownSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { command } from '../command.ts'
import { LabError } from '../errors.ts'
import { killTree } from '../faults/processes.ts'
import type { Lab } from '../lab.ts'
import { inHost } from '../network/host.ts'

const BIN = '/usr/lib/postgresql/15/bin'
const PROGRAM = fileURLToPath(new URL('../../../../examples/postgresql/pg', import.meta.url))

export interface Postgres {
  /** As `cluster.yaml` has it. */
  readonly service: object
  readonly check: string
  /** kill -9 of everything that PostgreSQL is on a node. */
  kill(node: string): void
  /** Takes from the data of a node what it could be brought up again with. */
  wreck(node: string): void
  /** Asks the database of a node on its own socket; null: it does not answer. */
  ask(node: string, query: string): Promise<string | null>
  /** The same through the VIP, from the client's host. */
  askVip(query: string): Promise<string | null>
}

/** Makes the data of the first node. The others have none: they are to copy it. */
export async function createPostgres(lab: Lab): Promise<Postgres> {
  const { nodes, client, folder } = lab.network
  const base = join(folder.path, 'pg')
  const { uid, gid } = await ownerOf()
  for (const path of [base, ...nodes.map(({ name }) => join(base, name))]) {
    mkdirSync(path)
    chownSync(path, uid, gid)
  }
  const settings = join(base, 'pg.conf')
  const lines = [
    `PGBIN=${BIN}`,
    `PGDATA=${base}/$MOVIP_NODE/data`,
    `SOCKETS=${base}/$MOVIP_NODE`,
    `PGLOG=${base}/$MOVIP_NODE/log`,
    'PGPORT=5432',
    'PGUSER=postgres',
    'REPLICATION_USER=postgres',
    `ADDRESS=${lab.vips.ipv4}`,
    `NODES=${nodes.map(({ ipv4 }) => ipv4).join(',')}`,
  ]
  writeFileSync(settings, `${lines.join('\n')}\n`)
  const first = nodes[0]?.name ?? ''
  await makeData(
    join(base, first, 'data'),
    nodes.map(({ name }) => name),
    lab.vips.ipv4,
  )
  const act = (action: string): string[] => [PROGRAM, settings, action]
  return {
    service: {
      command: { start: act('start'), stop: act('stop'), check: act('status'), standby: act('standby') },
      every: '500ms',
      startTimeout: '90s',
      stopTimeout: '30s',
    },
    check: `data: { type: script, command: ${PROGRAM}, args: [${settings}, position], on: standby, every: 1s, timeout: 1s }`,
    kill(node) {
      const [pid] = readFileSync(join(base, node, 'data', 'postmaster.pid'), 'utf8').split('\n')
      killTree(Number(pid))
    },
    wreck: (node) => rmSync(join(base, node, 'data', 'pg_wal'), { recursive: true }),
    ask: (node, query) => ask(lab.network.host(node).namespace, join(base, node), query),
    askVip: (query) => ask(client.namespace, lab.vips.ipv4, query),
  }
}

/** null: no answer. */
function ask(namespace: string, host: string, query: string): Promise<string | null> {
  const { file, args } = inHost(namespace, 'timeout', ['5', `${BIN}/psql`, '-h', host, '-U', 'postgres', '-d', 'postgres', '-XAtqc', query])
  return command(file, args).then(
    (said) => said.trim(),
    () => null,
  )
}

async function ownerOf(): Promise<{ readonly uid: number; readonly gid: number }> {
  const said = await command('id', ['-u', 'postgres']).catch((cause: unknown) => {
    throw new LabError('TOOL_MISSING', 'There is no user postgres.', 'Install the package postgresql-15.', { cause })
  })
  return { uid: Number(said), gid: Number(await command('id', ['-g', 'postgres'])) }
}

/** A standby acknowledges every commit before the client hears of it: that is what the test is about. */
async function makeData(data: string, names: readonly string[], vip: string): Promise<void> {
  const asOwner = ['--reuid', 'postgres', '--regid', 'postgres', '--init-groups']
  await command('setpriv', [...asOwner, `${BIN}/initdb`, '-D', data, '--auth=trust', '--no-sync', '--locale=C', '-E', 'UTF8'])
  const subnet = vip.replace(/\d+$/, '0/24')
  writeFileSync(join(data, 'pg_hba.conf'), `local all all trust\nhost all all ${subnet} trust\nhost replication all ${subnet} trust\n`)
  const lines = [
    "listen_addresses = '*'",
    'wal_log_hints = on',
    'wal_keep_size = 256MB',
    'shared_buffers = 16MB',
    // The lab kills processes, never the kernel that has what they wrote.
    'fsync = off',
    `synchronous_standby_names = 'ANY 1 (${names.join(', ')})'`,
  ]
  writeFileSync(join(data, 'postgresql.conf'), `${readFileSync(join(data, 'postgresql.conf'), 'utf8')}\n${lines.join('\n')}\n`)
  if (statSync(data).uid === 0) throw new LabError('COMMAND_FAILED', `${data} belongs to root.`, 'initdb did not run as postgres.')
}

/** Writes one row after the other through the VIP, each in a connection of its own, and notes those that were acknowledged. */
export interface Writer {
  /** So far. */
  acknowledged(): readonly number[]
  stop(): Promise<void>
}

export function startWriter(lab: Lab): Writer {
  const acknowledged: number[] = []
  const insert = `timeout 5 ${BIN}/psql -h ${lab.vips.ipv4} -U postgres -d postgres -Xqc "insert into rows values ($i)"`
  const loop = `export PGCONNECT_TIMEOUT=2; i=0; while :; do i=$((i+1)); if ${insert} 2>/dev/null; then echo $i; else sleep 0.1; fi; done`
  const { file, args } = inHost(lab.network.client.namespace, 'sh', ['-c', loop])
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    acknowledged.push(...lines.map(Number))
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  return {
    acknowledged: () => [...acknowledged],
    async stop() {
      if (child.pid !== undefined) killTree(child.pid)
      await ended
    },
  }
}

import { execFileSync } from 'node:child_process'
import { appendFileSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Control } from './control.ts'
import { ocfControl } from './ocf.ts'

// Agents of the system that run real services, unmodified. They change to other users, and so need root.

const never = new AbortController().signal
const times = { startMs: 120_000, stopMs: 120_000 }
/** Programs start slowly on a busy machine. */
const SLOW = 180_000

let folder = ''
let control: Control | undefined
beforeEach(() => {
  // Not below the folder for temporary files, which may be closed to other users.
  folder = mkdtempSync('/run/movip-agents-')
  execFileSync('chmod', ['755', folder])
})
afterEach(async () => {
  await control?.stop(never).catch(() => undefined)
  control = undefined
  rmSync(folder, { recursive: true, force: true })
}, SLOW)

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

function agent(name: string, parameters: Readonly<Record<string, string>>): Control {
  control = ocfControl('web-service', { agent: name, parameters, promote: false }, times, {})
  return control
}

const pidIn = (file: string): number => Number(readFileSync(join(folder, file), 'utf8').split('\n')[0])

/** Starts it, ends it by force, starts and stops it once more; tells what was seen after each step. */
async function liveThrough(service: Control, pidFile: string, answer: () => string): Promise<readonly string[]> {
  const seen: string[] = []
  const look = async (): Promise<void> => {
    const { state } = await service.standing(never)
    seen.push(state === 'running' ? answer() : state)
  }
  await look()
  await service.start(never)
  await look()
  await service.start(never)
  process.kill(pidIn(pidFile), 'SIGKILL')
  await vi.waitUntil(async () => (await service.standing(never)).state !== 'running', { timeout: SLOW })
  await service.stop(never)
  await service.start(never)
  await look()
  await service.stop(never)
  await service.stop(never)
  await look()
  return seen
}
const LIFE = ['stopped', 'served', 'served', 'stopped']

describe('the agent apache of the system, unmodified', () => {
  it('starts a real web server, sees that it serves and that it has died, and stops it', { timeout: SLOW }, async () => {
    const port = await freePort()
    const modules = '/usr/lib/apache2/modules'
    const lines = [
      `ServerRoot ${folder}`,
      'ServerName localhost',
      `PidFile ${folder}/pid`,
      `ErrorLog ${folder}/errors`,
      `Listen 127.0.0.1:${port}`,
      'User www-data',
      'Group www-data',
      ...['mpm_event', 'authz_core', 'status'].map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`),
      `DocumentRoot ${folder}/pages`,
      '<Location /server-status>',
      'SetHandler server-status',
      '</Location>',
    ]
    mkdirSync(join(folder, 'pages'))
    writeFileSync(join(folder, 'pages', 'index.html'), 'served')
    writeFileSync(join(folder, 'httpd.conf'), `${lines.join('\n')}\n`)
    const parameters = {
      httpd: '/usr/sbin/apache2',
      configfile: join(folder, 'httpd.conf'),
      statusurl: `http://127.0.0.1:${port}/server-status`,
    }
    const service = agent('heartbeat:apache', parameters)
    const seen = await liveThrough(service, 'pid', () =>
      execFileSync('wget', ['-qO-', `http://127.0.0.1:${port}/index.html`], { encoding: 'utf8' }),
    )
    expect(await service.preflight(never)).toEqual([])
    expect(seen).toEqual(LIFE)
  })
})

describe('the agent pgsql of the system, unmodified', () => {
  it('starts a real database, sees that it answers and that it has died, and stops it', { timeout: SLOW }, async () => {
    const port = String(await freePort())
    const bin = '/usr/lib/postgresql/15/bin'
    const pgdata = join(folder, 'data')
    const [uid, gid] = ['-u', '-g'].map((option) => Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' })))
    for (const path of [join(folder, 'sockets'), pgdata]) {
      mkdirSync(path, { mode: 0o700 })
      chownSync(path, uid ?? 0, gid ?? 0)
    }
    const asOwner = ['--reuid', 'postgres', '--regid', 'postgres', '--init-groups']
    execFileSync('setpriv', [...asOwner, `${bin}/initdb`, '-D', pgdata, '--auth=trust', '--no-sync', '--locale=C'], { cwd: '/' })
    appendFileSync(join(pgdata, 'postgresql.conf'), `unix_socket_directories = '${folder}/sockets'\n`)
    const parameters = {
      pgctl: `${bin}/pg_ctl`,
      psql: '/usr/bin/psql',
      pgdata,
      pgport: port,
      socketdir: join(folder, 'sockets'),
      logfile: join(folder, 'sockets', 'log'),
    }
    const service = agent('heartbeat:pgsql', parameters)
    const seen = await liveThrough(service, 'data/postmaster.pid', () =>
      execFileSync(
        'setpriv',
        [...asOwner, '/usr/bin/psql', '-h', join(folder, 'sockets'), '-p', port, '-d', 'postgres', '-Atc', "select 'served'"],
        {
          encoding: 'utf8',
          cwd: '/',
        },
      ).trim(),
    )
    expect(await service.preflight(never)).toEqual([])
    expect(seen).toEqual(LIFE)
  })
})

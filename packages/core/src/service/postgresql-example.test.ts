import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const program = fileURLToPath(new URL('../../../../examples/postgresql/pg', import.meta.url))

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'movip-pg-'))
  mkdirSync(join(folder, 'bin'))
  mkdirSync(join(folder, 'data'))
  const settings = { PGBIN: join(folder, 'bin'), PGDATA: join(folder, 'data'), PGLOG: join(folder, 'log'), SOCKETS: folder, PGPORT: '1' }
  const lines = Object.entries({ ...settings, PGUSER: userInfo().username, ADDRESS: '127.0.0.1', NODES: '127.0.0.1' })
  writeFileSync(join(folder, 'pg.conf'), lines.map(([key, value]) => `${key}=${value}\n`).join(''))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function exitOf(action: string): Promise<number | string | null | undefined> {
  const env = { PATH: process.env['PATH'], MOVIP_NODE: 'a' }
  return new Promise((resolve) =>
    execFile('sh', [program, join(folder, 'pg.conf'), action], { env }, (error) => resolve(error ? error.code : 0)),
  )
}

/** PostgreSQL has begun, or died, with this data. */
function leaveItsPid(): void {
  writeFileSync(join(folder, 'data', 'postmaster.pid'), '1\n')
}

function pgCtlEndsWith(code: number): void {
  writeFileSync(join(folder, 'bin', 'pg_ctl'), `#!/bin/sh\nexit ${code}\n`, { mode: 0o755 })
}

describe('the example for PostgreSQL', () => {
  it('is down where there is no data, or none that is in use, also without the programs of PostgreSQL', async () => {
    expect([await exitOf('status'), await exitOf('stop')]).toEqual([3, 0])
    rmSync(join(folder, 'data'), { recursive: true })
    expect([await exitOf('status'), await exitOf('stop')]).toEqual([3, 0])
  })

  it('is down where PostgreSQL itself says so', async () => {
    leaveItsPid()
    pgCtlEndsWith(3)
    expect([await exitOf('status'), await exitOf('stop')]).toEqual([3, 0])
  })

  it.each([1, 4, 126])('is neither down nor stopped where nobody can tell: pg_ctl ends with %i', async (code) => {
    leaveItsPid()
    pgCtlEndsWith(code)
    expect([await exitOf('status'), await exitOf('stop')]).toEqual([4, 4])
  })

  it('is neither down nor stopped where there is no pg_ctl to ask', async () => {
    leaveItsPid()
    expect([await exitOf('status'), await exitOf('stop')]).toEqual([4, 4])
  })
})

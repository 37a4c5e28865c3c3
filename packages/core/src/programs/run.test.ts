import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { processOf } from './process-table.ts'
import { runProgram } from './run.ts'

const never = new AbortController().signal

afterEach(() => void vi.unstubAllEnvs())

describe('a program that is run', () => {
  it('is told of the daemon’s environment only what every program needs, and what is meant for it', async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'nobody’s business')
    vi.stubEnv('TZ', 'Europe/Paris')
    const { stdout } = await runProgram({ argv: ['env'], signal: never, env: { MOVIP_GROUP: 'web' } })
    const names = stdout.split('\n').map((line) => line.split('=')[0])
    expect(names).toEqual(expect.arrayContaining(['PATH', 'TZ', 'MOVIP_GROUP']))
    expect(names).not.toContain('AWS_SECRET_ACCESS_KEY')
  })

  it('is ended with all that it started at the abort', async () => {
    const giveUp = new AbortController()
    const pids: number[] = []
    const script = 'sleep 600 & echo $!; wait'
    const run = runProgram({ argv: ['sh', '-c', `${script} # ${process.pid}`], signal: giveUp.signal })
    await vi.waitFor(() => expect(childrenNamed('sleep', pids)).not.toHaveLength(0))
    giveUp.abort()
    expect(await run).toMatchObject({ code: null, signal: 'SIGKILL' })
    await vi.waitFor(async () => expect(await Promise.all(pids.map(processOf))).toEqual(pids.map(() => null)))
  })

  it('is heard in its own words: the first of its answer, the last of its complaints', async () => {
    const argv = ['sh', '-c', 'echo answer; echo first >&2; echo last >&2; exit 5']
    expect(await runProgram({ argv, signal: never })).toEqual({ code: 5, signal: null, stdout: 'answer\n', words: 'last' })
  })

  it('that is not there, or may not be run, is told apart from one that failed', async () => {
    await expect(runProgram({ argv: ['/no/such/program'], signal: never })).rejects.toThrow('there is no /no/such/program on this machine')
    await expect(runProgram({ argv: ['/etc'], signal: never })).rejects.toThrow('/etc cannot be run: Permission denied')
    expect(await runProgram({ argv: ['sh', '-c', 'exit 127'], signal: never })).toMatchObject({ code: 127 })
  })

  it('that leaves a service behind has ended when it ends, though its output stays open', async () => {
    const { stdout } = await runProgram({ argv: ['sh', '-c', 'sleep 600 & echo $!'], signal: never, life: 'leaves' })
    const pid = Number(stdout)
    try {
      await vi.waitFor(async () => expect(await processOf(pid)).toMatchObject({ name: 'sleep' }))
    } finally {
      process.kill(pid, 'SIGKILL')
    }
  })
})

/** The descendants of this process that have that name, added to those known. */
function childrenNamed(name: string, known: number[], of = process.pid): readonly number[] {
  for (const child of readFileSync(`/proc/${of}/task/${of}/children`, 'utf8').split(' ').filter(Boolean).map(Number)) {
    if (readFileSync(`/proc/${child}/comm`, 'utf8').trim() === name && !known.includes(child)) known.push(child)
    childrenNamed(name, known, child)
  }
  return known
}

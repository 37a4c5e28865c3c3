import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const script = `
import { claimScheduling } from ${JSON.stringify(fileURLToPath(new URL('./scheduling.ts', import.meta.url)))}
process.stdout.write(JSON.stringify(claimScheduling()) + '\\n')
setInterval(() => undefined, 1000)
`

async function started(
  command: string,
  args: readonly string[],
): Promise<{ said: { policy: string; why: string }; pid: number; end(): void }> {
  const child = spawn(command, [...args, process.execPath, '--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    said: JSON.parse(line.toString()) as { policy: string; why: string },
    pid: child.pid ?? -1,
    end: () => void child.kill('SIGKILL'),
  }
}

it('puts every thread of the process under SCHED_RR and says so', async () => {
  const { said, pid, end } = await started('nice', ['-n', '0'])
  try {
    const threads = execFileSync('chrt', ['--all-tasks', '--pid', String(pid)], { encoding: 'utf8' })
    expect(said, 'this test needs the right to use SCHED_RR (CAP_SYS_NICE)').toMatchObject({ policy: 'rr' })
    const policies = threads.split('\n').filter((line) => line.includes('scheduling policy'))
    expect(policies.length).toBeGreaterThan(3)
    expect(policies.every((line) => line.endsWith('SCHED_RR'))).toBe(true)
  } finally {
    end()
  }
})

it('runs on as it is, and says why, where neither SCHED_RR nor a better niceness is permitted', async () => {
  const { said, end } = await started('setpriv', ['--reuid=65534', '--clear-groups', '--bounding-set=-all', '--inh-caps=-all'])
  end()
  expect(said.policy).toBe('normal')
  expect(said.why).toMatch(/SCHED_RR was refused: .+; nice was refused: .+/)
})

import { spawn } from 'node:child_process'
import { getPriority } from 'node:os'

/** How a program ended. */
export interface ProgramEnd {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** What a program says beyond this is not kept. */
const outputMax = 64 * 1024
/** A program that has ended may have left its output open to others. */
const outputMs = 100

/**
 * Runs a program in a process group of its own, which is killed as a whole by the signal. It ends with this process, even after kill -9,
 * and has none of its urgency: a check must not compete with beats. Throws where it cannot be run.
 */
export async function runProgram(
  command: readonly string[],
  { signal, env }: { readonly signal: AbortSignal; readonly env?: Readonly<Record<string, string>> },
): Promise<ProgramEnd> {
  signal.throwIfAborted()
  const priority = getPriority()
  const ordinary = ['--pdeathsig', 'KILL', 'chrt', '--other', '0', ...(priority < 0 ? ['nice', '-n', String(-priority)] : [])]
  const child = spawn('setpriv', [...ordinary, ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, LC_ALL: 'C', ...env },
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', (error) => reject(new Error(`setpriv (util-linux) cannot be run: ${error.message}`)))
    child.once('close', resolve)
    child.once('exit', () => void setTimeout(() => [child.stdout, child.stderr].forEach((stream) => stream.destroy()), outputMs).unref())
  })
  // Where the system has not even pipes to give, what comes next throws before anybody waits for this.
  ended.catch(() => undefined)
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] = (said[name] + text).slice(0, outputMax)
    })
    child[name].on('error', () => undefined)
  }
  const kill = (): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) killGroup(child.pid)
  }
  signal.addEventListener('abort', kill, { once: true })
  try {
    const code = await ended
    refuseUnrunnable(command[0] ?? '', code, said.stderr)
    return { code, ...said }
  } finally {
    signal.removeEventListener('abort', kill)
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Whoever was to put the program in its own place says that it could not. */
function refuseUnrunnable(program: string, code: number | null, stderr: string): void {
  const [, why] = /^(?:chrt|nice): (?:failed to execute )?[^:]*: (.+)$/m.exec(stderr) ?? []
  if ((code !== 126 && code !== 127) || why === undefined) return
  const isMissing = why.startsWith('No such file')
  throw new Error(isMissing ? `there is no ${program} on this machine` : `${program} cannot be run: ${why}`)
}

/** Starting a measuring process and hearing its lines. */
import { spawn, spawnSync } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LabError } from '../errors.ts'
import { inHost } from '../network/host.ts'

export interface ProbeOptions {
  /** Namespace to start in. */
  readonly namespace: string
  /** The module beside this one, without its ending. */
  readonly module: string
  readonly argument: unknown
  /** It measures, and so comes before everything else; if absent. */
  readonly isPunctual?: boolean
  readonly onLine: (line: readonly unknown[]) => void
}

export interface Probe {
  /** Rejects when the process ends unasked: a measurement that stops half-way must not pass for a good one. */
  readonly broken: Promise<never>
  /** Gives it a line, where it listens. */
  tell(line: unknown): void
  stop(): void
}

/** Measuring comes before everything else on the machine, also before the daemons measured (SCHED_RR 10). */
const PRIORITY = '20'

/** Resolves when the process says that it is ready. */
export function startProbe(options: ProbeOptions): Promise<Probe> {
  const module = fileURLToPath(new URL(`./${options.module}${extname(import.meta.url)}`, import.meta.url))
  const [chrt, ...priority] = options.isPunctual === false ? [] : punctual()
  const node = [module, JSON.stringify(options.argument)]
  const { file, args } =
    chrt === undefined
      ? inHost(options.namespace, process.execPath, node)
      : inHost(options.namespace, chrt, [...priority, process.execPath, ...node])
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  let state: 'starting' | 'ready' | 'stopped' = 'starting'
  let complaint = ''
  child.stdin.on('error', () => {})
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text))
  const broken = Promise.withResolvers<never>()
  return new Promise((resolve, reject) => {
    const probe: Probe = {
      broken: broken.promise,
      tell: (line) => void child.stdin.write(`${JSON.stringify(line)}\n`),
      stop() {
        state = 'stopped'
        child.kill('SIGKILL')
      },
    }
    child.on('error', reject)
    child.on('close', () => {
      const ended = new LabError(
        'CHILD_ENDED',
        `The lab's ${options.module} ended: ${reasonIn(complaint)}`,
        'Without it nothing can be measured.',
      )
      if (state === 'starting') reject(ended)
      // A kill is the lab being taken down.
      else if (state === 'ready' && child.signalCode === null) broken.reject(ended)
    })
    let rest = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const parsed = JSON.parse(line) as readonly unknown[]
        if (parsed[0] !== 'ready') options.onLine(parsed)
        else {
          state = 'ready'
          resolve(probe)
        }
      }
    })
  })
}

/** What a process that failed said of the reason, without the stack. */
function reasonIn(complaint: string): string {
  return /^\w*Error\b.*$/m.exec(complaint)?.[0] ?? complaint.trim()
}

let realtime: readonly string[] | null = null
/** SCHED_RR where it is permitted, else as it is. */
function punctual(): readonly string[] {
  realtime ??= spawnSync('chrt', ['--rr', PRIORITY, 'true']).status === 0 ? ['chrt', '--rr', PRIORITY] : []
  return realtime
}

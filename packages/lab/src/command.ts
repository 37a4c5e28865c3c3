/** Running the system's programs and turning their failures into typed errors. */
import { spawn, spawnSync } from 'node:child_process'
import { LabError, namespacesNotPermitted } from './errors.ts'

/** Runs a program to its end and returns what it printed. */
export function command(program: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'pipe' })
    let out = ''
    let err = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
    child.on('error', (cause) => reject(missing(program, cause)))
    child.on('close', (status) => (status === 0 ? resolve(out) : reject(failed(program, args, input, err || out))))
    // A program that ends without reading its input is judged by its exit status, not by the broken pipe.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}

/** The same, blocking: for clean-up, which must also work while the process is ending. */
export function commandSync(program: string, args: readonly string[], input = ''): { readonly ok: boolean; readonly output: string } {
  const result = spawnSync(program, args, { input, encoding: 'utf8', timeout: 10_000 })
  return { ok: result.status === 0, output: `${result.stdout ?? ''}${result.stderr ?? ''}` }
}

function missing(program: string, cause: Error): LabError {
  return new LabError(
    'TOOL_MISSING',
    `The lab needs the program ${program}: ${cause.message}`,
    `Install the package that brings ${program}.`,
    { cause },
  )
}

function failed(program: string, args: readonly string[], input: string, output: string): LabError {
  if (/Operation not permitted|Permission denied/.test(output)) {
    if (program === 'ip') return namespacesNotPermitted(output.trim())
    return new LabError('NOT_PERMITTED', `${program} is not permitted: ${output.trim()}`, 'Run it as root.')
  }
  const shown = [program, ...args].join(' ') + (input === '' ? '' : `\n${input}`)
  return new LabError('COMMAND_FAILED', `${program} failed: ${output.trim()}`, `The command was: ${shown}`)
}

/** Reads what `strace -f -ttt -yy -o file` wrote: system calls in the order in which they began and returned. */
import { LabError } from '../errors.ts'

export interface SystemCall {
  readonly name: string
  /** The descriptor with what it stands for, such as `19</data/log.mdb>`. Empty where the first argument is none. */
  readonly descriptor: string
  /** As strace writes them. */
  readonly args: string
  /** Set once it has returned; null while it has not, and for ever if it was killed. */
  result: number | null
}
export interface CallEvent {
  readonly type: 'begin' | 'end'
  readonly call: SystemCall
  /** Number of the line, from 1. */
  readonly line: number
}

const whole = /^(\d+)\s+[\d.]+ (\w+)\((.*)\)\s+= (-?\d+|\?)/s
const unfinished = /^(\d+)\s+[\d.]+ (\w+)\((.*) <unfinished \.\.\.>$/s
const resumed = /^(\d+)\s+[\d.]+ <\.\.\. (\w+) resumed>(?:.*)= (-?\d+|\?)/s

/** Both ends of every call. A call that strace has on one line was not interleaved with any other. */
export function eventsOf(trace: string): readonly CallEvent[] {
  const open = new Map<string, SystemCall>()
  return trace.split('\n').flatMap((text, at): readonly CallEvent[] => {
    const line = at + 1
    const [, , name = '', args = '', result] = whole.exec(text) ?? []
    if (result !== undefined && !text.includes(' resumed>')) {
      const call = callOf(name, args, result)
      return [
        { type: 'begin', call, line },
        { type: 'end', call, line },
      ]
    }
    const [, begunBy = '', begun, begunArgs = ''] = unfinished.exec(text) ?? []
    if (begun !== undefined) {
      const call = callOf(begun, begunArgs, '?')
      open.set(begunBy, call)
      return [{ type: 'begin', call, line }]
    }
    const [, endedBy = '', ended, outcome = '?'] = resumed.exec(text) ?? []
    const call = open.get(endedBy)
    if (ended === undefined || call === undefined) return []
    open.delete(endedBy)
    call.result = numberOf(outcome)
    return [{ type: 'end', call, line }]
  })
}

function callOf(name: string, args: string, result: string): SystemCall {
  return { name, descriptor: /^\d+<[^>]*(?:->[^>]*)?>/.exec(args)?.[0] ?? '', args, result: numberOf(result) }
}

function numberOf(text: string): number | null {
  return text === '?' ? null : Number(text)
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', v: '\v', f: '\f' }

/** The bytes of all buffers that were given to a call, one character a byte. Throws where strace has cut one short. */
export function bytesGiven({ args, descriptor }: SystemCall): string {
  const buffers = args.slice(descriptor.length).matchAll(/"((?:[^"\\]|\\.)*)"(\.\.\.)?/gs)
  return [...buffers]
    .map(([, text = '', cut]) => {
      if (cut !== undefined) throw new LabError('EVIDENCE_LOST', 'strace has cut a buffer short.', 'Give it a larger -s.')
      return text.replaceAll(/\\([0-7]{1,3}|.)/gs, (_, code: string) =>
        /^[0-7]/.test(code) ? String.fromCodePoint(Number.parseInt(code, 8)) : (escapes[code] ?? code),
      )
    })
    .join('')
}

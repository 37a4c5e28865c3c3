import { z } from 'zod'
import { longDuration } from '../../config/fields.ts'
import { judge } from '../../judge.ts'
import { runProgram } from '../../programs/run.ts'
import { bad, defineKind } from '../kind.ts'
import type { Probe, ProbeContext, ProbeResult } from '../kind.ts'
import { absolutePath, bytesOf, formatBytes } from '../options.ts'

const lagForm = 'expected a duration such as 10s, or a size such as 16MiB'
const schema = z.strictObject({
  command: absolutePath.describe('The program, with its whole path'),
  args: z.array(z.string()).optional().describe('Its arguments'),
  maxLag: z
    .string({ error: lagForm })
    .refine((text) => lagMsOf(text) !== null || bytesOf(text) !== null, { error: lagForm })
    .optional()
    .describe('How far the data may be behind, as the program tells it'),
})

type Options = z.infer<typeof schema>

/** What a program may say on its standard output. More is not understood, so that a misspelt word is noticed. */
const answerSchema = z.strictObject({
  status: z.enum(['ok', 'fail']),
  reason: z.string().max(500).optional(),
  current: z.boolean().optional(),
  position: z.union([z.number(), z.string().min(1).max(100)]).optional(),
  lagMs: z.number().nonnegative().optional(),
  lagBytes: z.number().nonnegative().optional(),
})

type Answer = z.infer<typeof answerSchema>

const NOT_CURRENT = 'its data is not marked current'

/** Runs a program of the operator's: its exit code decides, or what it says as JSON. */
export const scriptCheck = defineKind({ schema, means: 'program', probe: scriptProbe })

function scriptProbe(options: Options, { node, group }: ProbeContext): Probe {
  return async (signal) => {
    const { code, stdout, words } = await runProgram({
      argv: [options.command, ...(options.args ?? [])],
      signal,
      env: { MOVIP_NODE: node, MOVIP_GROUP: group },
      life: 'tied',
    })
    const said = stdout.trim()
    if (code !== 0) return bad(reasonIn(said) ?? firstLine(said) ?? words)
    if (said.startsWith('{')) return judged(said, options.maxLag)
    if (options.maxLag !== undefined) return bad('it tells no lag: with maxLag it must say JSON with lagMs or lagBytes')
    return { ok: true, reason: firstLine(said) }
  }
}

function judged(said: string, maxLag: string | undefined): ProbeResult {
  const answer = answerIn(said)
  if (typeof answer === 'string') return bad(answer)
  const { status, reason = null, position, lagMs, lagBytes } = answer
  const data = {
    ...(position === undefined ? {} : { position }),
    ...(lagMs === undefined ? {} : { lagMs }),
    ...(lagBytes === undefined ? {} : { lagBytes }),
  }
  if (status === 'fail') return { ...data, ok: false, reason: reason ?? 'it says fail' }
  if (answer.current === false) return { ...data, ok: false, reason: reason === null ? NOT_CURRENT : `${NOT_CURRENT}: ${reason}` }
  const stale = maxLag === undefined ? null : staleReason(answer, maxLag)
  return stale === null ? { ...data, ok: true, reason } : { ...data, ok: false, reason: stale }
}

/** Why data is too far behind, or not known to be near; null: it is near enough. */
function staleReason({ lagMs, lagBytes }: Answer, maxLag: string): string | null {
  const limitMs = lagMsOf(maxLag)
  const [lag, limit, word] = limitMs === null ? [lagBytes, bytesOf(maxLag) ?? 0, 'lagBytes'] : [lagMs, limitMs, 'lagMs']
  if (lag === undefined) return `it tells no ${word}, and its data may be behind by ${maxLag} at most`
  return lag <= limit ? null : `its data is ${limitMs === null ? formatBytes(lag) : `${lag} ms`} behind, more than ${maxLag}`
}

function lagMsOf(text: string): number | null {
  const parsed = longDuration.safeParse(text)
  return parsed.success ? parsed.data : null
}

function answerIn(said: string): Answer | string {
  try {
    const parsed = judge(answerSchema, JSON.parse(said))
    return parsed?.success === true
      ? parsed.data
      : `its JSON is not understood: ${firstLine(parsed === null ? '' : z.prettifyError(parsed.error)) ?? ''}`
  } catch {
    return 'what it says begins like JSON and is none'
  }
}

function reasonIn(said: string): string | null {
  const answer = said.startsWith('{') ? answerIn(said) : null
  return answer === null || typeof answer === 'string' ? null : (answer.reason ?? null)
}

function firstLine(text: string): string | null {
  return text.trim().split('\n')[0]?.slice(0, 200) || null
}

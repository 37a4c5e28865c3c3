import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** A process of this machine that is told from any later one of the same id. */
const namedProcess = z.strictObject({ pid: z.int().positive(), startedAt: z.string() })
export type NamedProcess = z.infer<typeof namedProcess>

/** What the environment tells a program that is to take over from a daemon which runs. */
export const invitationSchema = z.strictObject({
  /** Known to the two of them alone. */
  word: z.string().min(32),
  /** Who is to be asked; or, where it has become another program meanwhile, whose place is being kept. */
  of: namedProcess,
  /** A copy of the data folder, on which it rehearses first. Absent: another process of the same program has done so. */
  copy: z.string().optional(),
})
export type Invitation = z.infer<typeof invitationSchema>

const variable = 'MOVIP_TAKE_OVER'

export function withInvitation(invitation: Invitation, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, [variable]: JSON.stringify(invitation) }
}

/** Takes the invitation out of the environment, which children inherit. null: this is a start like any other. */
export function takeInvitation(env: NodeJS.ProcessEnv): Invitation | null {
  const text = env[variable]
  if (text === undefined) return null
  delete env[variable]
  try {
    return invitationSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}

/** How the kernel tells this process from any other; an exec changes nothing of that. */
export function thisProcess(): NamedProcess {
  return { pid: process.pid, startedAt: startOf(process.pid) ?? '' }
}

export function isAlive({ pid, startedAt }: NamedProcess): boolean {
  return startOf(pid) === startedAt
}

/** null: there is no such process, or only what is left of it until its parent looks. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // Its name stands in brackets, and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null)
  } catch {
    return null
  }
}

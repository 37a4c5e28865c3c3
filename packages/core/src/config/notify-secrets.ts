import { z } from 'zod'
import { name } from './fields.ts'
import type { ConfigProblem } from './problem.ts'
import type { Source } from './source.ts'
import type { NodeConfig, NotifySecrets } from './types.ts'

const file = z
  .string({ error: 'expected a path' })
  .min(1, { error: 'expected a path' })
  .refine((text) => !text.includes('\0'), { error: 'expected a path' })

/** What `node.yaml` says of the targets of notifications. */
export const notifySecretsSchema = z.record(
  name,
  z.strictObject({
    secretFile: file.optional().describe('File with the secret that signs messages to a webhook'),
    urlFile: file.optional().describe('File with the URL of a webhook, where that is a secret itself'),
    user: z.string().min(1).optional().describe('Who signs in to the mail server'),
    passwordFile: file.optional().describe('File with the password'),
  }),
)

/** The same with absolute paths; nothing where there is nothing. */
export function notifySecretsOf(
  entries: z.infer<typeof notifySecretsSchema> | undefined,
  absolute: (path: string) => string,
): Pick<NodeConfig, 'notify'> {
  if (entries === undefined) return {}
  const secrets = Object.entries(entries).map(([target, { secretFile, urlFile, user, passwordFile }]): [string, NotifySecrets] => [
    target,
    {
      ...(secretFile === undefined ? {} : { secretFile: absolute(secretFile) }),
      ...(urlFile === undefined ? {} : { urlFile: absolute(urlFile) }),
      ...(user === undefined ? {} : { user }),
      ...(passwordFile === undefined ? {} : { passwordFile: absolute(passwordFile) }),
    },
  ])
  return { notify: Object.fromEntries(secrets) }
}

/** User and password belong together. */
export function notifySecretsProblems(source: Source): ConfigProblem[] {
  const notify = source.valueAt(['notify'])
  if (typeof notify !== 'object' || notify === null || Array.isArray(notify)) return []
  return Object.keys(notify).flatMap((target) => {
    const has = (key: string): boolean => source.valueAt(['notify', target, key]) !== undefined
    if (has('user') === has('passwordFile')) return []
    const [present, absent] = has('user') ? ['user', 'passwordFile'] : ['passwordFile', 'user']
    const about = { expected: `${absent} beside it`, message: `${present} without ${absent}`, fix: `add ${absent}` }
    return [source.problem(['notify', target, present], 'key', about)]
  })
}

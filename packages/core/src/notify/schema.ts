import { z } from 'zod'
import { absolutePath } from '../checks/options.ts'
import { durationFrom, name, parseHostPort } from '../config/fields.ts'
import type { NotifyTarget, NotifyVia } from '../model/index.ts'
import { notifyMoments } from './spec-schema.ts'

const urlForm = 'expected a URL such as https://hooks.example.net/movip, without user and password'
const serverForm = 'expected a server such as smtp.example.net or 10.0.0.25:587'
const mailForm = 'expected an address such as ops@example.net'
const mailAddress = z.string({ error: mailForm }).regex(/^[^\s@<>,;"]{1,64}@[^\s@<>,;"]{1,255}$/, { error: mailForm })
const ca = absolutePath.optional().describe('File with the certificates of the authorities that are trusted instead')

const webhook = z.strictObject({
  url: z
    .string({ error: urlForm })
    .max(2048)
    .refine(isPlainUrl, { error: urlForm })
    .optional()
    .describe('Where messages are posted; absent: node.yaml names a file with it'),
  ca,
})
const mail = z.strictObject({
  server: z
    .string({ error: serverForm })
    .refine((text) => parseHostPort(text) !== null, { error: serverForm })
    .describe('SMTP server; port 587 if absent, 465 with tls: tls, 25 with tls: none'),
  tls: z.enum(['starttls', 'tls', 'none']).default('starttls').describe('How the way to the server is protected'),
  from: mailAddress,
  to: z.array(mailAddress).min(1).max(32),
  ca,
})

/** One place to which notifications go, as `cluster.yaml` has it. */
const notifyEntrySchema = z
  .strictObject({
    webhook: webhook.optional().describe('Messages are posted there as JSON'),
    mail: mail.optional().describe('Messages are sent by e-mail'),
    on: z
      .union([z.enum(notifyMoments), z.array(z.enum(notifyMoments)).min(1).max(notifyMoments.length)])
      .optional()
      .describe('What is told; everything if absent'),
    groups: z.array(name).min(1).optional().describe('Of what is about a group, only these'),
    nodes: z.array(name).min(1).optional().describe('Only what is about one of these nodes'),
    burst: durationFrom(0).default(5000).describe('What happens within so long goes in one message'),
    perMinute: z.int().min(1).max(600).default(6).describe('So many messages at most; what is too much for them is counted'),
    timeout: durationFrom(100).default(10_000).describe('One attempt may take so long'),
  })
  .refine(({ webhook: one, mail: other }) => (one === undefined) !== (other === undefined), { error: 'expected either webhook or mail' })

type NotifyEntry = z.infer<typeof notifyEntrySchema>

/** All of them by name. */
export const notifySchema = z
  .record(name, notifyEntrySchema)
  .refine((targets) => Object.keys(targets).length <= 16, { error: 'expected at most 16 targets' })

/** One of them as the cluster's configuration holds it. */
export function notifyTargetOf(id: string, entry: NotifyEntry): NotifyTarget {
  const { on, groups, nodes, burst, perMinute, timeout } = entry
  return {
    id,
    ...(on === undefined ? {} : { on: [on].flat() }),
    ...(groups === undefined ? {} : { groups }),
    ...(nodes === undefined ? {} : { nodes }),
    burstMs: burst,
    perMinute,
    timeoutMs: timeout,
    via: viaOf(entry),
  }
}

const ports = { starttls: 587, tls: 465, none: 25 } as const

function viaOf(entry: NotifyEntry): NotifyVia {
  if (entry.mail === undefined) {
    const { url, ca: authorities } = entry.webhook ?? {}
    return { type: 'webhook', ...(url === undefined ? {} : { url }), ...(authorities === undefined ? {} : { ca: authorities }) }
  }
  const { server, tls, from, to, ca: authorities } = entry.mail
  const { host = server, port = null } = parseHostPort(server) ?? {}
  return { type: 'mail', host, port: port ?? ports[tls], tls, from, to, ...(authorities === undefined ? {} : { ca: authorities }) }
}

function isPlainUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === ''
}

import { createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { RequestOptions } from 'node:https'
import type { NotifySecrets } from '../config/types.ts'
import type { NotifyVia } from '../model/index.ts'
import { textOf } from './message.ts'
import type { Deliver, Delivery, NotifyMessage } from './message.ts'
import { readSecret } from './secrets.ts'

type Webhook = Extract<NotifyVia, { type: 'webhook' }>

/** Posts messages as JSON. With a secret each is signed, as of the moment in which it is sent. */
export function webhookDelivery(via: Webhook, secrets: NotifySecrets): Deliver {
  return async (message, signal) => {
    const url = via.url ?? (secrets.urlFile === undefined ? null : await readSecret(secrets.urlFile))
    if (url === null) return refused('there is no URL: write one in cluster.yaml, or name a file with it in node.yaml (urlFile)')
    const target = URL.parse(url)
    if (target === null || !['http:', 'https:'].includes(target.protocol)) return refused('what the file of the URL says is no URL')
    const body = bodyOf(message)
    const signature = secrets.secretFile === undefined ? {} : signed(body, await readSecret(secrets.secretFile))
    const authorities = via.ca === undefined || target.protocol === 'http:' ? {} : { ca: await readFile(via.ca) }
    const headers = { 'content-type': 'application/json', 'user-agent': 'movip', 'movip-id': message.id, ...signature }
    return judged(await post(target, body, { ...authorities, headers, signal }))
  }
}

/** What the receiver compares: `t` is the time in seconds, `v1` the HMAC-SHA256 of `<t>.<body>`. */
function signed(body: string, secret: string): Readonly<Record<string, string>> {
  const seconds = Math.floor(Date.now() / 1000)
  const code = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
  return { 'movip-signature': `t=${seconds},v1=${code}` }
}

function bodyOf(message: NotifyMessage): string {
  const { id, cluster, node, at, subject, notices, omitted, lost } = message
  return JSON.stringify({ schemaVersion: 1, id, cluster, node, at, subject, text: textOf(message), events: notices, omitted, lost })
}

function post(url: URL, body: string, options: RequestOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    // Fetched this way it stays lazy: importing node:http loads all of undici.
    const { request } = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http')
    const asked: ClientRequest = request(url, { ...options, method: 'POST', agent: false }, (response: IncomingMessage) => {
      resolve(response.statusCode ?? 0)
      // Nobody reads what else it says.
      response.destroy()
    })
    asked.on('error', reject)
    asked.on('close', () => reject(new Error('the server hung up without an answer')))
    asked.end(body)
  })
}

/** Answers that another attempt may change. */
const passing = new Set([408, 425, 429])

function judged(status: number): Delivery {
  if (status >= 200 && status < 300) return { ok: true, said: `status ${status}` }
  if (status >= 300 && status < 400) return refused(`status ${status}: redirects are not followed; name the place itself`)
  return { ok: false, why: `status ${status}`, isFinal: status >= 400 && status < 500 && !passing.has(status) }
}

function refused(why: string): Delivery {
  return { ok: false, why, isFinal: true }
}

import { readFile } from 'node:fs/promises'
import type { NotifySecrets } from '../config/types.ts'
import type { NotifyVia } from '../model/index.ts'
import { textOf } from './message.ts'
import type { Deliver } from './message.ts'
import { readSecret } from './secrets.ts'

type Mail = Extract<NotifyVia, { type: 'mail' }>

/** Sends messages by e-mail, each over a connection of its own. */
export function mailDelivery(via: Mail, secrets: NotifySecrets): Deliver {
  const { host, port, tls, from, to, ca } = via
  return async (message, signal) => {
    if (tls === 'none' && secrets.user !== undefined)
      return { ok: false, why: 'a password is not sent over a way without TLS: write tls: starttls, or remove the user', isFinal: true }
    const { createTransport } = await import('nodemailer')
    const transport = createTransport({
      host,
      port,
      secure: tls === 'tls',
      requireTLS: tls === 'starttls',
      ignoreTLS: tls === 'none',
      ...(secrets.user === undefined || secrets.passwordFile === undefined
        ? {}
        : { auth: { user: secrets.user, pass: await readSecret(secrets.passwordFile) } }),
      tls: ca === undefined ? {} : { ca: await readFile(ca) },
      disableFileAccess: true,
      disableUrlAccess: true,
    })
    try {
      const { response } = await transport.sendMail({
        from,
        to: [...to],
        subject: message.subject,
        text: textOf(message),
        messageId: `<${message.id}@movip.invalid>`,
        signal,
        headers: { 'auto-submitted': 'auto-generated', 'movip-id': message.id },
      })
      return { ok: true, said: response }
    } catch (error) {
      return { ok: false, why: error instanceof Error ? error.message : String(error), isFinal: isPermanent(error) }
    } finally {
      transport.close()
    }
  }
}

/** Replies from 500 on are the server's last word (RFC 5321, 4.2.1). */
function isPermanent(error: unknown): boolean {
  return error instanceof Error && 'responseCode' in error && Number(error.responseCode) >= 500
}

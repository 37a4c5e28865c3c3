import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SMTPServer } from 'smtp-server'
import type { SMTPServerOptions } from 'smtp-server'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { NotifyVia } from '../model/index.ts'
import { mailDelivery } from './mail.ts'
import type { Delivery } from './message.ts'
import { sampleMessage } from './samples-for-tests.ts'

const folder = mkdtempSync(join(tmpdir(), 'movip-mail-'))
const ca = join(folder, 'cert.pem')
const passwordFile = join(folder, 'password')
let server: SMTPServer | null = null
const mails: {
  readonly from: string
  readonly to: readonly string[]
  readonly user: unknown
  readonly secure: boolean
  readonly text: string
}[] = []

beforeAll(() => {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key.pem']
  const certificate = ['-out', 'cert.pem', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  execFileSync('openssl', ['req', '-x509', ...key, ...certificate], { cwd: folder, stdio: 'pipe' })
  writeFileSync(passwordFile, 's3cret\n')
  chmodSync(passwordFile, 0o600)
})
afterEach(async () => {
  mails.length = 0
  await new Promise<void>((resolve) => (server === null ? resolve() : server.close(resolve)))
  server = null
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** An SMTP server that keeps the mails that it takes. */
async function receive(options: SMTPServerOptions = {}): Promise<number> {
  const made = new SMTPServer({
    key: readFileSync(join(folder, 'key.pem')),
    cert: readFileSync(ca),
    authOptional: true,
    onData: (stream, session, done) => {
      let text = ''
      stream.setEncoding('utf8').on('data', (part: string) => (text += part))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        const from = mailFrom === false ? '' : mailFrom.address
        mails.push({ from, to: rcptTo.map(({ address }) => address), user: session.user, secure: session.secure, text })
        done()
      })
    },
    ...options,
  })
  // What a client that goes away leaves behind is no fault of the test.
  made.on('error', () => undefined)
  server = made
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve))
  return (made.server.address() as AddressInfo).port
}

type Mail = Extract<NotifyVia, { type: 'mail' }>
const viaOf = (port: number, about: Partial<Mail> = {}): Mail => ({
  type: 'mail',
  host: 'localhost',
  port,
  tls: 'starttls',
  from: 'movip@shop.example',
  to: ['ops@shop.example', 'boss@shop.example'],
  ca,
  ...about,
})
const send = (via: Mail, secrets = {}): Promise<Delivery> =>
  mailDelivery(via, secrets)(sampleMessage('a', 'b'), AbortSignal.timeout(20_000))

describe('a mail', () => {
  it('goes to everybody who is named, over a way that is protected, and says what happened', async () => {
    const port = await receive()
    expect(await send(viaOf(port))).toMatchObject({ ok: true })
    expect(mails).toMatchObject([{ from: 'movip@shop.example', to: ['ops@shop.example', 'boss@shop.example'], secure: true }])
    const text = mails[0]?.text ?? ''
    expect(text).toContain('Subject: [movip shop] told of a (and 1 more)')
    expect(text).toContain('told of b')
    expect(text).toMatch(/^message-id: <[0-9a-f]{32}@movip\.invalid>/im)
  })

  it('is sent in the name of a user with a password', async () => {
    const port = await receive({
      authOptional: false,
      onAuth: ({ username, password }, _, done) =>
        username === 'movip' && password === 's3cret' ? done(null, { user: username }) : done(new Error('no such user')),
    })
    expect(await send(viaOf(port), { user: 'movip', passwordFile })).toMatchObject({ ok: true })
    expect(mails).toMatchObject([{ user: 'movip', secure: true }])
    expect(await send(viaOf(port), { user: 'other', passwordFile })).toMatchObject({ ok: false, isFinal: true })
  })

  it('goes over TLS from the first byte where that is asked for', async () => {
    const port = await receive({ secure: true })
    expect(await send(viaOf(port, { tls: 'tls' }))).toMatchObject({ ok: true })
    expect(mails).toMatchObject([{ secure: true }])
  })

  it('is not sent to a server whose certificate is of an unknown authority', async () => {
    const port = await receive()
    const { ca: _, ...via } = viaOf(port)
    expect(await send(via)).toMatchObject({ ok: false, isFinal: false, why: expect.stringContaining('self-signed') })
    expect(mails).toEqual([])
  })

  it('is not sent in the clear unless that is asked for, and a password never', async () => {
    const port = await receive({ disabledCommands: ['STARTTLS'] })
    expect(await send(viaOf(port))).toMatchObject({ ok: false })
    expect(await send(viaOf(port, { tls: 'none' }))).toMatchObject({ ok: true })
    expect(mails).toMatchObject([{ secure: false }])
    expect(await send(viaOf(port, { tls: 'none' }), { user: 'movip', passwordFile })).toMatchObject({ ok: false, isFinal: true })
    expect(mails).toHaveLength(1)
  })

  it.each([
    [451, false],
    [550, true],
  ])('that the server answers with %i is tried again or not', async (responseCode, isFinal) => {
    const port = await receive({ onRcptTo: (_, __, done) => done(Object.assign(new Error('not now'), { responseCode })) })
    expect(await send(viaOf(port))).toMatchObject({ ok: false, isFinal })
  })

  it('that nobody answers ends with its signal', async () => {
    const port = await receive({ onConnect: () => undefined })
    const sent = mailDelivery(viaOf(port), {})(sampleMessage('a'), AbortSignal.timeout(200))
    await expect(sent).resolves.toMatchObject({ ok: false, isFinal: false })
  })
})

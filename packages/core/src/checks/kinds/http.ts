import type { ClientRequest, IncomingMessage } from 'node:http'
import type { RequestOptions } from 'node:https'
import { readFile } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { createContext, Script } from 'node:vm'
import { z } from 'zod'
import { bad, defineKind, good } from '../kind.ts'
import type { Probe } from '../kind.ts'
import { absolutePath, isPattern } from '../options.ts'

const statusForm = 'expected a status such as 200, a range such as 200-299, or a list of these'
const status = z.union([
  z.int({ error: statusForm }).min(100, { error: statusForm }).max(599, { error: statusForm }),
  z.string({ error: statusForm }).regex(/^[1-5]\d\d-[1-5]\d\d$/, { error: statusForm }),
])
const urlForm = 'expected a URL such as http://127.0.0.1/healthz, without user and password'

const schema = z
  .strictObject({
    url: z.string({ error: urlForm }).refine(isPlainUrl, { error: urlForm }).describe('What is asked for, with GET'),
    status: z
      .union([status, z.array(status).min(1)], { error: statusForm })
      .optional()
      .describe('Which statuses are good; 200-399 if absent'),
    contains: z.string().min(1).optional().describe('Text that the body must contain'),
    matches: z
      .string()
      .refine(isPattern, { error: 'expected a regular expression of JavaScript' })
      .optional()
      .describe('Regular expression that the body must match'),
    host: z.string().min(1).optional().describe('The Host header, and the name that the certificate must have'),
    verify: z.boolean().optional().describe('Whether the certificate must be valid; true if absent'),
    ca: absolutePath.optional().describe('File with the certificates of the authorities that are trusted instead'),
  })
  .superRefine(({ url, verify, ca }, context) => {
    if (url.startsWith('https:')) return
    for (const [key, value] of Object.entries({ verify, ca })) {
      if (value !== undefined) context.addIssue({ code: 'custom', path: [key], message: `expected no ${key} for a URL without TLS` })
    }
  })

type Options = z.infer<typeof schema>

/** Asks a server over HTTP or HTTPS: its status, and what the body says. Redirects are not followed. */
export const httpCheck = defineKind({ schema, means: 'network', probe: httpProbe })

/** More of a body is not read, nor searched. */
const bodyBytesMax = 256 * 1024
/** A regular expression that takes longer is given up: nothing may hold up the beats of this process. */
const matchMs = 25
/** So often it is tried: what counts is the time of the clock, which goes on while a busy machine has no CPU for this process. */
const matchTries = 4

function httpProbe(options: Options): Probe {
  return async (signal) => {
    const answer = await ask(options, signal)
    if (!isExpected(answer.status, options.status ?? '200-399')) return bad(`status ${answer.status}`)
    if (options.contains !== undefined && !answer.body.includes(options.contains))
      return bad(`the body does not contain ${JSON.stringify(options.contains)}`)
    if (options.matches !== undefined && !(await matches(options.matches, answer.body)))
      return bad(`the body does not match ${options.matches}`)
    return good(`status ${answer.status}`)
  }
}

function isPlainUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === ''
}

function isExpected(found: number, expected: NonNullable<Options['status']>): boolean {
  if (Array.isArray(expected)) return expected.some((one) => isExpected(found, one))
  if (typeof expected === 'number') return found === expected
  const [from, to] = expected.split('-').map(Number)
  return found >= (from ?? 0) && found <= (to ?? 0)
}

async function ask(options: Options, signal: AbortSignal): Promise<{ readonly status: number; readonly body: string }> {
  const { url, host, verify, ca } = options
  const authorities = ca === undefined ? {} : { ca: await readFile(ca, { signal }) }
  const call: RequestOptions = {
    // A connection of its own each time: one that is kept open would not show that no new one is taken.
    agent: false,
    signal,
    headers: { 'user-agent': 'movip-check', connection: 'close', ...(host === undefined ? {} : { host }) },
    ...(url.startsWith('https:') ? { rejectUnauthorized: verify ?? true, ...authorities, ...serverName(host) } : {}),
  }
  return new Promise((resolve, reject) => {
    // Fetched this way it stays lazy: importing node:http loads all of undici, and commands read this file for its schema.
    const { request } = process.getBuiltinModule(url.startsWith('https:') ? 'node:https' : 'node:http')
    const asked: ClientRequest = request(url, call, (response) => read(response).then(resolve, reject))
    asked.on('error', reject)
    // An answer that changes the protocol ends the call without an error. After a whole answer this says nothing any more.
    asked.on('close', () => reject(new Error('the server hung up without an answer')))
    asked.end()
  })
}

function serverName(host: string | undefined): { servername?: string } {
  return host === undefined ? {} : { servername: host.replace(/:\d+$/, '') }
}

async function read(response: IncomingMessage): Promise<{ readonly status: number; readonly body: string }> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes >= bodyBytesMax) break
  }
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }
}

const search = new Script('new RegExp(pattern).test(text)')

async function matches(pattern: string, text: string): Promise<boolean> {
  for (let tries = 1; ; tries += 1) {
    try {
      return search.runInContext(createContext({ pattern, text }), { timeout: matchMs }) === true
    } catch (error) {
      if (tries === matchTries) throw error
      await setImmediate()
    }
  }
}

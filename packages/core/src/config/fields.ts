import { z } from 'zod'

/** Pieces that several schemas share. Messages are phrased so that "found ..." can follow. */

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
const durationForm = 'expected a duration with its unit, such as 500ms, 10s or 1m'

/** What somebody or something waits for; longer is a slip of the pen. */
const waitMsMax = 24 * 3_600_000
/** Node's timers fire at once when told to wait for more than 2^31 - 1 ms, which is less than a day more. */
const spanMsMax = 24 * 24 * 3_600_000

/** A duration with its unit, in whole milliseconds after validation; of up to weeks, for what goes by days. */
export const longDuration = z
  .string({ error: durationForm })
  .regex(/^\d{1,9}(\.\d{1,3})?(ms|s|m|h)$/, { error: durationForm })
  .transform((text) => {
    const [, digits, unit] = /^([\d.]+)([a-z]+)$/.exec(text) ?? []
    // Rounded because 1.001 * 1000 is not quite whole.
    return Math.round(Number(digits) * (unitMs[unit ?? ''] ?? Number.NaN))
  })
  .refine((ms) => ms <= spanMsMax, { error: atMost(spanMsMax) })

/** A duration of a day at most. */
export const duration = longDuration.refine((ms) => ms <= waitMsMax, { error: atMost(waitMsMax) })

/** A duration as it is written, for options of backends: what their schema returns is checked by it again, so it is not converted here. */
export const writtenDuration = z.string({ error: durationForm }).superRefine((text, context) => {
  const checked = duration.safeParse(text)
  if (!checked.success) context.addIssue({ code: 'custom', message: checked.error.issues[0]?.message ?? durationForm })
})

/** A duration of at least so many milliseconds. */
export function durationFrom(minMs: number): typeof duration {
  return duration.refine((ms) => ms >= minMs, { error: `expected a duration of at least ${formatDuration(minMs)}` })
}

function atMost(ms: number): string {
  return `expected a duration of at most ${formatDuration(ms)}`
}

/** A duration as the configuration writes it. */
export function formatDuration(ms: number): string {
  for (const unit of ['h', 'm', 's']) {
    const length = unitMs[unit] ?? 1
    if (ms >= length && ms % length === 0) return `${ms / length}${unit}`
  }
  return `${ms}ms`
}

const nameForm = 'expected a name of lower-case letters, digits and dashes that begins with a letter (63 at most)'

/**
 * Name of a node, group, site, cluster or interface label. It becomes part of NATS subjects and a key of plain objects,
 * hence no dots, no spaces, and not the one lower-case word that every object knows already.
 */
export const name = z.string({ error: nameForm }).regex(/^(?!constructor$)[a-z][a-z0-9-]{0,62}$/, { error: nameForm })

const octet = '(25[0-5]|2[0-4]\\d|1?\\d?\\d)'
const ipv4 = new RegExp(`^${octet}(\\.${octet}){3}$`)
const hostName = /^(?=.{1,253}$)[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*$/

/** Where nats-servers listen for each other unless an address says otherwise. */
export const routePort = 6222

export interface HostPort {
  readonly host: string
  readonly port: number | null
}

/** Takes `10.0.0.11`, `node.example.net:6222`, `fd00::1` or `[fd00::1]:6222` apart; null if it is none of these. */
export function parseHostPort(text: string): HostPort | null {
  const [, bracketed, plain, portText] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = bracketed ?? plain ?? text
  const port = portText === undefined ? null : Number(portText)
  if (port !== null && (port < 1 || port > 65_535)) return null
  if (bracketed !== undefined) return isIpv6(bracketed) ? { host, port } : null
  if (plain === undefined) return isIpv6(text) ? { host, port: null } : null
  // Digits and dots only must be an IPv4 address: a mistyped one is not a host name.
  const valid = /^[\d.]+$/.test(host) ? ipv4.test(host) : hostName.test(host)
  return valid ? { host, port } : null
}

function isIpv6(text: string): boolean {
  return z.ipv6().safeParse(text).success
}

/** Whether both name the same place, an IPv6 address being written in many ways. */
export function addressKey(text: string): string {
  const parsed = parseHostPort(text)
  if (parsed === null) return text
  const host = parsed.host.includes(':') ? new URL(`http://[${parsed.host}]`).hostname : parsed.host.toLowerCase()
  return parsed.port === null ? host : `${host}:${parsed.port}`
}

export const addressForm = 'expected an address such as 10.0.0.11, node.example.net or [fd00::11]:6222'
export const address = z.string({ error: addressForm }).refine((text) => parseHostPort(text) !== null, { error: addressForm })

const pathForm = 'expected a path'
export const path = z
  .string({ error: pathForm })
  .min(1, { error: pathForm })
  .refine((text) => !text.includes('\0'), { error: pathForm })

const listenForm = 'expected an address and a port, such as 10.0.0.11:6222'
export const listen = z.string({ error: listenForm }).refine((text) => typeof parseHostPort(text)?.port === 'number', { error: listenForm })

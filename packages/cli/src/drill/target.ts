import type { Picture } from '@movip/core/forecast'
import { CommandError, exitCodes } from '../failure.ts'
import type { Target } from './probe.ts'

/** Mostly closed: its refusal is an answer, too, and no service is bothered. */
const discardPort = 9

/** The first address of the group that is plain configuration: one in a LAN. null: there is none. */
export function addressOf({ groups }: Picture['spec'], group: string): Target | null {
  const endpoint = groups.find(({ id }) => id === group)?.endpoints.find(({ backend }) => backend === 'arp')
  const address = endpoint?.options['address']
  const [host = ''] = typeof address === 'string' ? address.split('/') : []
  return host === '' ? null : { host, port: discardPort }
}

/** `host:port`, an IPv6 address in brackets. */
export function parseTarget(text: string): Target {
  const [, bracketed, plain, digits] = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  const host = bracketed ?? plain
  if (host !== undefined && port >= 1 && port <= 65_535) return { host, port }
  throw new CommandError({
    exitCode: exitCodes.usage,
    code: 'USAGE',
    message: `--probe ${text} is no address with a port`,
    fix: 'write for example --probe 10.0.0.50:80 or --probe [fd00::50]:80',
  })
}

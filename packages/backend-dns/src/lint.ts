import type { Finding } from '@movip/core/backend'
import { formatDuration } from '@movip/core/fields'
import type { NameShape } from './options.ts'

/** Most providers advise no more than this for a name that is to move. */
const TTL_MAX_S = 60
/** Many resolvers keep an answer for at least so long, whatever it says. */
const TTL_MIN_S = 5

const WEAKER_FIX = 'none where nothing better can be had; else move an address instead (docs/dns.md tells how clients behave)'

/** What is to be known of a name before it has to move. */
export function lintName({ name, ttlS }: NameShape): readonly Finding[] {
  const ttl = formatDuration(ttlS * 1000)
  const lag = `${name}: clients follow only when they resolve again: after a move they may lag for ${ttl}, and for longer where something keeps answers`
  const weaker: Finding = { severity: 'warning', code: 'DNS_WEAKER', message: lag, fix: WEAKER_FIX }
  return [weaker, ...lintTtl(name, ttlS, ttl)]
}

function lintTtl(name: string, ttlS: number, ttl: string): readonly Finding[] {
  if (ttlS > TTL_MAX_S) {
    const message = `${name}: after a move clients may go on to the old site for ${ttl} and longer`
    return [
      { severity: 'warning', code: 'DNS_TTL_LONG', message, fix: `write ttl: ${TTL_MAX_S}s or less, or leave it if that is soon enough` },
    ]
  }
  if (ttlS < TTL_MIN_S) {
    const message = `${name}: many resolvers keep answers for longer than ${ttl}, whatever the record says`
    return [{ severity: 'warning', code: 'DNS_TTL_SHORT', message, fix: `write ttl: ${TTL_MIN_S}s or more, and count with more than that` }]
  }
  return []
}

/** What is to be known of the zone that a name is in. */
export function lintZone(
  { name, type, ttlS }: NameShape,
  { zone, negativeTtlS }: { readonly zone: string; readonly negativeTtlS: number },
  where: string,
): readonly Finding[] {
  const findings: Finding[] = []
  if (type === 'CNAME' && name === zone) {
    const message = `${name} is the apex of its zone, which has other records and therefore can be no CNAME`
    findings.push({
      severity: 'error',
      code: 'DNS_CNAME_APEX',
      message,
      fix: `write addresses under values:, or take a name such as www.${name}`,
    })
  }
  if (negativeTtlS > Math.max(ttlS, TTL_MAX_S)) {
    const message = `${where}: whoever asks for ${name} while it has no record is told so for ${formatDuration(negativeTtlS * 1000)} (the last number of the SOA of ${zone})`
    findings.push({ severity: 'warning', code: 'DNS_NEGATIVE_TTL', message, fix: `make the last number of the SOA ${TTL_MAX_S} or less` })
  }
  return findings
}

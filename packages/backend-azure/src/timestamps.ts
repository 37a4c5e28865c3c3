import { readFileSync } from 'node:fs'
import type { Finding } from '@movip/core/backend'

const PATH = '/proc/sys/net/ipv4/tcp_timestamps'

/** Behind Azure's balancers old timestamps of TCP make probes and flows fail, as Microsoft says. */
export function tcpTimestamps(read = (): string => readFileSync(PATH, 'utf8')): readonly Finding[] {
  try {
    if (read().trim() === '0') return []
  } catch {
    return []
  }
  const message = 'TCP timestamps are on: behind a load balancer of Azure they make probes fail at times'
  return [{ severity: 'warning', code: 'AZURE_TCP_TIMESTAMPS', message, fix: 'sysctl -w net.ipv4.tcp_timestamps=0, and in /etc/sysctl.d' }]
}

import { BackendError } from '@movip/core/backend'
import { KernelError } from './driver.ts'
import type { Vip } from './ip.ts'
import { missingCapabilities, RIGHTS_FIX } from './rights.ts'

const EPERM = 1
const ENOENT = 2
const EACCES = 13
const ENODEV = 19

/** What the kernel refused about a VIP, as a failure that names the next step. Other errors stay as they are. */
export function backendError(error: unknown, vip: Vip, device: string): unknown {
  if (!(error instanceof KernelError)) return error
  const options = { cause: error }
  switch (error.errno) {
    case EPERM:
    case EACCES: {
      const missing = missingCapabilities()
      if (missing.length > 0) return new BackendError('DENIED', `no ${missing.join(', no ')}: ${error.message}`, RIGHTS_FIX, options)
      const fix =
        vip.family === 6 ? `IPv6 may be switched off: sysctl -w net.ipv6.conf.${device}.disable_ipv6=0` : 'run "movip check" on this node'
      return new BackendError('DENIED', error.message, fix, options)
    }
    case ENOENT: {
      const fix = 'none: movip restores it and claims again; exempt the tables movip_* from what flushes the ruleset'
      return new BackendError('FAILED', `the nftables table in front of ${vip.text} was removed meanwhile`, fix, options)
    }
    case ENODEV:
      return new BackendError('NOT_FOUND', `interface ${device} went away meanwhile`, 'none: movip claims again when it is back', options)
    default:
      return new BackendError('FAILED', error.message, 'run "movip check" on this node', options)
  }
}

import type { BackendPlugin } from '@movip/core/backend'
import { rfc2136 } from './rfc2136/index.ts'

/** Names that follow the active site: `backend: dns-rfc2136`. */
const plugin: BackendPlugin = { kinds: { 'dns-rfc2136': rfc2136 } }
export default plugin

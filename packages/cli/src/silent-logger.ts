import type { SweepContext } from '@movip/core/backend'

/** For backends that are called by a command: what matters comes back as a value or an error. */
export const silentLogger: SweepContext['logger'] = { debug() {}, info() {}, warn() {}, error() {} }

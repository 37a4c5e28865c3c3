export { createLogger } from './adapters/logger.ts'
export { createClock } from './adapters/clock.ts'
export { runDaemon } from './runtime/daemon.ts'
export type { DaemonOptions } from './runtime/daemon.ts'

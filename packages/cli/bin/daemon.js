/** The daemon's own process: `movip run` becomes it, so that the daemon carries no command line framework along. */
import { runDaemon } from '@movip/core'
import { loadNodeConfig } from '@movip/core/config'

const [file = '', version = '', log = ''] = process.argv.slice(2)
process.exitCode = await runDaemon({ node: await loadNodeConfig(file), version, ...(log === 'json' ? { pretty: false } : {}) })

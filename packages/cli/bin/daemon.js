/** The daemon's own process: `movip run` becomes it, so that the daemon carries no command line framework along. */
import { fileURLToPath } from 'node:url'
import { runDaemon } from '@movip/core'
import { loadNodeConfig } from '@movip/core/config'

const [file = '', version = '', log = ''] = process.argv.slice(2)
const isJson = log === 'json'
process.exitCode = await runDaemon({
  node: await loadNodeConfig(file),
  version,
  program: {
    file: fileURLToPath(new URL('run.js', import.meta.url)),
    args: ['run', '--config', file, ...(isJson ? ['--json'] : [])],
  },
  start: [process.execPath, 'movip', ...process.execArgv, process.argv[1] ?? '', file, version, log],
  ...(isJson ? { pretty: false } : {}),
})

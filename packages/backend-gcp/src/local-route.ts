import { spawn } from 'node:child_process'
import type { Clock, Logger } from '@movip/core/backend'

/** Google's guest agent marks what it makes by this protocol, and makes it again now and then. */
const PROTOCOL = '66'
const EVERY_MS = 5000

export interface LocalRouteOptions {
  readonly address: string
  readonly clock: Clock
  readonly logger: Logger
  /** Absent: by the program `ip`. */
  readonly ip?: (args: readonly string[]) => Promise<{ readonly code: number | null; readonly stdout: string }>
}

/**
 * Google's guest agent gives every machine behind an internal load balancer a local route for its address: whoever stands by would reach
 * itself in place of the holder. It is taken away; the holder has the address itself, and needs none.
 */
export class LocalRoute {
  private readonly options: LocalRouteOptions
  private cancel = (): void => undefined
  private isStopped = false
  private isTold = false

  constructor(options: LocalRouteOptions) {
    this.options = options
  }

  start(): void {
    void this.remove().finally(() => {
      const { clock } = this.options
      if (this.isStopped) return
      this.cancel = clock.at(clock.now() + EVERY_MS, () => this.start())
    })
  }

  stop(): void {
    this.isStopped = true
    this.cancel()
  }

  /** Whether there was one. */
  async remove(): Promise<boolean> {
    const { address, logger, ip = run } = this.options
    const six = address.includes(':') ? ['-6'] : []
    const { stdout } = await ip([...six, 'route', 'show', 'table', 'local', 'type', 'local', 'proto', PROTOCOL])
    const line = stdout.split('\n').find((each) => each.split(/\s+/).some((word) => word === address || word === `${address}/32`))
    if (line === undefined) return false
    const device = /\bdev (\S+)/.exec(line)?.[1]
    const from = device === undefined ? [] : ['dev', device]
    const { code } = await ip([...six, 'route', 'delete', 'local', address, ...from, 'table', 'local', 'proto', PROTOCOL])
    if (code === 0 && !this.isTold) {
      const fix =
        'switch it off there: [IpForwarding] ip_aliases = false and target_instance_ips = false in /etc/default/instance_configs.cfg'
      logger.warn('gcp-local-route-removed', { address, why: "Google's guest agent had made it", fix })
      this.isTold = true
    }
    return code === 0
  }
}

function run(args: readonly string[]): Promise<{ readonly code: number | null; readonly stdout: string }> {
  return new Promise((resolve) => {
    const child = spawn('ip', args, { stdio: ['ignore', 'pipe', 'ignore'] })
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.on('error', () => resolve({ code: null, stdout: '' }))
    child.on('close', (code) => resolve({ code, stdout }))
  })
}

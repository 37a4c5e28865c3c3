import { execFileSync, spawnSync } from 'node:child_process'

/** A LAN of hosts in network namespaces, joined by a bridge in a namespace of its own. Needs root. */
export class TestNetwork {
  readonly #prefix: string
  readonly #names: readonly string[]

  constructor(prefix: string, names: readonly string[]) {
    this.#prefix = prefix
    this.#names = names
  }

  /** Makes the bridge and one host per name: eth0 with 10.77.0.N/24 and fd77::N/64, N from 11. */
  up(): void {
    if (process.getuid?.() !== 0) throw new Error('these tests make network namespaces and need root: run them with sudo')
    this.down()
    const bridge = this.namespace('switch')
    command(`ip netns add ${bridge}`)
    command(`ip -n ${bridge} link add br0 type bridge mcast_snooping 0`)
    command(`ip -n ${bridge} link set br0 up`)
    this.#names.forEach((name, index) => {
      const ns = this.namespace(name)
      command(`ip netns add ${ns}`)
      command(`ip -n ${bridge} link add name port-${name} type veth peer name eth0 netns ${ns}`)
      command(`ip -n ${bridge} link set port-${name} master br0 up`)
      command(`ip -n ${ns} link set eth0 address ${this.mac(name)}`)
      command(`ip -n ${ns} link set lo up`)
      command(`ip -n ${ns} link set eth0 up`)
      command(`ip -n ${ns} address add 10.77.0.${11 + index}/24 dev eth0`)
      command(`ip -n ${ns} address add fd77::${11 + index}/64 dev eth0 nodad`)
    })
  }

  down(): void {
    const existing = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' })
    for (const name of ['switch', ...this.#names]) {
      const ns = this.namespace(name)
      if (new RegExp(`^${ns}( |$)`, 'm').test(existing)) command(`ip netns delete ${ns}`)
    }
  }

  namespace(name: string): string {
    return `${this.#prefix}-${name}`
  }

  mac(name: string): string {
    return `02:00:00:00:77:${(11 + this.#names.indexOf(name)).toString(16).padStart(2, '0')}`
  }

  /** Runs a command on a host and returns its output; throws when it fails. */
  on(name: string, line: string): string {
    return command(`ip netns exec ${this.namespace(name)} ${line}`)
  }
}

function command(line: string): string {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${line}: ${stderr}${stdout.slice(-4000)}`)
  return stdout
}

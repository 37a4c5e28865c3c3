import { spawnSync } from 'node:child_process'
import type { Fabric } from './fabric.ts'
import { checkRules, publicRules, routeChanges, routesOf } from './packets.ts'
import type { Way } from './packets.ts'

/** Makes the kernels of a lab do as a fabric says, from the namespace of its router. Blocking, so that whatever is asked next meets it done. */
export class Follower {
  private readonly gateway: string
  private routes: ReadonlyMap<string, Way> = new Map()
  private readonly loaded = new Map<string, string>()

  /** `gateway`: namespace of the internet gateway. */
  constructor(gateway: string) {
    this.gateway = gateway
  }

  /** Throws what a program of the system has to say against it. */
  follow(fabric: Fabric): void {
    const wanted = routesOf(fabric)
    const changes = routeChanges(this.routes, wanted)
    const six = changes.filter((line) => line.includes(':'))
    const four = changes.filter((line) => !line.includes(':'))
    this.routes = wanted
    if (four.length > 0) run('ip', ['-4', '-batch', '-'], `${four.join('\n')}\n`)
    if (six.length > 0) run('ip', ['-6', '-batch', '-'], `${six.join('\n')}\n`)
    this.anew('inet check', checkRules(fabric), [])
    this.anew('ip publics', publicRules(fabric), ['netns', 'exec', this.gateway])
  }

  /** One transaction: at no time is there no rule. */
  private anew(table: string, rules: string, where: readonly string[]): void {
    if (this.loaded.get(table) === rules) return
    this.loaded.set(table, rules)
    const text = `table ${table} {}\ndelete table ${table}\n${rules}\n`
    const [program = 'nft', ...args] = where.length === 0 ? ['nft', '-f', '-'] : ['ip', ...where, 'nft', '-f', '-']
    run(program, args, text)
  }
}

function run(program: string, args: readonly string[], input: string): void {
  const { status, stderr } = spawnSync(program, args, { input, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} failed: ${stderr.trim()}\n${input}`)
}

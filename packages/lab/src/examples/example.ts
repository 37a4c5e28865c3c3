import { readdirSync, readFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { randomBytes } from 'node:crypto'
import type { Daemon } from '../cluster/daemon.ts'
import { createDaemon, untilAnswering } from '../cluster/daemon.ts'
import { createDisk } from '../faults/disk.ts'
import type { Host } from '../network/host.ts'
import { pollUntil } from '../wait.ts'

const EXAMPLES = fileURLToPath(new URL('../../../../examples', import.meta.url))

export interface ExampleOptions {
  /** Its folder under `examples`. */
  readonly name: string
  /** A folder for its nodes. */
  readonly folder: string
  readonly hosts: Readonly<Record<string, Host>>
  /** What stands in its files, and what is there in the lab instead: each of it must be found. */
  readonly put: Readonly<Record<string, string>>
  /** Files beside `node.yaml`, which only their owner may read. */
  readonly secrets?: Readonly<Record<string, string>>
  readonly under?: (node: string) => readonly string[]
}

/** A cluster that was started from the files of an example. */
export interface Example {
  readonly daemons: Readonly<Record<string, Daemon>>
  /** Waits until a node serves the group, as all say that run; and every node that may hold it is fit. */
  untilHeld(group: string, fits?: (holder: string) => boolean): Promise<string>
  stop(): Promise<void>
}

/** Within what time, in seconds, the README of an example says that a machine which dies is replaced. */
export function promisedS(name: string): number {
  const [, seconds] = /within \*\*([\d.]+) s\*\*/.exec(readFileSync(join(EXAMPLES, name, 'README.md'), 'utf8')) ?? []
  if (seconds === undefined) throw new Error(`the README of the example ${name} does not say what to expect`)
  return Number(seconds)
}

export async function startExample({ name, folder, hosts, put, secrets = {}, under = () => [] }: ExampleOptions): Promise<Example> {
  const files = readdirSync(join(EXAMPLES, name)).filter((file) => file.endsWith('.yaml'))
  const texts = new Map(files.map((file) => [file, readFileSync(join(EXAMPLES, name, file), 'utf8')]))
  const place = placing(put, [...texts.values()])
  const secret = `${randomBytes(32).toString('hex')}\n`
  const daemons: Record<string, Daemon> = {}
  for (const [file, text] of texts) {
    const node = /^node: (\S+)$/m.exec(text)?.[1]
    if (node === undefined) continue
    const host = hosts[node]
    if (host === undefined) throw new Error(`invariant: the lab has a host for node ${node} of ${name}, as ${file} wants`)
    const own = join(folder, node)
    mkdirSync(own, { recursive: true })
    writeFileSync(join(own, 'cluster.yaml'), place(texts.get('cluster.yaml') ?? ''))
    for (const [other, content] of Object.entries({ ...secrets, 'cluster.secret': secret }))
      writeFileSync(join(own, other), content, { mode: 0o600 })
    const nodeYaml = ({ socket, data }: { readonly socket: string; readonly data: string }): string =>
      place(text).replace('/var/lib/movip', data).replace('/run/movip/movip.sock', socket)
    const disk = await createDisk({ kind: 'folder', folder, name: node })
    daemons[node] = createDaemon({
      host: { ...host, name: node },
      disk,
      folder: own,
      clusterFile: '',
      secretFile: '',
      nats: undefined,
      nodeYaml,
      under: () => under(node),
    })
  }
  for (const daemon of Object.values(daemons)) daemon.start()
  await Promise.all(Object.values(daemons).map((daemon) => untilAnswering(daemon)))
  return {
    daemons,
    untilHeld: (group, fits = () => true) =>
      pollUntil(() => holderOf(group, Object.values(daemons), fits), `a holder of ${group} in ${name}`, { timeoutMs: 60_000 }).catch(
        async (cause: unknown) => {
          const answers = await Promise.all(Object.values(daemons).map((daemon) => daemon.status()))
          throw new Error(JSON.stringify(answers.map((answer) => answer?.engine.groups)), { cause })
        },
      ),
    async stop() {
      await Promise.all(
        Object.values(daemons)
          .filter((daemon) => daemon.pid() !== null)
          .map((daemon) => daemon.stop()),
      )
    },
  }
}

/** Addresses are parts of longer ones: whole words alone are replaced. */
function placing(put: Readonly<Record<string, string>>, texts: readonly string[]): (text: string) => string {
  const words = Object.entries(put).map(([word, value], index) => {
    const whole = `(?<![\\w.:/-])${word.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}(?![\\w.-]*\\w)`
    if (!texts.some((text) => new RegExp(whole).test(text))) throw new Error(`invariant: ${word} stands in the files`)
    return { all: new RegExp(whole, 'g'), mark: `<${index}>`, value }
  })
  return (text) => {
    // What is put in must not be taken for what is replaced next.
    const marked = words.reduce((known, { all, mark }) => known.replace(all, mark), text)
    return words.reduce((known, { mark, value }) => known.replaceAll(mark, value), marked)
  }
}

async function holderOf(group: string, daemons: readonly Daemon[], fits: (holder: string) => boolean): Promise<string | null> {
  const answers = await Promise.all(daemons.filter((daemon) => daemon.pid() !== null).map((daemon) => daemon.status()))
  const groups = answers.map((answer) => answer?.engine.groups.find(({ id }) => id === group) ?? null)
  const [first] = groups
  if (first === null || first === undefined || first.holder === null || !fits(first.holder)) return null
  const isAgreed = groups.every((one) => one?.holder === first.holder && one.state === 'active')
  const areFit = groups.every((one) => one?.candidates.filter(({ fitness }) => fitness.level === 'fit').length === one?.candidates.length)
  return isAgreed && (areFit || daemons.some((daemon) => daemon.pid() === null)) ? first.holder : null
}

import { CommandError, exitCodes } from '../failure.ts'

export interface NodeAnswer {
  readonly name: string
  readonly address: string
  readonly site: string
  /** It votes, and never holds a group. */
  readonly witness: boolean
}

/** What the files of a new cluster are made of. The loader judges whether the values make sense. */
export interface Answers {
  readonly cluster: string
  readonly timing: string
  readonly nodes: readonly NodeAnswer[]
  readonly self: string
  readonly group: string
  readonly vips: readonly string[]
  readonly interface: string
}

/** What was given as flags; the rest is asked for on a terminal. */
export interface Given {
  readonly cluster?: string | undefined
  readonly timing: string
  readonly node?: readonly string[] | undefined
  readonly self?: string | undefined
  readonly group: string
  readonly vip?: readonly string[] | undefined
  readonly interface?: string | undefined
}

/** Takes `name=address@site,witness` apart; site and `witness` may be left out. */
export function parseNode(text: string): NodeAnswer {
  const [, name, address, site, witness] = /^([^=@\s,]+)=([^=@\s,]+)(?:@([^=@\s,]+))?(,witness)?$/.exec(text) ?? []
  if (name === undefined || address === undefined)
    throw usage(
      `--node ${text} is not of the form name=address, name=address@site or name=address@site,witness`,
      'write for example: --node paris-1=10.0.0.11@paris',
    )
  return { name, address, site: site ?? 'main', witness: witness !== undefined }
}

/** The form that `parseNode` takes apart. */
export function formatNode({ name, address, site, witness }: NodeAnswer): string {
  return `${name}=${address}@${site}${witness ? ',witness' : ''}`
}

/** The answers that flags alone give; names every missing one at once. */
export function answersFromFlags(given: Given): Answers {
  const { cluster, self } = given
  const nodes = (given.node ?? []).map(parseNode)
  const missing = [
    ...(cluster === undefined ? ['--cluster'] : []),
    ...(nodes.length === 0 ? ['--node'] : []),
    ...(self === undefined ? ['--self'] : []),
    ...(given.interface === undefined ? ['--interface'] : []),
  ]
  if (cluster === undefined || self === undefined || given.interface === undefined || missing.length > 0) {
    throw usage(
      `there is no terminal to ask on, and ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`,
      'give them as flags; see movip init --help',
    )
  }
  return consistent({
    cluster,
    nodes,
    self,
    timing: given.timing,
    group: given.group,
    interface: given.interface,
    vips: given.vip ?? [],
  })
}

/** Refuses names that refer to no node: in the files themselves that would not be seen. */
export function consistent(answers: Answers): Answers {
  const names = answers.nodes.map(({ name }) => name)
  const list = names.join(', ')
  if (new Set(names).size < names.length) throw usage('two nodes have the same name', 'give each --node a name of its own')
  if (!names.includes(answers.self)) throw usage(`--self ${answers.self} is none of the nodes ${list}`, `write one of ${list}`)
  return answers
}

function usage(message: string, fix: string): CommandError {
  return new CommandError({ exitCode: exitCodes.usage, code: 'USAGE', message, fix })
}

import { CommandError, exitCodes } from '../failure.ts'

export interface NodeAnswer {
  readonly name: string
  readonly address: string
  readonly site: string
}

/** What the files are made of. The loader judges whether the values make sense. */
export interface Answers {
  readonly cluster: string
  readonly timing: string
  readonly nodes: readonly NodeAnswer[]
  readonly witnesses: readonly string[]
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
  readonly witness?: readonly string[] | undefined
  readonly self?: string | undefined
  readonly group: string
  readonly vip?: readonly string[] | undefined
  readonly interface?: string | undefined
}

/** Takes `name=address@site` apart; the site may be left out. */
export function parseNode(text: string): NodeAnswer {
  const [, name, address, site] = /^([^=@\s]+)=([^=@\s]+)(?:@([^=@\s]+))?$/.exec(text) ?? []
  if (name === undefined || address === undefined)
    throw usage(`--node ${text} is not of the form name=address or name=address@site`, 'write for example: --node paris-1=10.0.0.11@paris')
  return { name, address, site: site ?? 'main' }
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
    witnesses: given.witness ?? [],
  })
}

/** What to call on another node for the same cluster. Its interface may have another name there. `folders`: flags that name others than the usual ones. */
export function commandFor(answers: Answers, self: string, folders: readonly string[] = []): string {
  const flags = [
    `--cluster ${answers.cluster}`,
    ...answers.nodes.map(({ name, address, site }) => `--node ${name}=${address}@${site}`),
    ...answers.witnesses.map((name) => `--witness ${name}`),
    ...answers.vips.map((vip) => `--vip ${vip}`),
    `--group ${answers.group} --timing ${answers.timing} --interface ${answers.interface}`,
    ...folders,
  ]
  return `movip init --self ${self} --secret-file <copy of the secret> ${flags.join(' ')}`
}

/** Refuses names that refer to no node: in the files themselves that would not be seen. */
export function consistent(answers: Answers): Answers {
  const names = answers.nodes.map(({ name }) => name)
  const list = names.join(', ')
  if (new Set(names).size < names.length) throw usage('two nodes have the same name', 'give each --node a name of its own')
  if (!names.includes(answers.self)) throw usage(`--self ${answers.self} is none of the nodes ${list}`, `write one of ${list}`)
  const unknown = answers.witnesses.find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw usage(`--witness ${unknown} is none of the nodes ${list}`, `write one of ${list}, or add --node ${unknown}=<address>`)
  return answers
}

function usage(message: string, fix: string): CommandError {
  return new CommandError({ exitCode: exitCodes.usage, code: 'USAGE', message, fix })
}

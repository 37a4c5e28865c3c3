import { networkInterfaces } from 'node:os'
import { confirm, input, select } from '@inquirer/prompts'
import { answersFromFlags, consistent, formatNode, parseNode } from './answers.ts'
import type { Answers, Given, NodeAnswer } from './answers.ts'

/** Questions go to standard error, so that standard output stays for the result. */
const context = { output: process.stderr }
const name = { pattern: /^[a-z][a-z0-9-]*$/, patternError: 'lower-case letters, digits and dashes, beginning with a letter' }

/** Asks for what the flags left open. */
export async function ask(given: Given): Promise<Answers> {
  const cluster = given.cluster ?? (await input({ message: 'Name of the cluster', default: 'main', ...name }, context))
  const nodes = given.node === undefined ? await askNodes() : given.node.map(parseNode)
  const names = nodes.map((node) => ({ value: node.name }))
  const witness = given.node === undefined ? await askWitness(names) : null
  const self = given.self ?? (await select({ message: 'Which of them is this machine?', choices: names }, context))
  const vips = given.vip ?? (await askVips())
  const chosen =
    given.interface ??
    (await select({ message: 'Interface on which the address lives', choices: interfaceNames().map((value) => ({ value })) }, context))
  return consistent(
    answersFromFlags({
      ...given,
      cluster,
      self,
      interface: chosen,
      vip: vips,
      node: nodes.map((node) => formatNode(node.name === witness ? { ...node, witness: true } : node)),
    }),
  )
}

async function askNodes(): Promise<NodeAnswer[]> {
  const nodes: NodeAnswer[] = []
  do {
    const number = nodes.length + 1
    const id = await input({ message: `Name of node ${number}`, default: `node-${number}`, ...name }, context)
    const address = await input(
      {
        message: `Address of ${id}, as the other nodes reach it`,
        required: true,
        pattern: /^[^\s=@]+$/,
        patternError: 'an address such as 10.0.0.11',
      },
      context,
    )
    const site = await input({ message: `Site of ${id}: what fails together`, default: nodes.at(-1)?.site ?? 'main', ...name }, context)
    nodes.push({ name: id, address, site, witness: false })
  } while (nodes.length < 3 || (nodes.length < 7 && (await confirm({ message: 'Another node?', default: false }, context))))
  return nodes
}

async function askWitness(names: readonly { readonly value: string }[]): Promise<string | null> {
  const chosen = await select(
    { message: 'Is one of them only a witness, that votes and never holds the address?', choices: [{ name: 'none', value: '' }, ...names] },
    context,
  )
  return chosen === '' ? null : chosen
}

async function askVips(): Promise<string[]> {
  const text = await input(
    {
      message: 'Address that moves, with its prefix (several: separated by commas; none: leave empty)',
      pattern: /^[\s\d.:a-fA-F/,]*$/,
      patternError: 'for example 10.0.0.50/24',
    },
    context,
  )
  return text
    .split(',')
    .map((vip) => vip.trim())
    .filter((vip) => vip !== '')
}

function interfaceNames(): string[] {
  const names = Object.entries(networkInterfaces())
    .filter(([, addresses]) => addresses?.some(({ internal }) => !internal))
    .map(([id]) => id)
  return names.length === 0 ? ['eth0'] : names
}

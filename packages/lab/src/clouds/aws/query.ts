import type { Contract, Fields, Value } from './contract.ts'
import { breaches, shapeOf } from './contract.ts'
import { Ec2Fault } from './fault.ts'

/** One call of the EC2 query protocol, read by the contract. */
export interface Call {
  readonly action: string
  readonly input: Fields
  readonly dryRun: boolean
}

/** A dotted name such as `Filter.1.Value.2`, taken apart. */
interface Tree {
  text?: string
  readonly children: Map<string, Tree>
}

/** Reads a form-encoded request. Throws `Ec2Fault` as the service refuses it. */
export function readCall(body: string, contract: Contract): Call {
  const form = new URLSearchParams(body)
  const action = form.get('Action') ?? ''
  const operation = Object.hasOwn(contract.operations, action) ? contract.operations[action] : undefined
  const version = form.get('Version') ?? ''
  if (action === '') throw new Ec2Fault('MissingAction', 'The request must contain the parameter Action')
  if (operation === undefined || version !== contract.metadata.apiVersion)
    throw new Ec2Fault('InvalidAction', `The action ${action} is not valid for this web service (version ${version})`)
  form.delete('Action')
  form.delete('Version')
  if (operation.input === undefined) return { action, input: {}, dryRun: false }
  const input = valueOf(treeOf(form), operation.input.shape, contract, '') as Fields
  refuseBreaches(contract, operation.input.shape, input)
  return { action, input, dryRun: input['DryRun'] === true }
}

function refuseBreaches(contract: Contract, shape: string, input: Fields): void {
  const [first] = breaches(contract, shape, input)
  if (first === undefined) return
  if (first.kind === 'missing') throw new Ec2Fault('MissingParameter', `The request must contain the parameter ${first.at}`)
  throw new Ec2Fault('InvalidParameterValue', first.message)
}

function treeOf(form: URLSearchParams): Tree {
  const root: Tree = { children: new Map() }
  for (const [name, text] of form) {
    let at = root
    for (const part of name.split('.')) {
      const next = at.children.get(part) ?? { children: new Map() }
      at.children.set(part, next)
      at = next
    }
    if (at.text !== undefined) throw new Ec2Fault('InvalidParameterCombination', `The parameter ${name} is given twice`)
    at.text = text
  }
  return root
}

function valueOf(tree: Tree, shapeName: string, contract: Contract, at: string): Value {
  const shape = shapeOf(contract, shapeName)
  const below = (name: string): string => (at === '' ? name : `${at}.${name}`)
  if (shape.type === 'structure') {
    const byWire = new Map(Object.entries(shape.members).map(([name, member]) => [wireName(name, member), { name, shape: member.shape }]))
    return Object.fromEntries(
      [...tree.children].map(([wire, child]) => {
        const member = byWire.get(wire)
        if (member === undefined) throw new Ec2Fault('UnknownParameter', `The parameter ${below(wire)} is not recognized`)
        return [member.name, valueOf(child, member.shape, contract, below(wire))]
      }),
    )
  }
  if (shape.type === 'list') {
    const { member } = shape
    return [...tree.children]
      .map(([index, child]) => ({ index: indexOf(index, below(index)), child }))
      .toSorted((left, right) => left.index - right.index)
      .map(({ index, child }) => valueOf(child, member.shape, contract, below(String(index))))
  }
  if (tree.text === undefined || tree.children.size > 0)
    throw new Ec2Fault('UnknownParameter', `The parameter ${at} is not a structure and not a list`)
  return scalarOf(tree.text, shape.type, at)
}

/** In the EC2 protocol the query's name goes first, then that of the answers with its first letter in upper case. */
function wireName(name: string, { queryName, locationName }: { readonly queryName?: string; readonly locationName?: string }): string {
  if (queryName !== undefined) return queryName
  return locationName === undefined ? name : locationName.charAt(0).toUpperCase() + locationName.slice(1)
}

function indexOf(text: string, at: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new Ec2Fault('InvalidParameterValue', `The parameter ${at} is no place in a list`)
  return Number(text)
}

function scalarOf(text: string, type: 'string' | 'integer' | 'long' | 'boolean' | 'timestamp' | 'blob', at: string): Value {
  const wrong = (expected: string): Ec2Fault =>
    new Ec2Fault('InvalidParameterValue', `Value (${text}) for parameter ${at} is invalid: expected ${expected}`)
  switch (type) {
    case 'string':
      return text
    case 'integer':
    case 'long':
      if (!/^-?\d+$/.test(text)) throw wrong('a whole number')
      return Number(text)
    case 'boolean':
      if (text !== 'true' && text !== 'false') throw wrong('true or false')
      return text === 'true'
    case 'timestamp':
      if (Number.isNaN(Date.parse(text))) throw wrong('a time')
      return new Date(text)
    case 'blob':
      return Buffer.from(text, 'base64')
  }
}

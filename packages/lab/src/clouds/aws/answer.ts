import type { Contract, Fields, Value } from './contract.ts'
import { breaches, isFields, shapeOf } from './contract.ts'
import type { Ec2Fault } from './fault.ts'

/** What goes back: the status of HTTP and its XML. */
export interface Answer {
  readonly status: number
  readonly body: string
}

/**
 * The answer of an operation. Throws where it is not what the vendor publishes: a fake that answers what the real service never
 * would proves nothing.
 */
export function writeAnswer(contract: Contract, action: string, output: Fields, requestId: string): Answer {
  const shape = contract.operations[action]?.output?.shape
  const broken = shape === undefined ? [] : breaches(contract, shape, output)
  if (broken.length > 0)
    throw new Error(`invariant: the answer of ${action} breaks its contract: ${broken.map(({ message }) => message).join('; ')}`)
  // What has nothing else to say says that it is done.
  const inside = shape === undefined ? '<return>true</return>' : membersXml(contract, shape, output)
  const { xmlNamespace } = contract.metadata
  return {
    status: 200,
    body: `${head}<${action}Response xmlns="${xmlNamespace}"><requestId>${requestId}</requestId>${inside}</${action}Response>`,
  }
}

export function writeFault({ code, message, status }: Ec2Fault, requestId: string): Answer {
  const error = `<Error><Code>${escape(code)}</Code><Message>${escape(message)}</Message></Error>`
  return { status, body: `${head}<Response><Errors>${error}</Errors><RequestID>${requestId}</RequestID></Response>` }
}

const head = '<?xml version="1.0" encoding="UTF-8"?>\n'

function membersXml(contract: Contract, shapeName: string, fields: Fields): string {
  const shape = shapeOf(contract, shapeName)
  if (shape.type !== 'structure') throw new Error(`invariant: ${shapeName} has no members`)
  return Object.entries(shape.members)
    .map(([name, member]) => {
      const value = fields[name]
      const tag = member.locationName ?? name
      return value === undefined ? '' : `<${tag}>${valueXml(contract, member.shape, value)}</${tag}>`
    })
    .join('')
}

function valueXml(contract: Contract, shapeName: string, value: Value): string {
  const shape = shapeOf(contract, shapeName)
  if (shape.type === 'structure') return isFields(value) ? membersXml(contract, shapeName, value) : ''
  if (shape.type === 'list') {
    const { locationName = 'member', shape: inner } = shape.member
    return (value as readonly Value[]).map((item) => `<${locationName}>${valueXml(contract, inner, item)}</${locationName}>`).join('')
  }
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return escape(String(value as string | number | boolean))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#xD;',
  '\n': '&#xA;',
}

/** Text as XML has it. */
export function escape(text: string): string {
  return text.replaceAll(/[&<>"'\r\n]/g, (letter) => entities[letter] ?? letter)
}

import * as sdk from '@aws-sdk/client-ec2'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { writeAnswer } from './answer.ts'
import type { Answer } from './answer.ts'
import { ec2, shapeOf } from './contract.ts'
import type { Fields, Value } from './contract.ts'
import { readCall } from './query.ts'

// Amazon's own client stands on the other side: what it sends is read, and what is written it reads.

/** Any value of a shape, as deep as the shape goes. */
function anyOf(shapeName: string, depth = 0): fc.Arbitrary<Value> {
  const shape = shapeOf(ec2, shapeName)
  switch (shape.type) {
    case 'structure': {
      const { members, required = [] } = shape
      const arbitraries = Object.entries(members).filter(([, { shape: inner }]) => depth < 6 || !isDeep(inner))
      return fc.record(Object.fromEntries(arbitraries.map(([name, { shape: inner }]) => [name, anyOf(inner, depth + 1)])), {
        requiredKeys: [...required],
      })
    }
    case 'list':
      return fc.array(anyOf(shape.member.shape, depth + 1), { minLength: 1, maxLength: 3 })
    case 'string':
      return shape.enum === undefined ? fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/) : fc.constantFrom(...shape.enum)
    case 'integer':
    case 'long':
      return fc.integer({ min: shape.min ?? 0, max: shape.max ?? 1_000_000 })
    case 'boolean':
      return fc.boolean()
    case 'timestamp':
      return fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
    case 'blob':
      return fc.uint8Array({ minLength: 1, maxLength: 20 })
  }
}

function isDeep(shapeName: string): boolean {
  return ['structure', 'list'].includes(shapeOf(ec2, shapeName).type)
}

const commands = new Map(Object.entries(sdk))

/** What the client has sent, and what it makes of the answer. */
async function exchange(action: string, input: Fields, answer: Answer): Promise<{ readonly body: string; readonly output: unknown }> {
  let body = ''
  const client = new sdk.EC2Client({
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestHandler: {
      handle: (request: { readonly body: string }) => {
        body = request.body
        const response = { statusCode: answer.status, headers: { 'content-type': 'text/xml' }, body: Buffer.from(answer.body) }
        return Promise.resolve({ response })
      },
    } as never,
  })
  const Command = commands.get(`${action}Command`) as unknown as new (input: Fields) => never
  const { $metadata: _, ...output } = (await client.send(new Command(input))) as { readonly $metadata: object }
  return { body, output }
}

/** As it can be on a wire: bytes as numbers, and nothing of what has nothing in it. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value]
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(plain).filter((item) => item !== undefined)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).flatMap(([name, member]) => (isNothing(plain(member)) ? [] : [[name, plain(member)] as const]))
  return members.length === 0 ? undefined : Object.fromEntries(members)
}

function isNothing(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0)
}

const actions = Object.entries(ec2.operations)

describe('the protocol of EC2', () => {
  it.each(actions)('reads what the client sends for %s, by the contract', async (action, { input }) => {
    if (input === undefined) throw new Error(`${action} takes nothing`)
    await fc.assert(
      fc.asyncProperty(anyOf(input.shape), async (wanted) => {
        const { body } = await exchange(action, wanted as Fields, { status: 200, body: '<x/>' })
        expect(plain(readCall(body, ec2))).toEqual(plain({ action, input: wanted, dryRun: (wanted as Fields)['DryRun'] === true }))
      }),
      { numRuns: 30 },
    )
  })

  it.each(actions.filter(([, { output }]) => output !== undefined))(
    'answers %s so that the client reads all of it',
    async (action, { input, output }) => {
      const [asked = {}] = fc.sample(anyOf(input?.shape ?? ''), { numRuns: 1, seed: 1 })
      await fc.assert(
        fc.asyncProperty(anyOf(output?.shape ?? ''), async (told) => {
          const answer = writeAnswer(ec2, action, told as Fields, 'r-1')
          expect(plain((await exchange(action, asked as Fields, answer)).output)).toEqual(plain(told))
        }),
        { numRuns: 30 },
      )
    },
  )
})

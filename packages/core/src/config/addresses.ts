import { z } from 'zod'
import { mainPlane } from '../model/index.ts'
import type { Member } from '../model/index.ts'
import { judge } from '../judge.ts'
import { address, addressForm, addressKey, name } from './fields.ts'
import type { ConfigProblem, Path } from './problem.ts'
import type { Source } from './source.ts'

const someForm = 'expected an address for each plane'

/** Where a node is reached: one address, or one for each plane. */
export const addressSchema = z.union([
  address,
  z.record(name, address, { error: addressForm }).refine((planes) => Object.keys(planes).length > 0, { error: someForm }),
])

/** The addresses of a node as the log has them; with one address alone as it was before there were planes. */
export function addressesOf(setting: z.infer<typeof addressSchema>): Pick<Member, 'address' | 'addresses'> {
  if (typeof setting === 'string') return { address: setting }
  const [[first, firstAddress] = ['', ''], ...more] = Object.entries(setting)
  if (first === mainPlane && more.length === 0) return { address: firstAddress }
  return { address: setting[mainPlane] ?? firstAddress, addresses: setting }
}

interface Place {
  readonly node: string
  readonly path: Path
  readonly address: string
}

/** Every address belongs to one plane of one node. */
export function addressProblems(nodes: readonly string[], source: Source): ConfigProblem[] {
  const owners = new Map<string, Place>()
  const problems: ConfigProblem[] = []
  for (const place of nodes.flatMap((node) => placesOf(node, source))) {
    const key = addressKey(place.address)
    const owner = owners.get(key)
    if (owner === undefined) owners.set(key, place)
    else {
      problems.push(
        source.problem(place.path, 'value', {
          expected: 'an address of its own',
          message: `${place.address} is already the address of ${owner.node}${owner.node === place.node ? ' in another plane' : ''}`,
          fix: `write the address of ${place.node}${owner.node === place.node ? ' in this plane' : ''}`,
        }),
      )
    }
  }
  return problems
}

/** Where a node is reached, in every plane. */
export function placesOf(node: string, source: Source): readonly Place[] {
  const path: Path = ['nodes', node, 'address']
  const setting = judge(addressSchema, source.valueAt(path))
  if (setting?.success !== true) return []
  const { data } = setting
  if (typeof data === 'string') return [{ node, path, address: data }]
  return Object.entries(data).map(([plane, own]) => ({ node, path: [...path, plane], address: own }))
}

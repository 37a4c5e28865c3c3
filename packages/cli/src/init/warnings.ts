import { networkInterfaces } from 'node:os'
import { access } from 'node:fs/promises'
import type { Answers } from './answers.ts'

/** What the loader accepts and is most likely not meant. */
export async function warningsFor(answers: Answers): Promise<string[]> {
  const exists = await access(`/sys/class/net/${answers.interface}`).then(
    () => true,
    () => false,
  )
  const witness = answers.witnesses.includes(answers.self)
  return [
    ...(exists || witness
      ? []
      : [`this machine has no interface ${answers.interface}; it has ${Object.keys(networkInterfaces()).join(', ')}: correct node.yaml`]),
    ...(answers.vips.length > 0 ? [] : ['no --vip was given: nothing will move until groups are written into cluster.yaml']),
  ]
}

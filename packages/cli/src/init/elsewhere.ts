import { parseHostPort } from '@movip/core/config'
import { defaultConfig, machinePlaces } from '../places.ts'
import type { Answers, NodeAnswer } from './answers.ts'

/** Flags of `movip init` that say where the files go. */
export interface Folders {
  readonly dir: string
  readonly data: string
  readonly 'unit-dir'?: string | undefined
}

/** What to call on each of the other nodes: the invitation brings them the configuration and the secret, and no secret is seen by `ps`. */
export function commandsElsewhere(answers: Answers, folders: Folders): readonly string[] {
  const here = answers.nodes.find(({ name }) => name === answers.self)
  const host = parseHostPort(here?.address ?? '')?.host ?? ''
  const config = `${folders.dir}/node.yaml`
  const named = config === defaultConfig ? '' : ` --config ${config}`
  return answers.nodes
    .filter(({ name }) => name !== answers.self)
    .map((node) => `ssh root@${host} movip invite ${node.name}${named} | movip init ${flagsOf(node, answers, folders)}`)
}

/** A witness has folders of its own, and claims nothing. */
function flagsOf(node: NodeAnswer, answers: Answers, folders: Folders): string {
  if (node.witness) return '--witness'
  const { dir, data, 'unit-dir': unitDir } = folders
  return [
    `--join - --interface ${answers.interface}`,
    ...(dir === machinePlaces.dir ? [] : [`--dir ${dir}`]),
    ...(data === machinePlaces.data ? [] : [`--data ${data}`]),
    ...(unitDir === undefined ? [] : [`--unit-dir ${unitDir}`]),
  ].join(' ')
}

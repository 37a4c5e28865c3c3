import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadClusterSpec, resolvePlugins } from '@movip/core/config'
import { expect, it } from 'vitest'

const examples = fileURLToPath(new URL('../../../../examples', import.meta.url))
const withTerraform = readdirSync(examples).filter((name) => existsSync(join(examples, name, 'main.tf')))
/** Names of rights as vendors write them. */
const right = /"((?:Microsoft\.Network\/|compute\.|ec2:)[\w/.]+)"/g

it.each(withTerraform)('the Terraform of the example %s grants exactly what its endpoints need', async (name) => {
  const spec = await loadClusterSpec(join(examples, name, 'cluster.yaml'))
  const endpoints = spec.groups.flatMap((group) => group.endpoints)
  const { plugins } = await resolvePlugins(endpoints.map(({ backend }) => backend))
  const needed = endpoints.flatMap(({ backend, options }) => plugins.get(backend)?.kind.rights?.(options) ?? [])
  const granted = readFileSync(join(examples, name, 'main.tf'), 'utf8').matchAll(right)
  expect(new Set([...granted].map(([, action]) => action))).toEqual(new Set(needed.map(({ action }) => action)))
})

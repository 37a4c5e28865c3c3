import { readdirSync } from 'node:fs'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadClusterSpec, loadNodeConfig } from './index.ts'

const examples = fileURLToPath(new URL('../../../../examples', import.meta.url))
const nodeFiles = readdirSync(examples).flatMap((example) =>
  readdirSync(join(examples, example))
    .filter((file) => /^node-.*\.yaml$/.test(file))
    .map((file) => ({ example, file })),
)

describe.each(nodeFiles)('the example $example', ({ example, file }) => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'movip-example-'))
    for (const name of ['cluster.yaml', file]) await copyFile(join(examples, example, name), join(folder, name))
    await writeFile(join(folder, 'cluster.secret'), 'a secret of an example, made for one test\n', { mode: 0o600 })
  })
  afterAll(() => rm(folder, { recursive: true }))

  it(`is understood by the node of ${file}, which is one of its members`, async () => {
    const node = await loadNodeConfig(join(folder, file))
    const spec = await loadClusterSpec(node.bootstrap)
    expect(spec.nodes.map(({ id }) => id)).toContain(node.node)
    expect(spec.groups.length).toBeGreaterThan(0)
  })
})

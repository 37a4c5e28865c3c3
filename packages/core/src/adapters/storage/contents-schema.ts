import { z } from 'zod'
import { judge } from '../../judge.ts'
import { count, entrySchema, hardSchema, name, snapshotSchema } from '../log-schema.ts'
import { bookFormat, formerFormat, type Contents } from './contents.ts'
import { corrupt } from './error.ts'

const contentsSchema: z.ZodType<Contents> = z.strictObject({
  meta: z.strictObject({
    format: z.literal([bookFormat, formerFormat]),
    cluster: z.string(),
    node: z.string(),
    dataId: name,
    generation: count,
  }),
  stored: z.strictObject({ hard: hardSchema, snapshot: snapshotSchema, entries: z.array(entrySchema) }),
})

/** Refuses records that are whole but do not say what records say: another program, or a later one, wrote them. */
export function checkShape(contents: Contents, folder: string): void {
  const judged = judge(contentsSchema, contents)
  if (judged === null) throw corrupt(folder, 'it holds what movip never writes')
  const issue = judged.error?.issues[0]
  if (issue !== undefined) throw corrupt(folder, `${issue.path.join('.')} is not what movip writes there: ${issue.message}`)
}

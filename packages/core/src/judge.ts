import type { z } from 'zod'

/**
 * What a schema says of a value from elsewhere. null: it cannot even judge it. Schemas compare whatever calls itself a `length` with a
 * number, and go down as deep as a value does: one that turns into no number, or that exhausts the stack, ends in an exception.
 */
export function judge<T>(
  schema: z.ZodType<T>,
  value: unknown,
  params?: Parameters<z.ZodType<T>['safeParse']>[1],
): z.ZodSafeParseResult<T> | null {
  try {
    return schema.safeParse(value, params)
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return null
    throw error
  }
}

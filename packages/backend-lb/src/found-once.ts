/** Finds something out once for all who ask; where that fails, whoever asks next tries again. */
export function foundOnce<T>(find: () => Promise<T>): () => Promise<T> {
  let known: Promise<T> | null = null
  return () => {
    known ??= find().catch((error: unknown) => {
      known = null
      throw error
    })
    return known
  }
}

/** What a message binds its sender to, and therefore must be on the sender's disk before it is sent. */
export type Claim =
  | { readonly type: 'vote'; readonly term: number; readonly votedFor: string }
  | { readonly type: 'term'; readonly term: number }
  | { readonly type: 'matched'; readonly index: number }

export type ClaimSource = 'vote-request' | 'vote-answer' | 'append-answer' | 'beat'

export interface Claims {
  readonly source: ClaimSource
  readonly claims: readonly Claim[]
}

interface Words {
  readonly type: string
  readonly from: string
  readonly to: string
  readonly term: number
  readonly pre: boolean
  readonly granted: boolean
  readonly ok: boolean
  readonly index: number
  readonly matched: number
  readonly coordinator: string | null
}

/** null: a message that claims nothing of the disk. */
export function claimsOf(payload: string): Claims | null {
  const [first = '', rest] = payload.split('\n')
  const words = (rest === undefined ? (JSON.parse(first) as { message?: Words }).message : (JSON.parse(rest) as Words)) ?? null
  switch (words?.type) {
    case 'vote-request':
      return words.pre ? null : { source: 'vote-request', claims: [{ type: 'vote', term: words.term, votedFor: words.from }] }
    case 'vote-answer': {
      if (words.pre) return null
      const vote: Claim = words.granted ? { type: 'vote', term: words.term, votedFor: words.to } : { type: 'term', term: words.term }
      return { source: 'vote-answer', claims: [vote] }
    }
    case 'append-answer': {
      const matched: readonly Claim[] = words.ok ? [{ type: 'matched', index: words.index }] : []
      return { source: 'append-answer', claims: [{ type: 'term', term: words.term }, ...matched] }
    }
    case 'beat': {
      // Who says that it coordinates has counted its own vote.
      const vote: readonly Claim[] = words.coordinator === words.from ? [{ type: 'vote', term: words.term, votedFor: words.from }] : []
      return { source: 'beat', claims: [...vote, { type: 'matched', index: words.matched }] }
    }
    default:
      return null
  }
}

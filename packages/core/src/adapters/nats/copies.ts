import type { NodeId } from '../../model/index.ts'

/** Which of its sender's messages one is. The same message bears the same stamp on every plane that it comes over. */
export interface Stamp {
  /** One life of the sender's transport. */
  readonly life: string
  /** From 1, rising by 1 from message to message. */
  readonly number: number
}

/** Knows a message that has come over another plane already. */
export interface Copies {
  /** Whether this is the first that comes of a message. One that is very late is taken for a copy: it may be lost, as any message may. */
  isFirst(from: NodeId, stamp: Stamp): boolean
}

/** So many messages of a sender may lie between the first that comes of one and its copies. */
const windowMax = 1024
/** More lives than a cluster has nodes; what is forgotten can only let a message be heard twice, which costs time alone. */
const livesMax = 256

interface Window {
  newest: number
  /** At `number % windowMax` the latest number of those that was heard. */
  readonly heard: Float64Array
}

export function createCopies(): Copies {
  // In the order in which they were heard last.
  const lives = new Map<string, Window>()
  const windowOf = (key: string): Window => {
    const window = lives.get(key) ?? { newest: 0, heard: new Float64Array(windowMax) }
    lives.delete(key)
    lives.set(key, window)
    for (const oldest of lives.keys()) {
      if (lives.size <= livesMax) break
      lives.delete(oldest)
    }
    return window
  }
  return {
    isFirst(from, { life, number }) {
      const window = windowOf(`${from} ${life}`)
      if (number <= window.newest - windowMax) return false
      const place = number % windowMax
      if (window.heard[place] === number) return false
      window.heard[place] = number
      window.newest = Math.max(window.newest, number)
      return true
    },
  }
}

import type { Brain } from './brain.ts'
import type { Input } from './types.ts'

/** What a node is told of itself, its machine, and what it sees from there. */
type OwnNews = Extract<Input, { readonly type: 'fitness' | 'position' | 'unreached' | 'lateness' | 'wall-clock' | 'windows' }>

/** Remembers it, for its beats and for its own decisions. */
export function noteOwn(brain: Brain, news: OwnNews): void {
  switch (news.type) {
    case 'fitness':
      if (brain.holdings.setFitness(news.group, news.fitness)) brain.beatDue = true
      return
    case 'position':
      if (news.told === null) brain.positions.delete(news.group)
      else brain.positions.set(news.group, news.told)
      return
    case 'unreached':
      if (news.epoch === null) brain.unreached.delete(news.group)
      else brain.unreached.set(news.group, news.epoch)
      brain.beatDue = true
      return
    case 'lateness':
      brain.latenessMs = news.latenessMs
      return
    case 'wall-clock':
      brain.wallAheadMs = news.aheadMs
      return
    case 'windows':
      brain.coordination.settling.openWindows = new Set(news.open)
  }
}

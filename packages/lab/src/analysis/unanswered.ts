/** Which questions of the client were never answered. Pure. */
import type { Answer } from './record.ts'

/** The longest time for which every question stayed without an answer, between the first and the last that got one; 0: none did. */
export function longestUnansweredMs(answers: readonly Pick<Answer, 'seq'>[], pitchMs: number): number {
  const answered = [...new Set(answers.map(({ seq }) => seq))].toSorted((a, b) => a - b)
  const missing = answered.slice(1).map((seq, index) => seq - (answered[index] ?? seq) - 1)
  return Math.max(0, ...missing) * pitchMs
}

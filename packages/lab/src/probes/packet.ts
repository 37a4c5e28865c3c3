/** The request of the lab's client and the answer to it. */

export const PORT = 7001
const ANSWER_SIZE = 32

/** A request is its number, 4 bytes. */
export function writeRequest(buffer: Buffer, seq: number): void {
  buffer.writeUInt32LE(seq, 0)
}
export const REQUEST_SIZE = 4

/** The request, when it was answered (CLOCK_MONOTONIC, ms), by whom. */
export interface AnswerPacket {
  readonly seq: number
  readonly answeredAt: number
  readonly by: string
}

export function answerTemplate(by: string): Buffer {
  const answer = Buffer.alloc(ANSWER_SIZE)
  answer.write(by, 12, 'latin1')
  return answer
}

export function fillAnswer(answer: Buffer, request: Buffer, answeredAt: number): void {
  request.copy(answer, 0, 0, REQUEST_SIZE)
  answer.writeDoubleLE(answeredAt, 4)
}

export function readAnswer(data: Buffer, size: number): AnswerPacket | null {
  if (size !== ANSWER_SIZE) return null
  const end = data.indexOf(0, 12)
  return {
    seq: data.readUInt32LE(0),
    answeredAt: data.readDoubleLE(4),
    by: data.toString('latin1', 12, end < 0 ? size : Math.min(end, size)),
  }
}

import type { Beat, ClusterState, Epoch, GroupId, Instant, Move, MoveReport, ProgressStep } from '../model/index.ts'

/** A cause is kept in the list of moves of every node: what backends have to say may be long. */
const FAILED_MAX = 512
/** So many reports go into one beat, and into one entry. */
const REPORTS_MAX = 256
/** A holder that cannot see what it has claimed tells of the claim alone after so many leases. */
const VERIFY_LEASES = 2
/** A group that was given anew before anything of it began here is told of so long after: by then the runner has said what it had to. */
const OVERTAKEN_LEASES = 1
const OVERTAKEN = 'the group was given anew before this node had its lease'
/** For so many leases a report is repeated: by then some coordinator has taken it down, or nobody will. */
const TELL_LEASES = 30

/** What this node has gone through with one assignment to it. */
interface Course {
  readonly group: GroupId
  readonly epoch: Epoch
  readonly learntAt: Instant
  readonly agreedAt: Instant
  startedAt: Instant | null
  claimedAt: Instant | null
  verifiedAt: Instant | null
  /** Something that only points here has begun to do so. */
  followingAt: Instant | null
  followedAt: Instant | null
  failedAt: Instant | null
  /** When it was seen that the group has been given anew. */
  overtakenAt: Instant | null
  why: string
}

/**
 * How this node brings up what it is given, for the list of moves. It tells that with its beats until the log says it. Nothing is ever
 * decided by it, and a report that is lost costs only knowledge.
 */
export class MoveReports {
  private readonly learnt = new Map<Epoch, Instant>()
  private readonly courses = new Map<Epoch, Course>()

  /** An assignment to this node has come into its log. */
  learn(epoch: Epoch, now: Instant): void {
    this.learnt.set(epoch, now)
  }

  /** A quorum has agreed on it. */
  agree(group: GroupId, epoch: Epoch, now: Instant): void {
    const learntAt = this.learnt.get(epoch) ?? now
    for (const older of this.learnt.keys()) if (older <= epoch) this.learnt.delete(older)
    const nothing = { startedAt: null, claimedAt: null, verifiedAt: null, followingAt: null, followedAt: null }
    this.courses.set(epoch, { group, epoch, learntAt, agreedAt: now, ...nothing, failedAt: null, overtakenAt: null, why: OVERTAKEN })
  }

  /** The runner says how far it is. */
  note(epoch: Epoch, step: ProgressStep, why: string, now: Instant): void {
    const course = this.courses.get(epoch)
    if (course === undefined) return
    if (step === 'failed') course.why = why
    if (step === 'started') course.startedAt ??= now
    else if (step === 'claimed') course.claimedAt ??= now
    else if (step === 'verified') course.verifiedAt ??= now
    else if (step === 'following') course.followingAt ??= now
    else if (step === 'followed') course.followedAt ??= now
    else course.failedAt ??= now
  }

  /** What is to be told of moves whose end the log does not know. */
  due({ moves, spec, assignments }: ClusterState, now: Instant): readonly MoveReport[] {
    if (this.courses.size === 0) return []
    const { leaseMs } = spec.timing
    const known = new Map(moves?.map((move) => [move.epoch, move]))
    const reports: MoveReport[] = []
    for (const course of this.courses.values()) {
      if (assignments[course.group]?.epoch !== course.epoch) course.overtakenAt ??= now
      const report = nextReport(course, known.get(course.epoch), leaseMs)
      if (report === null || now - report.from > TELL_LEASES * leaseMs) this.courses.delete(course.epoch)
      else if (now >= report.from && reports.length < REPORTS_MAX) reports.push(report.of(course))
    }
    return reports
  }
}

/** What is to be told of a course next, and from when on; Infinity: it goes on. null: nothing more. */
function nextReport(
  course: Course,
  move: Move | undefined,
  leaseMs: number,
): { readonly from: Instant; readonly of: (course: Course) => MoveReport } | null {
  if (move === undefined || move.to === null) return null
  if (!isEnded(move)) return { from: endOf(course, leaseMs), of: reportOf }
  const { followingAt, followedAt, overtakenAt } = course
  if (followingAt === null || overtakenAt !== null || isFollowed(move)) return null
  return {
    from: followedAt ?? Infinity,
    of: ({ group, epoch }) => ({ group, epoch, agreeMs: 0, ...spanOf('followMs', followingAt, followedAt) }),
  }
}

/** From then on it can be told how it went; Infinity: it goes on. */
function endOf({ claimedAt, verifiedAt, failedAt, overtakenAt }: Course, leaseMs: number): Instant {
  const unseenAt = (claimedAt ?? Infinity) + VERIFY_LEASES * leaseMs
  return Math.min(failedAt ?? Infinity, verifiedAt ?? Infinity, unseenAt, (overtakenAt ?? Infinity) + OVERTAKEN_LEASES * leaseMs)
}

function reportOf({ group, epoch, learntAt, agreedAt, startedAt, claimedAt, verifiedAt, why }: Course): MoveReport {
  const failed = claimedAt === null ? { failed: why.slice(0, FAILED_MAX) } : {}
  return {
    group,
    epoch,
    agreeMs: Math.round(agreedAt - learntAt),
    ...spanOf('startMs', agreedAt, startedAt),
    ...spanOf('claimMs', startedAt ?? agreedAt, claimedAt),
    ...spanOf('verifyMs', claimedAt, verifiedAt),
    ...failed,
  }
}

function spanOf(name: 'startMs' | 'claimMs' | 'verifyMs' | 'followMs', from: Instant | null, to: Instant | null): Partial<MoveReport> {
  return from === null || to === null ? {} : { [name]: Math.round(to - from) }
}

/** Whether it is known how the move ended. */
function isEnded({ phases, failed }: Move): boolean {
  return phases?.claimMs !== undefined || failed !== undefined
}

function isFollowed({ phases }: Move): boolean {
  return phases?.followMs !== undefined
}

/** Whether the report tells something of the move that is not known. */
function isNews(report: MoveReport, move: Move): boolean {
  return report.followMs === undefined ? !isEnded(move) : isEnded(move) && !isFollowed(move)
}

/** The reports in these beats that tell something new of a move to their sender, so many at most. */
export function newsIn(beats: Iterable<Beat>, { moves }: ClusterState): readonly MoveReport[] {
  const told = [...beats].flatMap(({ from, report }) => (report.moved ?? []).map((moved) => ({ from, moved })))
  if (told.length === 0) return []
  const known = new Map(moves?.map((move) => [move.epoch, move]))
  const news = told.filter(({ from, moved }) => {
    const move = known.get(moved.epoch)
    return move?.to === from && isNews(moved, move)
  })
  return news.map(({ moved }) => moved).slice(0, REPORTS_MAX)
}

/** The moves once these reports are known. */
export function endedBy(moves: readonly Move[], reports: readonly MoveReport[]): readonly Move[] {
  const told = new Map(reports.map((report) => [report.epoch, report]))
  return moves.map((move) => {
    const report = told.get(move.epoch)
    return report === undefined || move.to === null || !isNews(report, move) ? move : withReport(move, report)
  })
}

function withReport(move: Move, { group: _group, epoch: _epoch, agreeMs, failed, ...later }: MoveReport): Move {
  const { detectMs, decideMs, ...stop } = move.phases ?? { detectMs: 0, decideMs: 0 }
  const phases = { detectMs, decideMs: decideMs + agreeMs, ...stop, ...later }
  return { ...move, phases, ...(failed === undefined ? {} : { failed }) }
}

import { type FromGateway, type UsageItem, usageLimits } from '../../fleet/schema.ts'
import type { SetTimer } from '../../fleet/wire.ts'
import { createMeter, type Meter } from './meter.ts'

/** Hands what was counted to control: each report again and again until control says that it is counted for good. */
export type UsageReports = {
  /** Something was counted. */
  readonly soon: () => void
  readonly attached: (send: (frame: FromGateway) => void) => void
  readonly detached: () => void
  readonly taken: (seq: number) => void
  /** Everything, now: for the end of the process. */
  readonly flush: () => void
}

type Deps = {
  readonly meter: Pick<Meter, 'take' | 'groups'>
  readonly setTimer: SetTimer
  /** Milliseconds; only differences count. */
  readonly monotonic: () => number
}

type Report = { readonly seq: number; readonly items: readonly UsageItem[]; sentAt: number }

/** Half of what a list of keys promises to be behind at most would be 30 s; control has to write it, too. */
export const flushMs = 10_000
/** Control that has not counted a report by now has met trouble with it. */
const againMs = 30_000

export function createUsageReports({ meter, setTimer, monotonic }: Deps): UsageReports {
  /** Without a gap: control counts them in this order only. */
  let waiting: Report[] = []
  let last = 0
  let send: ((frame: FromGateway) => void) | null = null
  let timer: (() => void) | null = null

  const sendReport = (report: Report): void => {
    report.sentAt = monotonic()
    const confirmed = (waiting[0]?.seq ?? report.seq) - 1
    send?.({ type: 'usage', seq: report.seq, confirmed, items: [...report.items] })
  }
  const cut = (least: number, most: number): void => {
    // Nobody listens: whatever is still counted together need not be told apart.
    while (send !== null && waiting.length < most && meter.groups() >= least) {
      last += 1
      const report = { seq: last, items: meter.take(usageLimits.itemsPerReport), sentAt: 0 }
      waiting.push(report)
      sendReport(report)
    }
  }
  const tick = (): void => {
    timer = null
    const [oldest] = waiting
    if (send !== null && oldest && monotonic() - oldest.sentAt >= againMs) for (const each of waiting) sendReport(each)
    cut(1, usageLimits.unconfirmedReports)
    if (waiting.length > 0 || meter.groups() > 0) soon()
  }
  const soon = (): void => {
    if (send !== null && timer === null) timer = setTimer(flushMs, tick)
  }
  return {
    soon,
    attached: (sendFrame) => {
      send = sendFrame
      for (const report of waiting) sendReport(report)
      cut(1, usageLimits.unconfirmedReports)
      if (waiting.length > 0) soon()
    },
    detached: () => {
      send = null
      timer?.()
      timer = null
    },
    taken: (seq) => {
      waiting = waiting.filter((report) => report.seq > seq)
      // Full ones at once, what has just begun to be counted in its time.
      cut(usageLimits.itemsPerReport, usageLimits.unconfirmedReports)
    },
    flush: () => cut(1, Number.POSITIVE_INFINITY),
  }
}

/** Both ends of it: what counts a call, and what control is told. */
export function createCounting(deps: Omit<Deps, 'meter'> & { readonly now: () => number }): {
  readonly count: Meter['count']
  readonly reports: UsageReports
} {
  const meter = createMeter(deps.now)
  const reports = createUsageReports({ ...deps, meter })
  const count: Meter['count'] = (served) => {
    meter.count(served)
    reports.soon()
  }
  return { count, reports }
}

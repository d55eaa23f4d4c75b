import type { ServerView } from '../../src/servers/schema.ts'

type Timeouts = ServerView['timeouts']
/** How long gateways wait, as somebody writes it down. */
export type Times = Readonly<Record<keyof Timeouts, number | ''>>

export const noTimes: Times = { connectSeconds: '', answerSeconds: '', idleSeconds: '', totalSeconds: '' }

export const timesOf = (timeouts: Timeouts): Times => ({ ...timeouts, totalSeconds: timeouts.totalSeconds ?? '' })

/** Those that were written down; the others have their default. */
export const writtenTimes = (times: Times): Partial<Record<keyof Times, number>> =>
  Object.fromEntries(Object.entries(times).filter(([, seconds]) => seconds !== ''))

import { crashesUntilRed } from './backoff.ts'
import type { ChildProcess } from './supervisor.ts'

/** One child of `serve`, through all of its lives. */
type Seat = {
  /** As people know it. */
  readonly called: string
  child: ChildProcess | null
  /** Where it listens, from its first life on. */
  url: string | null
  ready: boolean
  readySince: number | null
  crashes: number
  /** The sentence of a child that gave up by itself. */
  lastWords: string | null
  cancelTimer: () => void
  gone: () => void
}

export type ControlSeat = Seat & { readonly role: 'control' }
export type GatewaySeat = Seat & {
  readonly role: 'gateway'
  /** As control knows it. */
  readonly name: string
  readonly token: string
  /** Its process was forked while there was no control: none has ever met it. */
  isUnmet: boolean
}
export type AnySeat = ControlSeat | GatewaySeat

export const newSeat = <T extends object>(who: T): T & Omit<Seat, 'called'> => ({
  ...who,
  child: null,
  url: null,
  ready: false,
  readySince: null,
  crashes: 0,
  lastWords: null,
  cancelTimer: () => {},
  gone: () => {},
})

export const gatewaySeat = ({ name, token }: { name: string; token: string }, at: number): GatewaySeat =>
  newSeat({ role: 'gateway' as const, called: at === 0 ? 'gateway' : `gateway ${at + 1}`, name, token, isUnmet: false })

export const untilGone = (seat: AnySeat): Promise<void> =>
  new Promise((resolve) => {
    if (seat.child === null) return resolve()
    const before = seat.gone
    seat.gone = () => {
      before()
      resolve()
    }
  })

/** Why readiness of who hangs on it is red, or null. */
export const redBy = ({ called, crashes }: AnySeat): string | null =>
  crashes >= crashesUntilRed ? `the ${called} process crashed ${crashes} times in a row` : null

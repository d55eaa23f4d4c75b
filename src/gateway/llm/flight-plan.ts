import { type Problem, refuse } from '../../problems.ts'
import type { Answer } from '../answer.ts'
import type { Course } from '../course.ts'
import type { Ending, Outbound } from '../forward.ts'
import type { Filter } from '../mcp/filter-answer.ts'
import { isEventStream } from '../media-type.ts'
import type { Attempt } from './attempt.ts'
import { passing } from './passing.ts'
import type { Meter, Payment } from './payment.ts'
import { nameOf, type Route } from './resolve.ts'

/** What one call does on its way: what it is judged by, what reads its answer, and what comes after a failure. */
export type FlightPlan = {
  readonly payment: Payment
  readonly course: Course
  readonly filterFor: Outbound['filterFor']
  /** It is sent now; `retries`: how often it may be sent to the same provider after that. */
  readonly begin: (retries: number) => void
  /** Is it sent to the same provider once more? */
  readonly again: (ending: Ending) => boolean
  /** Where it goes instead; null: nowhere. */
  readonly elsewhere: () => Route | null
  /** The last event of a stream that is paid for no further; null: it did not end so. */
  readonly lastEvent: () => string | null
}

/** Nothing is made yet where a provider answers so, and it says so at once. */
const mayPass: ReadonlySet<number> = new Set([502, 503, 529])
const tooMany = 429

export function createFlightPlan({ route, next }: Attempt, payment: Payment, answer: Answer): FlightPlan {
  let meter: Meter | null = null
  let retries = 0
  let isAgain = false
  let instead: Route | null = null
  let lastEvent: string | null = null
  const judge: Course['judge'] = (status) => {
    if (status === 401) return credentialRefused(route)
    if (mayPass.has(status) && retries > 0) {
      isAgain = true
      return failed(status)
    }
    if (status !== tooMany && status < 500) return null
    instead = next()
    return instead === null ? null : failed(status)
  }
  return {
    payment,
    course: {
      passing,
      judge,
      goesOn: () => meter?.goesOn() ?? true,
      stopped: () => {
        const ending = meter?.ending()
        lastEvent = ending?.event ?? null
        return ending?.problem ?? accident
      },
      readsToTheEnd: () => payment.readsToTheEnd,
    },
    filterFor: ({ status, contentType: said, length }) => {
      const contentType = typeof said === 'string' ? said : said?.join(', ')
      const made = payment.meter({ status, contentType })
      meter = made
      answer.standing = [...payment.headers(), 'ostiary-provider', nameOf(route)]
      const { push, end } = made
      const filter = { isWhole: false, contentType: contentType ?? 'application/json', push, end }
      return isShort(length) && !isEventStream(contentType) ? gathered(filter) : filter
    },
    begin: (left) => {
      retries = left
      isAgain = false
    },
    again: (ending) => {
      if (ending.kind !== 'refused' || answer.isOver) return false
      if (isAgain) return true
      // No connection: it cannot have done anything.
      if (ending.isUnsent !== true) return false
      if (retries > 0) return true
      instead = next()
      return false
    },
    elsewhere: () => instead,
    lastEvent: () => lastEvent,
  }
}

/**
 * An answer of so many bytes is gathered and goes out in one piece with its head and its length: one write instead of
 * three. 20 µs of a call.
 */
const gatheredBytes = 64 * 1024
const isShort = (length: unknown): boolean =>
  typeof length === 'string' && /^\d{1,6}$/.test(length) && Number(length) <= gatheredBytes

function gathered(filter: Filter): Filter {
  const pieces: Buffer[] = []
  const keep = (piece: Buffer | null): Buffer | null => {
    if (piece !== null) pieces.push(piece)
    return piece && nothing
  }
  return {
    ...filter,
    isWhole: true,
    push: (chunk) => keep(filter.push(chunk)),
    end: () => keep(filter.end()) && Buffer.concat(pieces),
  }
}
const nothing = Buffer.alloc(0)

/** Never delivered: it comes again, or goes elsewhere. */
const failed = (status: number): Problem =>
  refuse('upstream_unreachable', { detail: 'The provider could not take the call.', log: { providerStatus: status } })
    .problem

const credentialRefused = ({ provider }: Route): Problem =>
  refuse('provider_credential_refused', {
    detail: `The provider ${provider.slug} refused the credential that it is called with. An administrator must replace it.`,
  }).problem

const accident = refuse('internal').problem

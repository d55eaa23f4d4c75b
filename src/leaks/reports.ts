import type { Doer } from '../audit/store.ts'
import { parseChild } from '../keys/children/token.ts'
import { ok, type Result } from '../problems.ts'
import { type ExposeDeps, expose, type Told } from './expose.ts'
import type { AskGithub } from './github.ts'
import { createHolderProof, type ProofDeps } from './holders.ts'
import { createQueue } from './queue.ts'
import type { GithubAlert } from './schema.ts'

type Log = (fields: Readonly<Record<string, unknown>>, message: string) => void
export type ReportDeps = ProofDeps &
  ExposeDeps & {
    readonly askGithub: AskGithub
    readonly pause: (ms: number) => Promise<void>
    readonly log: { readonly info: Log; readonly warn: Log; readonly error: Log }
  }

type From = { readonly address: string; readonly requestId: string }
export type Reports = {
  /** False: there is no room now. What becomes of it does not show: possession is proved after the answer. */
  readonly token: (token: string, from: From) => boolean
  readonly alert: (alert: GithubAlert, from: From) => boolean
  readonly settled: () => Promise<void>
}

type Report = From & ({ readonly token: string } | { readonly alert: GithubAlert })

/** Reports wait in memory, and are worked on one after the other: a flood of them costs one connection of the store. */
export function createReports(deps: ReportDeps): Reports {
  const act = createAct(deps)
  const queue = createQueue<Report>({
    limit: 1000,
    work: act,
    pause: deps.pause,
    lost: ({ requestId }, err) => deps.log.error({ err, requestId }, 'a report of a leak could not be worked on'),
  })
  return {
    // What is no token is not worth a place; its form is public.
    token: (token, from) => !isToken(deps, token.trim()) || queue.push({ token: token.trim(), ...from }),
    alert: (alert, from) => queue.push({ alert, ...from }),
    settled: queue.settled,
  }
}

const isToken = ({ parseToken }: Pick<ReportDeps, 'parseToken'>, text: string): boolean =>
  parseToken(text) !== null || parseChild(text) !== null

/** As the audit log names who has reported. */
const reporter = (address: string): Doer => ({ kind: 'system', id: 'leak-report', name: 'leak report', address })
const github = (address: string): Doer => ({ kind: 'system', id: 'github', name: 'GitHub secret scanning', address })

const createAct = (deps: ReportDeps) => {
  const prove = createHolderProof(deps)
  const end = expose(deps)
  const actOn = async (token: string, told: Told): Promise<Result<null>> => {
    const held = await prove(token)
    if (!held.ok) return held
    if (held.value) await end(held.value, told)
    return ok(null)
  }
  return async (report: Report): Promise<boolean> => {
    const { address, requestId } = report
    const isAlert = 'alert' in report
    const token = isAlert ? await deps.askGithub(report.alert) : report.token
    if (token === null) {
      deps.log.warn({ requestId }, 'GitHub told of a secret without saying which: set OSTIARY_GITHUB_TOKEN')
      return true
    }
    const told = { by: isAlert ? github(address) : reporter(address), requestId }
    // A full lane is no answer: it is tried again.
    return (await actOn(token.trim(), told)).ok
  }
}

import { useRef, useState } from 'react'
import type { Fix } from '../../src/findings/schema.ts'
import type { Effect } from '../../src/fleet/schema.ts'
import { ask, newIdempotencyKey, type Refusal, Refused } from '../api.ts'
import type { RevealAnswer } from '../keys/reveal/shownOnce.ts'
import { useRefresh } from '../ui/useCalls.ts'
import type { Named } from './useFindings.ts'

/** How it went with one key. What an answer shows once is in here, and here only. */
export type Outcome = {
  readonly name: string
  readonly key: string
  readonly refused: string | null
  readonly answer: RevealAnswer | null
}
export type Result = { readonly outcomes: readonly Outcome[]; readonly effect: Effect | null }
type Call = Omit<Fix, 'label'>
type BulkAnswer = {
  readonly results: readonly {
    readonly id: string
    readonly ok: boolean
    readonly code?: string
    readonly detail?: string
  }[]
  readonly effect: Effect
}
/** What keys that nobody uses are met with: the one fix that REST has a call of its own for, with many keys at once. */
export type Verb = 'suspend' | 'revoke' | 'delete'

const said = ({ title, detail }: Refusal): string => detail ?? title

/** Makes the fix of each; what one key is refused does not stop the others. */
export function useFixing() {
  const [result, setResult] = useState<Result | null>(null)
  const [progress, setProgress] = useState<number | null>(null)
  const refresh = useRefresh()
  const [isStopping, setStopping] = useState(false)
  const isStopped = useRef(false)

  const fix = async (findings: readonly Named[], verb: Verb) => {
    setProgress(0)
    isStopped.current = false
    setStopping(false)
    const made = isOneCall(findings)
      ? await inOneCall(findings, verb)
      : await oneByOne(findings, setProgress, isStopped)
    setProgress(null)
    setResult(made)
    await refresh(['findings', 'keys'])
  }
  const stop = () => {
    isStopped.current = true
    setStopping(true)
  }
  return { fix, stop, isStopping, result, progress, forget: () => setResult(null) }
}

/** Then there is nothing to stop between one key and the next. */
export const isOneCall = (findings: readonly Named[]): boolean =>
  findings.every(({ fix: { path } }) => path === '/keys/bulk')

async function oneByOne(
  findings: readonly Named[],
  count: (done: number) => void,
  isStopped: { readonly current: boolean },
): Promise<Result> {
  const outcomes: Outcome[] = []
  let effect: Effect | null = null
  for (const { key, name, fix } of findings) {
    if (isStopped.current) break
    const outcome = await outcomeOf(fix, { key, name })
    outcomes.push(outcome)
    effect = outcome.answer?.effect ?? effect
    count(outcomes.length)
  }
  return { outcomes, effect }
}

async function outcomeOf(
  { method, path, body }: Call,
  of: { readonly key: string; readonly name: string },
): Promise<Outcome> {
  try {
    const line = `${method} /${path.replace(/^\//, '')}` as const
    const answer = await ask<RevealAnswer>(line, { body, idempotencyKey: newIdempotencyKey() })
    return { ...of, refused: null, answer }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return { ...of, refused: said(error.refusal), answer: null }
  }
}

async function inOneCall(findings: readonly Named[], verb: Verb): Promise<Result> {
  const keys = findings.map(({ key }) => key)
  const [first] = findings
  const nameOf = (id: string): string => findings.find(({ key }) => key === id)?.name ?? id
  try {
    const body = { ...first?.fix.body, action: verb, keys }
    const { results, effect } = await ask<BulkAnswer>('POST /keys/bulk', { body, idempotencyKey: newIdempotencyKey() })
    const outcomes = results.map(({ id, ok, code, detail }) => ({
      key: id,
      name: nameOf(id),
      refused: ok ? null : (detail ?? code ?? ''),
      answer: null,
    }))
    return { outcomes, effect }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const refused = said(error.refusal)
    return { outcomes: findings.map(({ key, name }) => ({ key, name, refused, answer: null })), effect: null }
  }
}

import type { Charge, Tokens } from '../../fleet/records/schema.ts'
import { ok, type Result } from '../../problems.ts'
import type { Answer } from '../answer.ts'
import type { Incoming } from '../incoming.ts'
import type { OpenMark, Spool, Unplaced } from '../spool/spool.ts'
import { createQuota } from './quota.ts'
import { createSaid } from './said.ts'

/** How a call went, beyond what its facts say. */
export type Outcome = {
  readonly kind: 'mcp' | 'llm'
  readonly status: number
  readonly code: string | null
  readonly tokens: Tokens | null
  readonly estimated: boolean
  /** nano-USD; null: no price is known. */
  readonly cost: number | null
  readonly price: string | null
  readonly charges: readonly Charge[]
  readonly firstByteMs: number | null
}

/** Writes down what is called: admitted calls into the spool before their last byte, refusals after theirs. */
export type Noting = {
  /** Before a call that is budgeted or streamed goes upstream; `reserved` is what it costs if nobody ever says. */
  readonly open: (call: Incoming, reserved: Outcome, isBudgeted: boolean) => Promise<Result<OpenMark>>
  /** The call is over: `release` lets its last byte go. */
  readonly done: (call: Incoming, outcome: Outcome, opened: OpenMark | null, release: () => void) => void
  /** A caller whom we know was refused. Of a flood of them only some are written down. */
  readonly refused: (call: Incoming, answer: Answer) => void
}

type Deps = {
  readonly spool: Pick<Spool, 'open' | 'done'>
  readonly now: () => number
  readonly monotonic: () => number
}

type Ending = Outcome & { readonly admitted: boolean; readonly rule: string | null }

const longest = 128

export function createNoting(deps: Deps): Noting {
  const { spool, monotonic } = deps
  const said = createSaid(longest)
  const name = createSaid(longestName)
  const mayNote = createQuota(monotonic)
  const recordOf = (call: Incoming, ending: Ending): Unplaced | null => {
    const { facts, startedAt } = call
    const { organization, keyId, owner, ownerType } = facts
    if (organization === null || keyId === null || owner === null || ownerType === null) return null
    facts.client ??= call.request.headers['user-agent'] ?? ''
    const latencyMs = monotonic() - startedAt
    return {
      id: call.requestId,
      at: Math.round(deps.now() - latencyMs),
      kind: ending.kind,
      organization,
      key: keyId,
      keyName: name(facts.keyName ?? ''),
      version: facts.secretVersion ?? 0,
      child: facts.childId,
      ownerType,
      owner,
      metadata: facts.metadata ?? '{}',
      client: said(facts.client),
      address: call.address,
      project: facts.project,
      server: facts.serverId,
      tool: facts.tool === null ? null : said(facts.tool),
      provider: facts.providerId,
      model: facts.model === null ? null : said(facts.model),
      method: facts.method === null ? null : said(facts.method),
      admitted: ending.admitted,
      status: ending.status,
      code: ending.code,
      rule: ending.rule,
      tokens: ending.tokens,
      estimated: ending.estimated,
      cost: ending.cost,
      price: ending.price,
      charges: ending.charges as Charge[],
      latencyMs,
      firstByteMs: ending.firstByteMs,
    }
  }
  return {
    open: (call, reserved, isBudgeted) => {
      // As it is to stand there if this process does not live to say more.
      const record = recordOf(call, { ...reserved, status: 0, estimated: true, admitted: true, rule: null })
      return record === null ? Promise.resolve(ok({ place: 0 })) : spool.open(record, isBudgeted)
    },
    done: (call, outcome, opened, release) => {
      const record = recordOf(call, { ...outcome, admitted: true, rule: null })
      if (record === null) release()
      else spool.done(record, opened, release)
    },
    refused: (call, answer) => {
      const { keyId, isAdmitted } = call.facts
      const kind = kindOf(call.route)
      if (keyId === null || isAdmitted || answer.code === null || kind === null || !mayNote(keyId)) return
      const { status, code, log } = answer
      const record = recordOf(call, { ...nothing, kind, status, code, rule: ruleIn(log) })
      if (record !== null) spool.done(record, null, () => {})
    },
  }
}

/** As long as a record takes. */
const longestName = 256

/** What a refused call has cost. */
const nothing = {
  admitted: false,
  tokens: null,
  estimated: false,
  cost: null,
  price: null,
  charges: [],
  firstByteMs: null,
} as const

/** By the name of the route; null: what is asked there is about keys, and no call. */
function kindOf(route: string): Outcome['kind'] | null {
  if (route.startsWith('/mcp')) return 'mcp'
  return route.startsWith('/v1/') || route.startsWith('/anthropic/') ? 'llm' : null
}

const ruleIn = (log: Answer['log']): string | null => {
  const rule = log?.['rule']
  return typeof rule === 'string' ? rule : null
}

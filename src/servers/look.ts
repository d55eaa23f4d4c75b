import { z } from 'zod'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { Looked, ServerDeps } from './deps.ts'
import { healthOf } from './health/store.ts'
import type { ServerView } from './schema.ts'
import { findServer } from './store.ts'
import { viewOf } from './view.ts'

/** Nothing else: what is looked at is the server as it was saved, never a command or an address of this body. */
export const TestInput = z.strictObject({
  /** Milliseconds until gateways have answered. */
  waitMs: z.int().min(0).max(30_000).default(10_000),
})

/** How one gateway sees it. `no_answer`: it has not said anything in time. */
export const TestResult = z.strictObject({
  gateway: z.string(),
  state: z.enum(['ready', 'unreachable', 'starting', 'no_answer']),
  tools: z.array(z.strictObject({ name: z.string(), description: z.string().optional() })).optional(),
  lastError: z.string().optional(),
})
export type TestResult = z.infer<typeof TestResult>

type Tested = { readonly server: ServerView; readonly results: TestResult[] }

/** Asks the gateways that are attached to look at a saved server now, and waits for what they see. */
export const testServer =
  (deps: Pick<ServerDeps, 'read' | 'now' | 'askToLook'>) =>
  async (actor: Actor, idOrSlug: string, waitMs: number): Promise<Result<Tested>> => {
    const { organizationId: organization } = actor
    const find = () => deps.read(organization, (db) => findServer(db, organization, idOrSlug, deps.now()))
    const server = await find()
    if (!server) return refuse('not_found')
    const looked = await deps.askToLook({ organization, server: server.id, revision: server.revision, waitMs })
    if (looked.length === 0) return refuse('busy', { detail: noGateway, retryAfterSeconds: 5 })
    const health = await deps.read(organization, (db) => healthOf(db, organization, [server.id]))
    return ok({ server: viewOf(server, health.get(server.id) ?? null), results: looked.map(resultOf) })
  }

const noGateway = 'No gateway is attached that could look at the server: see `ostiary gateways list`.'

const resultOf = ({ gateway, said }: Looked): TestResult => {
  if (said === null) return { gateway, state: 'no_answer' }
  const { state, tools, lastError } = said
  const named = tools?.map(({ name, description }) => ({ name, ...(description === undefined ? {} : { description }) }))
  return {
    gateway,
    state,
    ...(named === undefined ? {} : { tools: named }),
    ...(lastError === undefined ? {} : { lastError }),
  }
}

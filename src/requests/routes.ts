import { downloadOutput, type Route } from '../http/route.ts'
import { route } from '../people/route.ts'
import type { Actor, Permission } from '../people/schema.ts'
import { ok } from '../problems.ts'
import type { RequestDeps } from './deps.ts'
import { requestsCsv, requestsJson } from './export.ts'
import { type Asked, askedOf } from './filter.ts'
import { listRequests } from './list.ts'
import { RequestExportQuery, type RequestFilter, UsageExportQuery } from './schema.ts'
import { addUp } from './usage.ts'
import { showUsage, usageCsv } from './usage-answer.ts'
import { RequestList, RequestQuery, Usage, UsageQuery } from './wire.ts'

export const requestRoutes = (deps: RequestDeps): Route<Actor, Permission>[] => [
  route({
    method: 'GET',
    path: '/requests',
    summary:
      'Calls of keys through the gateways, newest first, without what was said in them; `metadata.<name>=<value>` filters, too',
    needs: { right: 'requests:read' },
    query: RequestQuery,
    output: RequestList,
    handle: (actor, { query }) => listRequests(deps)(actor, query),
  }),
  ...requestExports(deps),
  ...usageRoutes(deps),
]

const csvType = 'text/csv; charset=utf-8; header=present'

const requestExports = (deps: RequestDeps): Route<Actor, Permission>[] => [
  route({
    method: 'GET',
    path: '/requests.csv',
    summary: 'All calls that a filter leaves, as a table for spreadsheets',
    needs: { right: 'requests:read' },
    query: RequestExportQuery,
    output: downloadOutput,
    handle: async (actor, { query }) => {
      const asked = await exported(deps, actor, query)
      return ok({
        contentType: csvType,
        fileName: fileName(deps, 'requests.csv'),
        chunks: requestsCsv(deps, actor, asked),
      })
    },
  }),
  route({
    method: 'GET',
    path: '/requests.json',
    summary: 'All calls that a filter leaves, as JSON',
    needs: { right: 'requests:read' },
    query: RequestExportQuery,
    output: downloadOutput,
    handle: async (actor, { query }) => {
      const asked = await exported(deps, actor, query)
      const chunks = requestsJson(deps, actor, asked)
      return ok({ contentType: 'application/json', fileName: fileName(deps, 'requests.json'), chunks })
    },
  }),
]

/** It ends where it began: calls go on. */
const exported = async (deps: RequestDeps, actor: Actor, query: RequestFilter): Promise<Asked> => {
  const asked = await deps.read(actor.organizationId, (db) => askedOf(deps, db, actor, 'requests:read', query))
  return { ...asked, to: asked.to ?? deps.now() + 1 }
}

const fileName = ({ now }: RequestDeps, ending: string): string =>
  `${new Date(now()).toISOString().slice(0, 10)}-${ending}`

const usageRoutes = (deps: RequestDeps): Route<Actor, Permission>[] => [
  route({
    method: 'GET',
    path: '/usage',
    summary: 'Requests, tokens and cost by what is asked for, of the last 30 days unless said otherwise',
    needs: { right: 'usage:read' },
    query: UsageQuery,
    output: Usage,
    handle: (actor, { query }) => showUsage(deps)(actor, query),
  }),
  route({
    method: 'GET',
    path: '/usage.csv',
    summary: 'The same as a table: every row, so that its columns add up to the whole',
    needs: { right: 'usage:read' },
    query: UsageExportQuery,
    output: downloadOutput,
    handle: async (actor, { query }) => {
      const added = await addUp(deps)(actor, query)
      if (!added.ok) return added
      const chunks = usageCsv(deps, actor, added.value)
      return ok({ contentType: csvType, fileName: fileName(deps, 'usage.csv'), chunks })
    },
  }),
]

import { Waiting } from '../../http/lists.ts'
import { downloadOutput, type Route } from '../../http/route.ts'
import { route } from '../../people/route.ts'
import type { Actor, Permission } from '../../people/schema.ts'
import type { UpdateDeps } from '../update.ts'
import { actOnKeys, BulkAnswer, BulkInput } from './act.ts'
import { type ExportDeps, ExportQuery, exportKeys } from './export.ts'
import { ImportAnswer, type ImportDeps, ImportInput, importKeys, shownOnceOfImport } from './import.ts'

export type BulkDeps = UpdateDeps & ExportDeps & ImportDeps

export const bulkRoutes = (deps: BulkDeps): Route<Actor, Permission>[] => {
  const act = actOnKeys(deps)
  const exported = exportKeys(deps)
  const make = importKeys(deps)
  return [
    route({
      method: 'POST',
      path: '/keys/bulk',
      summary: 'One verb for up to 1000 keys, with a result for each; what one is refused does not stop the others',
      needs: { right: 'keys:write' },
      query: Waiting,
      body: BulkInput,
      output: BulkAnswer,
      handle: (actor, { body, query, requestId }) => act(actor, body, { requestId, waitMs: query.waitMs }),
    }),
    route({
      method: 'GET',
      path: '/keys/export',
      summary: 'All keys that a filter leaves, oldest first: a table (CSV), or definitions to import again (JSON)',
      needs: { right: 'keys:read' },
      query: ExportQuery,
      output: downloadOutput,
      handle: (actor, { query, requestId }) => exported(actor, query, requestId),
    }),
    route({
      method: 'POST',
      path: '/keys/import',
      summary: 'Makes up to 200 keys of definitions, each with a new id and a new secret, shown once or delivered',
      needs: { right: 'keys:write' },
      body: ImportInput,
      output: ImportAnswer,
      secretFields: shownOnceOfImport,
      handle: (actor, { body, requestId }) => make(actor, body, requestId),
    }),
  ]
}

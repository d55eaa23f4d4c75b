import { z } from 'zod'
import { IdOrSlug, knownForm, Refs } from '../http/lists.ts'
import { type Route, routeOf } from '../http/route.ts'
import type { Actor, Permission } from '../people/schema.ts'
import { ok } from '../problems.ts'
import type { ServerDeps } from './deps.ts'
import { ImportAnswer, ImportInput, importServers } from './import/import.ts'
import { TestInput, TestResult, testServer } from './look.ts'
import { withRefs } from './refs.ts'
import { ServerView } from './schema.ts'

const Tested = z.strictObject({ server: ServerView, refs: Refs, results: z.array(TestResult) })

const route = routeOf<Actor, Permission>()

/** What can be done with servers beside keeping them. */
export function serverVerbRoutes(deps: ServerDeps): Route<Actor, Permission>[] {
  const test = testServer(deps)
  const take = importServers(deps)
  return [
    route({
      method: 'POST',
      path: '/servers/import',
      summary: "Registers what a registry's server.json or a client's configuration names",
      needs: { right: 'servers:write' },
      body: ImportInput,
      output: ImportAnswer,
      handle: (actor, { body, requestId }) => take(actor, body, requestId),
    }),
    route({
      method: 'POST',
      path: '/servers/:id/test',
      summary: 'Has every attached gateway look at the server as it is saved, and says what each sees',
      needs: { right: 'servers:write' },
      params: IdOrSlug,
      body: TestInput,
      output: Tested,
      handle: async (actor, { params, body }) => {
        const tested = await test(actor, knownForm(params.id), body.waitMs)
        return tested.ok ? ok(await withRefs(deps.read, actor.organizationId, tested.value)) : tested
      },
    }),
  ]
}

import { admitsNothing } from '../../access/choice.ts'
import { decide, type Subject } from '../../access/decide.ts'
import type { Call, KeyAccess, Trace } from '../../access/schema.ts'
import { toolChoice } from '../../access/tools.ts'
import { isThere, keyWithinReach } from '../../keys/owner.ts'
import type { Grant } from '../../people/grants/schema.ts'
import type { Actor } from '../../people/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { Provider } from '../../providers/store.ts'
import type { Server } from '../../servers/store.ts'
import { providerTarget, targetOf } from './call.ts'
import type { AccessDeps } from './explain.ts'
import { grantedBy } from './granted.ts'
import { placeOf } from './place.ts'
import { reasonOf, type Told } from './reason.ts'
import { everyProvider, everyServer, type Seen, seenOf } from './targets.ts'
import { subjectNow } from './world.ts'

/** Everything that the key may call now, as the decision says, from an address and on a gateway that it admits. */
export const effectiveAccess =
  (deps: AccessDeps) =>
  (actor: Actor, id: string): Promise<Result<KeyAccess>> =>
    deps.read(actor.organizationId, async (db) => {
      const { organizationId } = actor
      const key = await keyWithinReach(deps.directory, db, actor, 'keys:read', id)
      if (!key || !isThere(key.record)) return refuse('not_found')
      const place = await placeOf(deps.directory, db, key.record)
      if (!place.ok) return place
      const subject = await subjectNow(db, key.record, place.value)
      const asking = { subject, now: deps.now() }
      const [servers, providers] = [await everyServer(db, organizationId), await everyProvider(db, organizationId)]
      const admitted = servers.filter((server) => isAllowed(asking, listing(server)))
      const seen = await seenOf(db, organizationId, admitted)
      const items = admitted.map((server) => itemOf(asking, server, seen.get(server.id)))
      const offered = providers.map((provider) => ({ provider, models: modelsOf(asking, provider) }))
      const open = offered.filter(({ models }) => models.length > 0)
      const isUsable = open.length > 0 || items.some((item) => !isEmpty(item, seen.get(item.server)))
      return ok({
        items,
        providers: open.map(({ provider, models }) => ({
          provider: provider.id,
          models,
          ...grantedBy(grantsOf(asking), provider.id, asking.now),
        })),
        nothing: isUsable
          ? null
          : whyNothing(asking, [...attemptsAtTools(servers, seen), ...attemptsAtModels(providers)]),
        refs: Object.fromEntries(
          [...admitted, ...open.map(({ provider }) => provider)].map(({ id: of, slug, name }) => [of, { slug, name }]),
        ),
      })
    })

type Asking = { readonly subject: Subject; readonly now: number }
type Item = KeyAccess['items'][number]
type Attempt = { readonly call: Call; readonly told: Told }

const isAllowed = ({ subject, now }: Asking, call: Call): boolean => decide(subject, call, now).kind === 'allow'
const listing = (server: Server | null): Call => ({
  kind: 'mcp',
  server: server && targetOf(server),
  method: 'tools/list',
  tool: null,
})
const calling = (server: Server, tool: string): Call => ({
  kind: 'mcp',
  server: targetOf(server),
  method: 'tools/call',
  tool,
})

function itemOf(asking: Asking, server: Server, seen: Seen | undefined): Item {
  const names = seen?.tools?.map(({ name }) => name)
  return {
    server: server.id,
    state: seen?.state ?? 'starting',
    tools: toolChoice(asking.subject, server.id, asking.now),
    toolNames: names?.filter((name) => isAllowed(asking, calling(server, name))) ?? null,
    ...grantedBy(grantsOf(asking), server.id, asking.now),
  }
}

const grantsOf = ({ subject: { key, backing } }: Asking): Grant[] => [...(key.grants ?? []), ...(backing.grants ?? [])]

const modelsOf = (asking: Asking, provider: Provider): string[] => {
  const target = providerTarget(provider)
  return [...target.models].filter((model) => isAllowed(asking, { kind: 'llm', provider: target, model }))
}

/** By its word, or because of what the server has nothing is left. A server that has no tools at all may have other things. */
function isEmpty({ tools, toolNames }: Item, seen: Seen | undefined): boolean {
  if (admitsNothing(tools)) return true
  return toolNames?.length === 0 && (seen?.tools?.length ?? 0) > 0
}

/** In front one that leads nowhere, for when there is nothing that could be called. */
const attemptsAtTools = (servers: readonly Server[], seen: ReadonlyMap<string, Seen>): Attempt[] => [
  { call: listing(null), told: nowhere },
  ...servers.map((server) => {
    const tool = seen.get(server.id)?.tools?.[0]?.name ?? 'any tool'
    return { call: calling(server, tool), told: { target: server.slug, part: tool } }
  }),
]

const attemptsAtModels = (providers: readonly Provider[]): Attempt[] => [
  { call: { kind: 'llm', provider: null, model: null }, told: nowhere },
  ...providers.map((provider): Attempt => {
    const model = provider.models[0]?.id ?? 'any model'
    return {
      call: { kind: 'llm', provider: providerTarget(provider), model },
      told: { target: provider.slug, part: model },
    }
  }),
]

const nowhere: Told = { target: 'that it could call', part: '' }

/** Of all that could be called the refusal that came last: the one that is nearest to a yes. */
function whyNothing({ subject, now }: Asking, all: readonly Attempt[]): KeyAccess['nothing'] {
  let [nearest, furthest]: [KeyAccess['nothing'], number] = [null, -1]
  for (const { call, told } of all) {
    const trace: Trace[] = []
    const verdict = decide(subject, call, now, trace)
    const at = trace.findIndex(({ passed }) => !passed)
    if (verdict.kind === 'allow' || at <= furthest) continue
    const { code, rule } = verdict
    ;[nearest, furthest] = [{ code, rule, reason: reasonOf(verdict, subject, told) }, at]
  }
  return nearest
}

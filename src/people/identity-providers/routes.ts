import { z } from 'zod'
import { decodeCursor } from '../../http/cursor.ts'
import { cursor, IdOrSlug, knownForm, limit, listOf, pageOf, Refs, totalOf } from '../../http/lists.ts'
import type { Route } from '../../http/route.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { PeopleDeps } from '../deps.ts'
import { route } from '../route.ts'
import type { Actor, Permission } from '../schema.ts'
import { findOrganization } from '../store.ts'
import { createProvider } from './create.ts'
import { lookAtProvider } from './look.ts'
import { signInOptions } from './options.ts'
import {
  IdentityProviderPatch,
  IdentityProviderView,
  NewIdentityProvider,
  ProviderLook,
  SignInOptions,
} from './schema.ts'
import { findProvider, type IdentityProvider, listProviders } from './store.ts'
import { removeProvider, updateProvider } from './update.ts'
import { viewOf } from './view.ts'

const One = z.strictObject({ identityProvider: IdentityProviderView, refs: Refs })
const Many = listOf(IdentityProviderView)
const Paging = z.strictObject({ limit, cursor })

export const identityProviderRoutes = (deps: PeopleDeps): Route<Actor, Permission>[] => [
  ...collection(deps),
  ...changes(deps),
  route({
    method: 'GET',
    path: '/sign-in/options',
    summary: 'Says in which ways people come into an organization',
    needs: { right: 'public', because: 'whoever wants to sign in is not signed in; it says what the page of it shows' },
    query: z.strictObject({ organization: z.string().max(200).optional() }),
    output: SignInOptions,
    handle: (_stranger, { query: { organization } }) =>
      signInOptions(deps)(organization === undefined ? undefined : knownForm(organization)),
  }),
]

function collection(deps: PeopleDeps): Route<Actor, Permission>[] {
  const create = createProvider(deps)
  return [
    route({
      method: 'POST',
      path: '/identity-providers',
      summary: 'Adds an identity provider (OpenID Connect), over which people sign in',
      needs: { right: 'identity-providers:write' },
      body: NewIdentityProvider,
      output: One,
      status: 201,
      handle: async (actor, { body, requestId }) => shown(deps, actor, await create(actor, body, requestId)),
    }),
    route({
      method: 'GET',
      path: '/identity-providers',
      summary: 'Lists identity providers, by slug',
      needs: { right: 'identity-providers:read' },
      query: Paging,
      output: Many,
      handle: (actor, { query }) => list(deps, actor, query),
    }),
    route({
      method: 'GET',
      path: '/identity-providers/:id',
      summary: 'Shows one identity provider, by id or slug',
      needs: { right: 'identity-providers:read' },
      params: IdOrSlug,
      output: One,
      handle: async (actor, { params }) => {
        const { organizationId } = actor
        const provider = await deps.read(organizationId, (db) => findProvider(db, organizationId, knownForm(params.id)))
        return shown(deps, actor, provider ? ok(provider) : refuse('not_found'))
      },
    }),
  ]
}

function changes(deps: PeopleDeps): Route<Actor, Permission>[] {
  const update = updateProvider(deps)
  const remove = removeProvider(deps)
  const look = lookAtProvider(deps)
  return [
    route({
      method: 'PATCH',
      path: '/identity-providers/:id',
      summary: 'Changes an identity provider; its issuer and client stay',
      needs: { right: 'identity-providers:write' },
      params: IdOrSlug,
      body: IdentityProviderPatch,
      output: One,
      handle: async (actor, { params, body, requestId, ifMatch }) =>
        shown(deps, actor, await update(actor, { id: knownForm(params.id), requestId, ifMatch }, body)),
    }),
    route({
      method: 'DELETE',
      path: '/identity-providers/:id',
      summary: 'Deletes an identity provider; nobody is anybody there any more',
      needs: { right: 'identity-providers:write' },
      params: IdOrSlug,
      output: One,
      handle: async (actor, { params, requestId, ifMatch }) =>
        shown(deps, actor, await remove(actor, { id: knownForm(params.id), requestId, ifMatch })),
    }),
    route({
      method: 'POST',
      path: '/identity-providers/:id/test',
      summary: 'Asks an identity provider what it says of itself, and says what was found',
      needs: { right: 'identity-providers:write' },
      params: IdOrSlug,
      body: z.strictObject({}).optional(),
      output: ProviderLook,
      handle: (actor, { params }) => look(actor, knownForm(params.id)),
    }),
  ]
}

/** Nothing in it is the id of something else. */
async function shown(
  deps: PeopleDeps,
  actor: Actor,
  result: Result<IdentityProvider>,
): Promise<Result<z.infer<typeof One>>> {
  if (!result.ok) return result
  return ok({ identityProvider: viewOf(deps, await slugOf(deps, actor), result.value), refs: {} })
}

const slugOf = async ({ read }: PeopleDeps, { organizationId }: Actor): Promise<string> =>
  (await read(organizationId, (db) => findOrganization(db, organizationId)))?.slug ?? ''

const place = z.tuple([z.string()])

/** There are few: pages are cut from all of them. */
async function list(
  deps: PeopleDeps,
  actor: Actor,
  { limit: size, cursor: from }: z.infer<typeof Paging>,
): Promise<Result<z.infer<typeof Many>>> {
  const after = decodeCursor(from, place)
  if (!after.ok) return after
  const { organizationId } = actor
  const all = await deps.read(organizationId, (db) => listProviders(db, organizationId))
  const [last] = after.value ?? ['']
  const page = pageOf(
    all.filter(({ slug }) => slug > last),
    size,
    ({ slug }) => [slug],
  )
  const slug = await slugOf(deps, actor)
  const items = page.items.map((provider) => viewOf(deps, slug, provider))
  return ok({ ...page, items, ...totalOf(all.length), refs: {} })
}

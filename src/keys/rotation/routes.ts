import { z } from 'zod'
import { Effect } from '../../fleet/schema.ts'
import { IdOrSlug, Waiting } from '../../http/lists.ts'
import type { Route } from '../../http/route.ts'
import { route } from '../../people/route.ts'
import type { Actor, Permission } from '../../people/schema.ts'
import { ok } from '../../problems.ts'
import { type AnswerDeps, answerFor, Claimable, Revealed } from '../answer.ts'
import { type Rotated, type RotateKeyDeps, rotateKey } from '../rotate.ts'
import { One, showOne } from '../show.ts'
import { OneRotation, RotationList, RotationQuery, rotationList, showRotation } from './list.ts'
import { ClientList, ClientQuery, clientList, clientsOfVersion, drainMeter } from './meter.ts'
import { endOf } from './plan.ts'
import { ClientView, Previous, RotateInput, RotationView, VersionView } from './schema.ts'
import { finishRotation, type SteerDeps, undoRotation } from './steer.ts'
import { rotationView } from './view.ts'
import { isoOrNull } from './write.ts'

export type RotationDeps = RotateKeyDeps & SteerDeps & AnswerDeps

const around = {
  /** Null: the key had no secret. */
  previous: Previous.nullable(),
  rotation: RotationView,
  /** Who has called with the old secret within 30 days. */
  clients: z.array(ClientView),
  effect: Effect,
}
/** The secret for whoever may hold it; else a link for the owner of the key. */
const Turned = z.union([Revealed.extend(around), Claimable.extend(around)])
const Steered = One.extend({ effect: Effect })
const SteerInput = z.strictObject({ waitMs: z.int().min(0).max(30_000).optional() })

export const rotationRoutes = (deps: RotationDeps): Route<Actor, Permission>[] => [
  rotating(deps),
  ...steering(deps),
  ...looking(deps),
]

function rotating(deps: RotationDeps): Route<Actor, Permission> {
  const rotate = rotateKey(deps)
  const answer = answerFor(deps)
  return route({
    method: 'POST',
    path: '/keys/:id/rotate',
    summary: 'Makes a new secret under the same id; without a mode the old one is refused at once. It is shown once',
    needs: { right: 'keys:write' },
    params: IdOrSlug,
    query: Waiting,
    body: RotateInput,
    output: Turned,
    secretFields: ['secret', 'url', 'claim.url'],
    handle: async (actor, { params, query, body, requestId, ifMatch }) => {
      const waitMs = body.waitMs ?? query.waitMs
      const done = await rotate(actor, { id: params.id, waitMs, ifMatch, requestId }, body)
      if (!done.ok) return done
      return ok({ ...(await answer(actor, done.value)), ...(await surroundings(deps, done.value)) })
    },
  })
}

async function surroundings(deps: RotationDeps, { key, rotation, effect }: Rotated) {
  const { organization, id } = key.record
  const { from } = rotation
  const at = deps.now()
  return {
    previous: from === null ? null : { version: from, validUntil: isoOrNull(endOf(key, from)) },
    rotation: rotationView(rotation, at),
    clients: await deps.read(organization, (db) => clientsOfVersion(db, organization, id, from, at)),
    effect,
  }
}

function steering(deps: RotationDeps): Route<Actor, Permission>[] {
  const show = showOne(deps)
  const verbs = [
    {
      verb: 'finish',
      summary: 'Ends the old secret of a rotation now, open streams and children included',
      steer: finishRotation(deps),
    },
    {
      verb: 'undo',
      summary: 'Goes back to the old secret of a rotation while it is taken; the new one ends now',
      steer: undoRotation(deps),
    },
  ] as const
  return verbs.map(({ verb, summary, steer }) =>
    route({
      method: 'POST',
      path: `/keys/:id/rotation/${verb}`,
      summary,
      needs: { right: 'keys:write' },
      params: IdOrSlug,
      query: Waiting,
      body: SteerInput,
      output: Steered,
      handle: async (actor, { params, query, body, requestId, ifMatch }) => {
        const done = await steer(actor, { id: params.id, waitMs: body.waitMs ?? query.waitMs, ifMatch, requestId })
        return done.ok ? ok({ ...(await show(actor, done.value.key)), effect: done.value.effect }) : done
      },
    }),
  )
}

function looking(deps: RotationDeps): Route<Actor, Permission>[] {
  const meter = drainMeter(deps)
  const clients = clientList(deps)
  const list = rotationList(deps)
  const one = showRotation(deps)
  const needs = { right: 'keys:read' } as const
  return [
    route({
      method: 'GET',
      path: '/keys/:id/rotation',
      summary: 'The rotation of a key that is under way, or its last one, and who still calls with which secret',
      needs,
      params: IdOrSlug,
      output: z.strictObject({ rotation: RotationView.nullable(), versions: z.array(VersionView) }),
      handle: (actor, { params }) => meter(actor, params.id),
    }),
    route({
      method: 'GET',
      path: '/keys/:id/clients',
      summary: 'Who has called with a key, by program, address and secret, the last one first',
      needs,
      params: IdOrSlug,
      query: ClientQuery,
      output: ClientList,
      handle: (actor, { params, query }) => clients(actor, params.id, query.days),
    }),
    route({
      method: 'GET',
      path: '/rotations',
      summary: 'Lists rotations, the last one first; a member sees those of keys that he sees',
      needs,
      query: RotationQuery,
      output: RotationList,
      handle: (actor, { query }) => list(actor, query),
    }),
    route({
      method: 'GET',
      path: '/rotations/:id',
      summary: 'One rotation',
      needs,
      params: IdOrSlug,
      output: OneRotation,
      handle: (actor, { params }) => one(actor, params.id),
    }),
  ]
}

import type { Control } from './control.ts'
import type { Exit } from './exit.ts'
import { perform } from './perform.ts'
import type { Style } from './print.ts'
import { type Item, type One, oneOf, placeOf, type Resource, shownOne } from './resource.ts'
import type { Terminal } from './terminal.ts'
import { type Given, pathTo, waitMs } from './values.ts'

export type ChangeOptions = Style & { readonly wait?: string; readonly ifMatch?: string }

/** What is sent, or how it follows from what is there. */
export type Change<T> = object | ((found: One<T>, control: Control) => Given<object> | Promise<Given<object>>)

type Target<T extends Item> = { readonly resource: Resource<T>; readonly id: string }

/** `plan` may ask control first: for the id behind an e-mail address, say. */
export const changeOne = <T extends Item, P>(
  terminal: Terminal,
  { resource, id }: Target<T>,
  typed: Given<P>,
  plan: (control: Control, typed: P) => Promise<Given<Change<T>>>,
  options: ChangeOptions,
): Promise<Exit> =>
  perform(terminal, options, asked(resource.path, id, typed, options.wait), async (control, { wait, typed }) => {
    const place = await placeOf(control, resource, id)
    if (!place.ok) return place
    const change = await plan(control, typed)
    if (!change.ok) return change
    const call = { path: place.value, query: { waitMs: wait?.toString() }, ifMatch: options.ifMatch }
    return shownOne(control, resource, await sent(control, resource, call, change.value))
  })

function asked<P>(collection: string, id: string, typed: Given<P>, wait?: string) {
  const path = pathTo(collection, id)
  if (!path.ok) return path
  if (!typed.ok) return typed
  const waited = waitMs(wait)
  if (!waited.ok) return waited
  return { ok: true as const, value: { wait: waited.value, typed: typed.value } }
}

type Place = {
  readonly path: string
  readonly query: Readonly<Record<string, string | undefined>>
  readonly ifMatch: string | undefined
}

/** Somebody else's change in between is no reason to fail: the same wish is read against the new state. */
const attempts = 3

async function sent<T extends Item>(control: Control, resource: Resource<T>, place: Place, change: Change<T>) {
  const answer = oneOf(resource)
  if (typeof change !== 'function') return control.call({ method: 'PATCH', ...place, body: change }, answer)
  for (let attempt = 1; ; attempt++) {
    const found = await control.call({ method: 'GET', path: place.path }, answer)
    if (!found.ok) return found
    const body = await change(found.value, control)
    if (!body.ok) return body
    const ifMatch = place.ifMatch ?? found.etag ?? undefined
    const done = await control.call({ method: 'PATCH', ...place, ifMatch, body: body.value }, answer)
    const isOvertaken = !done.ok && done.problem.code === 'stale' && place.ifMatch === undefined
    if (!isOvertaken || attempt === attempts) return done
  }
}

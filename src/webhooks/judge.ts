import { hostOf } from '../http/egress/reach.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { WebhookDeps } from './deps.ts'
import { problemOfAddress, problemOfDestination } from './destination.ts'

const patienceMs = 2000

/**
 * Where a webhook may lead, before it is kept: by its text, and by what its name stands for now. A name that leads nowhere
 * yet is taken, since it is judged again with each delivery.
 */
export async function judged(
  { ground, lookUp }: Pick<WebhookDeps, 'ground' | 'lookUp'>,
  text: string,
): Promise<Result<URL>> {
  const wrong = problemOfDestination(text, ground)
  if (wrong !== null) return refused(wrong)
  const url = new URL(text)
  const addresses = await orNothing(lookUp(hostOf(url)))
  const found = addresses.map(({ address }) => problemOfAddress(address, url, ground)).find((is) => is !== null)
  return found === undefined ? ok(url) : refused(found)
}

const refused = (detail: string): ReturnType<typeof refuse> =>
  refuse('invalid', { detail: `The address ${detail}.`, errors: [{ pointer: '/url', detail }] })

function orNothing<T>(look: Promise<readonly T[]>): Promise<readonly T[]> {
  const { promise, resolve } = Promise.withResolvers<readonly T[]>()
  const timer = setTimeout(() => resolve([]), patienceMs)
  look.then(resolve, () => resolve([]))
  return promise.finally(() => clearTimeout(timer))
}

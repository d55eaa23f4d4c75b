import type { ProviderRecord } from '../../providers/schema.ts'
import type { Snapshot } from '../snapshot.ts'
import { createCrowd } from './crowd.ts'
import { createPaying, type PayingDeps } from './paying/paying.ts'
import type { Pay } from './payment.ts'
import { bodyLimit, readLlm } from './read-body.ts'
import { createReaders } from './reading/readers.ts'
import { serveLlm } from './serve.ts'
import { createProviderUpstreams } from './upstreams.ts'

type Deps = Omit<Parameters<typeof serveLlm>[0], 'read' | 'crowd' | 'upstreams' | 'providersOf' | 'pause' | 'pay'> &
  PayingDeps &
  Parameters<typeof createProviderUpstreams>[0] & {
    /** Default: from limits and budgets. */
    readonly pay?: Pay
    readonly snapshot: Pick<Snapshot, 'providersOf' | 'provider' | 'onChange'>
  }

/** Of large bodies, all together. */
const mostBodyBytes = 512 * 1024 * 1024

export type Llm = {
  readonly handle: ReturnType<typeof serveLlm>
  readonly close: () => Promise<void>
}

/** Everything about LLM routes that lives longer than a call: connections to providers, and threads that read. */
export function createLlm(deps: Deps): Llm {
  const readers = createReaders()
  const upstreams = createProviderUpstreams(deps)
  const used = new Set<string>()
  deps.snapshot.onChange((change) => {
    if (change.kind === 'provider' || change.kind === 'all')
      for (const id of [...used]) if (deps.snapshot.provider(id) === null && used.delete(id)) upstreams.drop(id)
  })
  const handle = serveLlm({
    ...deps,
    pay: deps.pay ?? createPaying(deps),
    read: readLlm(readers),
    crowd: createCrowd({ mostBytes: mostBodyBytes, bodyBytes: bodyLimit }),
    upstreams: {
      of: (provider: ProviderRecord) => {
        used.add(provider.id)
        return upstreams.of(provider)
      },
    },
    providersOf: deps.snapshot.providersOf,
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  })
  return { handle, close: () => Promise.all([readers.close(), upstreams.close()]).then(() => {}) }
}

import type { NewChild } from '../../../src/keys/children/schema.ts'
import type { Choice } from '../../../src/keys/schema.ts'

export type TokenFields = {
  readonly ttl: number | string
  readonly isNarrow: boolean
  readonly servers: readonly string[]
  /** By server: some of its tools; without an entry all that the key may call there. */
  readonly tools: Readonly<Record<string, readonly string[]>>
  readonly models: readonly string[]
  readonly addresses: readonly string[]
}
export const noFields: TokenFields = { ttl: 3600, isNarrow: false, servers: [], tools: {}, models: [], addresses: [] }

export const isLife = (ttl: number | string): ttl is number =>
  typeof ttl === 'number' && Number.isInteger(ttl) && ttl >= 1 && ttl <= 86_400

const only = (items: readonly string[]): Choice => ({ mode: 'only', items: [...items] })

/** What is not chosen is not given; a token that is not narrowed says nothing, so that it follows its key. */
export function newChildOf({ ttl, isNarrow, servers, tools, models, addresses }: TokenFields): NewChild {
  const ttlSeconds = Number(ttl)
  if (!isNarrow) return { ttlSeconds }
  const chosen = servers.flatMap((id) => {
    const items = tools[id] ?? []
    return items.length === 0 ? [] : [{ id, choice: only(items) }]
  })
  return {
    ttlSeconds,
    narrow: {
      mcp:
        servers.length === 0
          ? { enabled: false }
          : {
              servers: only(servers),
              ...(chosen.length === 0
                ? {}
                : { tools: Object.fromEntries(chosen.map(({ id, choice }) => [id, choice])) }),
            },
      llm: models.length === 0 ? { enabled: false } : { models: only(models) },
      ...(addresses.length === 0 ? {} : { addresses: { mode: 'only', cidrs: [...addresses] } }),
    },
  }
}

import { z } from 'zod'
import { Refs } from './refs.ts'

/** What the command line shows of a key; a later version may send more. */
export const KeyFields = z.looseObject({
  id: z.string(),
  name: z.string(),
  preview: z.string(),
  status: z.string(),
  mcp: z.looseObject({
    enabled: z.boolean(),
    servers: z.looseObject({ mode: z.string(), items: z.array(z.string()).optional() }),
  }),
  expiresAt: z.string().nullable(),
  createdAt: z.string(),
})
export type KeyFields = z.infer<typeof KeyFields>
export const OneKey = z.looseObject({ key: KeyFields, refs: Refs })

/** By slug; a server that is gone has none any more and keeps its id. */
export const serversOf = ({ mcp }: KeyFields, refs: Refs): string => {
  if (!mcp.enabled) return 'none'
  const { mode, items } = mcp.servers
  return items === undefined ? mode : `${mode} ${items.map((id) => refs[id]?.slug ?? id).join(',')}`
}

export const keyFacts = (key: KeyFields, refs: Refs): [string, string][] => [
  ['id', key.id],
  ['name', key.name],
  ['preview', key.preview],
  ['status', key.status],
  ['servers', serversOf(key, refs)],
  ['expires', key.expiresAt ?? 'never'],
  ['created', key.createdAt],
]

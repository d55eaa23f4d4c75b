import { z } from 'zod'

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

export const serversOf = ({ mcp }: KeyFields): string => {
  if (!mcp.enabled) return 'none'
  const { mode, items } = mcp.servers
  return items === undefined ? mode : `${mode} ${items.join(',')}`
}

export const keyFacts = (key: KeyFields): [string, string][] => [
  ['id', key.id],
  ['name', key.name],
  ['preview', key.preview],
  ['status', key.status],
  ['servers', serversOf(key)],
  ['expires', key.expiresAt ?? 'never'],
  ['created', key.createdAt],
]

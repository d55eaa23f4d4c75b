import { z } from 'zod'
import { ChoiceFields, sayChoice, sayTools, ToolFields } from './choice-facts.ts'
import type { Fact } from './print.ts'
import { listed, named, type Refs } from './refs.ts'
import type { Resource } from './resource.ts'

/** What the command line shows of a key; a later version may send more. */
export const KeyFields = z.looseObject({
  id: z.string(),
  name: z.string(),
  preview: z.string(),
  status: z.string(),
  owner: z
    .looseObject({ type: z.string(), id: z.string(), name: z.string().optional(), removed: z.boolean().optional() })
    .optional(),
  projects: z.array(z.string()).optional(),
  mixedEnvironments: z.string().nullable().optional(),
  mcp: z.looseObject({
    enabled: z.boolean(),
    servers: ChoiceFields,
    tools: ToolFields.optional().default({}),
    toolsDefault: ChoiceFields.optional(),
  }),
  llm: z.looseObject({ enabled: z.boolean(), providers: ChoiceFields, models: ChoiceFields }).optional(),
  gateways: ChoiceFields.optional(),
  addresses: z.looseObject({ mode: z.string(), cidrs: z.array(z.string()).optional() }).optional(),
  expiresAt: z.string().nullable(),
  createdAt: z.string(),
})
export type KeyFields = z.infer<typeof KeyFields>

const serversOf = ({ mcp }: KeyFields, refs: Refs): string => (mcp.enabled ? sayChoice(mcp.servers, refs) : 'none')

export const keys: Resource<KeyFields> = {
  path: '/keys',
  field: 'key',
  item: KeyFields,
  titleOf: ({ id, name }) => `${id} (${name})`,
  facts: (key, refs) => [
    ['id', key.id],
    ['name', key.name],
    ['preview', key.preview],
    ['status', key.status],
    ...ownerFact(key, refs),
    ...(key.projects === undefined ? [] : [['projects', listed(key.projects, refs)] satisfies Fact]),
    ...(key.mixedEnvironments ? [['mixed tiers', key.mixedEnvironments] satisfies Fact] : []),
    ['servers', serversOf(key, refs)],
    ...toolFacts(key, refs),
    ...llmFacts(key, refs),
    ...(key.addresses?.cidrs === undefined ? [] : [['addresses', key.addresses.cidrs.join(', ')] satisfies Fact]),
    ...(key.gateways?.items === undefined ? [] : [['gateways', sayChoice(key.gateways, refs)] satisfies Fact]),
    ['expires', key.expiresAt ?? 'never'],
    ['created', key.createdAt],
  ],
  head: ['ID', 'NAME', 'OWNER', 'STATUS', 'SERVERS', 'EXPIRES'],
  row: (key, refs) => [
    key.id,
    key.name,
    ownerOf(key, refs),
    key.status,
    serversOf(key, refs),
    key.expiresAt ?? 'never',
  ],
}

type Owned = Pick<KeyFields, 'owner'>

/** Who is gone is named, and that he is: such a key is refused whatever its status. */
export const ownerOf = ({ owner }: Owned, refs: Refs): string =>
  owner === undefined ? '-' : `${owner.name ?? named(owner.id, refs)}${owner.removed ? ' (removed)' : ''}`

export const ownerFact = (owned: Owned, refs: Refs): Fact[] =>
  owned.owner === undefined ? [] : [['owner', `${owned.owner.type} ${ownerOf(owned, refs)}`]]

const toolFacts = ({ mcp: { enabled, tools, toolsDefault } }: KeyFields, refs: Refs): Fact[] =>
  enabled && toolsDefault
    ? [
        ['tools', sayTools(tools, refs)],
        ['tools of later servers', sayChoice(toolsDefault)],
      ]
    : []

const llmFacts = ({ llm }: KeyFields, refs: Refs): Fact[] =>
  llm?.enabled
    ? [
        ['providers', sayChoice(llm.providers, refs)],
        ['models', sayChoice(llm.models)],
      ]
    : []

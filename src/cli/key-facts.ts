import { z } from 'zod'
import { ChoiceFields, sayChoice, sayTools, ToolFields } from './choice-facts.ts'
import { capFacts } from './key-caps.ts'
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
  allServersReason: z.string().nullable().optional(),
  mcp: z.looseObject({
    enabled: z.boolean(),
    servers: ChoiceFields,
    tools: ToolFields.optional().default({}),
    toolsDefault: ChoiceFields.optional(),
  }),
  llm: z.looseObject({ enabled: z.boolean(), providers: ChoiceFields, models: ChoiceFields }).optional(),
  gateways: ChoiceFields.optional(),
  limits: z
    .looseObject({
      requestsPerMinute: z.number().nullable(),
      tokensPerMinute: z.number().nullable(),
      concurrent: z.number().nullable(),
      streams: z.number().nullable(),
      detached: z.enum(['share', 'closed']),
    })
    .optional(),
  budgets: z
    .array(
      z.looseObject({ usd: z.string(), period: z.string(), thresholds: z.array(z.number()), spentUsd: z.string() }),
    )
    .optional(),
  addresses: z.looseObject({ mode: z.string(), cidrs: z.array(z.string()).optional() }).optional(),
  kind: z.string().optional(),
  description: z.string().optional(),
  expiresAt: z.string().nullable(),
  createdAt: z.string(),
  stateReason: z.string().nullable().optional(),
  exposedAt: z.string().nullable().optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  tags: z.array(z.string()).optional(),
  honey: z.boolean().optional(),
  ephemeral: z.boolean().optional(),
  pinNetwork: z.boolean().optional(),
  pinnedNetwork: z.string().nullable().optional(),
  rotation: z.looseObject({ everyDays: z.number(), deliverTo: z.string().nullable() }).nullable().optional(),
  rotationDueAt: z.string().nullable().optional(),
  claim: z.looseObject({ expiresAt: z.string() }).nullable().optional(),
  seenInBrowserAt: z.string().nullable().optional(),
  lastUsedAt: z.string().nullable().optional(),
  requests: z.number().optional(),
  share: z.number().optional(),
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
    ...text('description', key.description),
    ['preview', key.preview],
    ['status', statusOf(key)],
    ...text('reason', key.stateReason),
    ...text('exposed', key.exposedAt),
    ...ownerFact(key, refs),
    ...(key.projects === undefined ? [] : [['projects', listed(key.projects, refs)] satisfies Fact]),
    ...(key.mixedEnvironments ? [['mixed tiers', key.mixedEnvironments] satisfies Fact] : []),
    ['servers', serversOf(key, refs)],
    ...text('why so many', key.allServersReason),
    ...toolFacts(key, refs),
    ...llmFacts(key, refs),
    ...(key.addresses?.cidrs === undefined ? [] : [['addresses', key.addresses.cidrs.join(', ')] satisfies Fact]),
    ...(key.gateways?.items === undefined ? [] : [['gateways', sayChoice(key.gateways, refs)] satisfies Fact]),
    ...capFacts(key),
    ...(key.tags?.length ? [['tags', key.tags.join(', ')] satisfies Fact] : []),
    ...(Object.keys(key.metadata ?? {}).length > 0 ? [['metadata', JSON.stringify(key.metadata)] satisfies Fact] : []),
    ...lifeFacts(key),
    ['expires', key.expiresAt ?? 'never'],
    ['created', key.createdAt],
  ],
  head: ['ID', 'NAME', 'OWNER', 'STATUS', 'SERVERS', 'LAST USED', 'REQUESTS', 'EXPIRES'],
  row: (key, refs) => [
    key.id,
    key.name,
    ownerOf(key, refs),
    statusOf(key),
    serversOf(key, refs),
    key.lastUsedAt ?? 'never',
    String(key.requests ?? 0),
    key.expiresAt ?? 'never',
  ],
}

const text = (name: string, value: string | null | undefined): Fact[] => (value ? [[name, value]] : [])

/** What people have to know about the word beside it. */
const statusOf = ({ status, kind, ephemeral, honey, exposedAt, claim }: KeyFields): string =>
  [
    status,
    ...(kind === 'url' ? ['url'] : []),
    ...(ephemeral ? ['ephemeral'] : []),
    ...(honey ? ['honey'] : []),
    ...(exposedAt ? ['exposed'] : []),
    ...(claim ? ['not yet claimed'] : []),
  ].join(', ')

function lifeFacts(key: KeyFields): Fact[] {
  const { pinNetwork, pinnedNetwork, rotation, claim, lastUsedAt, requests, share } = key
  return [
    ...(pinNetwork ? [['network', pinnedNetwork ?? 'the first that uses it'] satisfies Fact] : []),
    ...(rotation
      ? [['rotation', `every ${rotation.everyDays} d${rotation.deliverTo ? '' : ', as a reminder'}`] satisfies Fact]
      : []),
    ...text('rotation due', key.rotationDueAt),
    ...text('link ends', claim?.expiresAt),
    ...text('seen in browser', key.seenInBrowserAt),
    ...(requests === undefined ? [] : [['requests', `${requests} (${share ?? 0} %)`] satisfies Fact]),
    ...(lastUsedAt === undefined ? [] : [['last used', lastUsedAt ?? 'never'] satisfies Fact]),
  ]
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

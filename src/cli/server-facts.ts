import { z } from 'zod'
import type { Fact } from './print.ts'
import { named } from './refs.ts'
import type { Resource } from './resource.ts'

/** What the command line shows of a server; a later version may send more. */
export const ServerFields = z.looseObject({
  id: z.string(),
  slug: z.string(),
  state: z.string(),
  project: z.string().optional(),
  transport: z.looseObject({
    type: z.string(),
    url: z.string().optional(),
    command: z.string().optional(),
    args: z.array(z.string()).optional(),
  }),
  timeouts: z
    .looseObject({
      connectSeconds: z.number(),
      answerSeconds: z.number(),
      idleSeconds: z.number(),
      totalSeconds: z.number().nullable(),
    })
    .optional(),
  perGateway: z.boolean().optional(),
  toolPrices: z.record(z.string(), z.string()).optional(),
  tools: z.array(z.looseObject({ name: z.string() })).optional(),
  lastError: z.string().nullable().optional(),
  credential: z.looseObject({ name: z.string() }).nullable().optional(),
})
export type ServerFields = z.infer<typeof ServerFields>

const targetOf = ({ transport: { type, url, command, args = [] } }: ServerFields): string =>
  url ?? (command === undefined ? type : [command, ...args].join(' '))

/** Seconds, in the order in which they count. */
const waitingOf = ({ timeouts }: ServerFields): Fact[] => {
  if (timeouts === undefined) return []
  const { connectSeconds, answerSeconds, idleSeconds, totalSeconds } = timeouts
  const total = totalSeconds === null ? 'no end' : `${totalSeconds} s in all`
  return [
    ['waits', `${connectSeconds} s to connect, ${answerSeconds} s to answer, ${idleSeconds} s in between, ${total}`],
  ]
}

const pricesOf = ({ toolPrices = {} }: ServerFields): Fact[] => {
  const prices = Object.entries(toolPrices).map(([tool, amount]) => `${tool} ${amount} USD`)
  return prices.length === 0 ? [] : [['prices', prices.join(', ')]]
}

export const servers: Resource<ServerFields> = {
  path: '/servers',
  field: 'server',
  item: ServerFields,
  titleOf: ({ slug }) => slug,
  facts: (server, refs) => [
    ['id', server.id],
    ['slug', server.slug],
    ['state', server.state],
    ['target', targetOf(server)],
    ...(server.transport.type === 'sse' ? [['speaks', 'HTTP+SSE (2024-11-05)'] satisfies Fact] : []),
    ...(server.perGateway ? [['runs', 'one for each gateway'] satisfies Fact] : []),
    ...(server.project === undefined ? [] : [['project', named(server.project, refs)] satisfies Fact]),
    ['credential', server.credential ? `header ${server.credential.name}` : 'none'],
    ...waitingOf(server),
    ['tools', server.tools === undefined ? '-' : server.tools.map(({ name }) => name).join(', ')],
    ...pricesOf(server),
    ...(server.lastError ? [['error', server.lastError] satisfies Fact] : []),
  ],
  head: ['SLUG', 'STATE', 'TOOLS', 'TARGET'],
  row: (server) => [server.slug, server.state, String(server.tools?.length ?? '-'), targetOf(server)],
}

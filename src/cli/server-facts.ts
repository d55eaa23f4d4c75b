import { z } from 'zod'

/** What the command line shows of a server; a later version may send more. */
export const ServerFields = z.looseObject({
  id: z.string(),
  slug: z.string(),
  state: z.string(),
  transport: z.looseObject({
    type: z.string(),
    url: z.string().optional(),
    command: z.string().optional(),
    args: z.array(z.string()).optional(),
  }),
  tools: z.array(z.looseObject({ name: z.string() })).optional(),
  lastError: z.string().nullable().optional(),
  credential: z.looseObject({ name: z.string() }).nullable().optional(),
})
export type ServerFields = z.infer<typeof ServerFields>
export const OneServer = z.looseObject({ server: ServerFields })

export const targetOf = ({ transport: { type, url, command, args = [] } }: ServerFields): string =>
  url ?? (command === undefined ? type : [command, ...args].join(' '))

export const serverFacts = (server: ServerFields): [string, string][] => [
  ['id', server.id],
  ['slug', server.slug],
  ['state', server.state],
  ['target', targetOf(server)],
  ['credential', server.credential ? `header ${server.credential.name}` : 'none'],
  ['tools', server.tools === undefined ? '-' : server.tools.map(({ name }) => name).join(', ')],
  ...(server.lastError ? [['error', server.lastError] satisfies [string, string]] : []),
]

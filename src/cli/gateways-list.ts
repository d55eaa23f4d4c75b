import { z } from 'zod'
import type { Exit } from './exit.ts'
import { type ListOptions, printList } from './list.ts'
import type { Terminal } from './terminal.ts'

export const GatewayFields = z.looseObject({
  id: z.string(),
  name: z.string(),
  online: z.boolean(),
  version: z.string().nullable(),
  lagMs: z.number().nullable(),
  lastSeenAt: z.string().nullable(),
  publicUrl: z.string().nullable().optional(),
})

export const gatewaysList = (terminal: Terminal, options: ListOptions): Promise<Exit> =>
  printList(
    terminal,
    {
      path: '/gateways',
      item: GatewayFields,
      head: ['ID', 'NAME', 'STATE', 'VERSION', 'BEHIND', 'LAST SEEN', 'ADDRESS'],
      row: ({ id, name, online, version, lagMs, lastSeenAt, publicUrl }) => [
        id,
        name,
        online ? 'online' : 'offline',
        version ?? '-',
        lagMs === null ? '-' : `${lagMs} ms`,
        lastSeenAt ?? 'never',
        publicUrl ?? '-',
      ],
    },
    options,
  )

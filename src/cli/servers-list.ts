import type { Exit } from './exit.ts'
import { type ListOptions, printList } from './list.ts'
import { ServerFields, targetOf } from './server-facts.ts'
import type { Terminal } from './terminal.ts'

export const serversList = (terminal: Terminal, options: ListOptions): Promise<Exit> =>
  printList(
    terminal,
    {
      path: '/servers',
      item: ServerFields,
      head: ['SLUG', 'STATE', 'TOOLS', 'TARGET'],
      row: (server) => [server.slug, server.state, String(server.tools?.length ?? '-'), targetOf(server)],
    },
    options,
  )

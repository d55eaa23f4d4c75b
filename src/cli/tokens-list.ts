import type { Exit } from './exit.ts'
import { type ListOptions, printList } from './list.ts'
import type { Terminal } from './terminal.ts'
import { TokenFields, tokenStatus } from './token-facts.ts'

export const tokensList = (terminal: Terminal, options: ListOptions): Promise<Exit> =>
  printList(
    terminal,
    {
      path: '/management-tokens',
      item: TokenFields,
      head: ['ID', 'NAME', 'STATUS', 'SCOPES', 'EXPIRES'],
      row: (token) => [
        token.id,
        token.name,
        tokenStatus(token, terminal.now()),
        token.scopes.join(','),
        token.expiresAt ?? 'never',
      ],
    },
    options,
  )

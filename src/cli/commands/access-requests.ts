import type { Command } from 'commander'
import {
  type AccessRequestsApproveOptions,
  type AccessRequestsCreateOptions,
  type AccessRequestsListOptions,
  accessRequests,
  accessRequestsApprove,
  accessRequestsCreate,
  accessRequestsEnd,
  accessRequestsList,
  accessRequestsRefuse,
  accessRequestsWithdraw,
} from '../access-requests.ts'
import type { VerbOptions } from '../verb-one.ts'
import { addGet, paged, type Site, styled, waiting } from './options.ts'

export function addAccessRequests(program: Command, site: Site): void {
  const { terminal, finish } = site
  const parent = program
    .command('access-requests')
    .description('Ask for what you lack, and decide what others ask for.')
  styled(parent.command('create'))
    .description('Ask for a server, tool, provider, model or more of a budget, for a key or for yourself.')
    .requiredOption('--reason <text>', 'why you need it')
    .option('--key <id>', 'the key that is to have it (default: you, for what your keys choose)')
    .option('--server <server>', 'a server with all its tools')
    .option('--tool <server/tool>', 'one tool of a server')
    .option('--provider <provider>', 'a provider with all its models')
    .option('--model <provider/model>', 'one model')
    .option('--usd <amount>', 'more of a budget')
    .option('--budget <id>', 'which one, with --usd, where several count')
    .action(async (options: AccessRequestsCreateOptions) => finish(await accessRequestsCreate(terminal, options)))
  paged(parent.command('list'))
    .description('List requests, the newest first: all of them if you decide, else your own.')
    .option('--state <state>', 'open, approved, refused, withdrawn or ended')
    .option('--mine', 'only your own')
    .option('--member <member>', 'only those of this member (id or e-mail address)')
    .action(async (options: AccessRequestsListOptions) => finish(await accessRequestsList(terminal, options)))
  addGet(parent, site, accessRequests, 'Show one request.').alias('show')
  addDecisions(parent, site)
}

function addDecisions(parent: Command, { terminal, finish }: Site): void {
  waiting(styled(parent.command('approve <id>')))
    .description('Say yes, for good or until an end; it holds from the next call on.')
    .option('--until <time>', 'when it ends by itself: 2027-01-31T00:00:00Z')
    .option('--for <length>', 'the same as 30m, 8h or 7d from now')
    .option('--reason <text>', 'why, for whoever asked')
    .action(async (id: string, options: AccessRequestsApproveOptions) =>
      finish(await accessRequestsApprove(terminal, id, options)),
    )
  styled(parent.command('refuse <id>'))
    .description('Say no.')
    .requiredOption('--reason <text>', 'why, for whoever asked')
    .action(async (id: string, options: VerbOptions) => finish(await accessRequestsRefuse(terminal, id, options)))
  styled(parent.command('withdraw <id>'))
    .description('Take back a request of yours that nobody has decided.')
    .action(async (id: string, options: VerbOptions) => finish(await accessRequestsWithdraw(terminal, id, options)))
  waiting(styled(parent.command('end <id>')))
    .description('End what was approved before its time, open streams included.')
    .action(async (id: string, options: VerbOptions) => finish(await accessRequestsEnd(terminal, id, options)))
}
